package io.weir.samples.cookbook

import io.weir.coroutines.Server
import io.weir.testing.Program
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.future.await
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import java.net.InetAddress
import java.net.ServerSocket
import java.util.concurrent.CompletableFuture
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import io.weir.Server as JavaServer

internal const val HOST = "127.0.0.1"

/** Runs a test on real threads and in real time, with a deadline. (JUnit runs none with a result.) */
internal suspend fun withDeadline(block: suspend CoroutineScope.() -> Unit): Unit =
    withContext(Dispatchers.Default) {
        withTimeout(Program.DEADLINE_SECONDS.seconds, block)
    }

/** Calls [block] with the port of a server in Java, and shuts it down in the end. */
internal suspend fun serving(
    started: CompletableFuture<JavaServer>,
    block: suspend (Int) -> Unit,
) = serving(Server(started.await()), block)

/** Calls [block] with the port of a server, and shuts it down in the end. */
internal suspend fun serving(
    server: Server,
    block: suspend (Int) -> Unit,
) {
    try {
        block(server.port)
    } finally {
        server.shutdown(1.seconds, patience = Duration.ZERO)
    }
}

private const val ATTEMPTS = 5

/** Starts a program on a free port; [start] returns null if the port has been bound meanwhile. */
internal fun <T : Any> onFreePort(start: (Int) -> T?): T =
    (1..ATTEMPTS).firstNotNullOfOrNull {
        val port = ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { it.localPort }
        start(port)
    } ?: error("no free port in $ATTEMPTS attempts")

/** Sends a text with socat, then EOF, and returns the lines that come back up to EOF. */
internal fun socat(
    port: Int,
    text: String,
): List<String> =
    Program
        .withInput(text, listOf("socat", "-t${Program.DEADLINE_SECONDS}", "-", "TCP:$HOST:$port"))
        .use { it.restOfLines() }
