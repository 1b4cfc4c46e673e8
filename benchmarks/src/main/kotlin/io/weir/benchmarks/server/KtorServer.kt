package io.weir.benchmarks.server

import io.ktor.network.selector.SelectorManager
import io.ktor.network.sockets.InetSocketAddress
import io.ktor.network.sockets.ServerSocket
import io.ktor.network.sockets.Socket
import io.ktor.network.sockets.aSocket
import io.ktor.network.sockets.openReadChannel
import io.ktor.network.sockets.openWriteChannel
import io.ktor.utils.io.readAvailable
import io.ktor.utils.io.writeFully
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.isActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import java.io.IOException

/**
 * Ktor's sockets, on the dispatchers that its documentation uses. Ktor sets the number of threads.
 */
internal object KtorServer {
    @JvmStatic
    fun start(setup: Setup): RunningServer {
        val selector = SelectorManager(Dispatchers.IO)
        val server =
            runBlocking {
                aSocket(selector).tcp().bind(Setup.HOST, setup.port()) {
                    backlogSize = Setup.BACKLOG
                }
            }
        val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
        scope.launch { accept(scope, server, setup.work()) }
        return RunningServer((server.localAddress as InetSocketAddress).port) {
            scope.cancel()
            server.close()
            selector.close()
        }
    }

    private suspend fun accept(
        scope: CoroutineScope,
        server: ServerSocket,
        work: Work,
    ) {
        while (scope.isActive) {
            val socket = server.accept()
            scope.launch {
                try {
                    socket.use { serve(it, work) }
                } catch (_: IOException) {
                    // the client has gone
                }
            }
        }
    }

    private suspend fun serve(
        socket: Socket,
        work: Work,
    ) {
        val input = socket.openReadChannel()
        val output = socket.openWriteChannel()
        val buffer = ByteArray(Setup.BUFFER)
        while (true) {
            val count = input.readAvailable(buffer)
            if (count < 0) break
            if (work == Work.ECHO) {
                output.writeFully(buffer, 0, count)
                output.flush()
            }
        }
    }
}
