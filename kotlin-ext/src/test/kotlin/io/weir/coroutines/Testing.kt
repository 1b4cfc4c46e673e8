package io.weir.coroutines

import io.weir.TlsOptions
import io.weir.certificates.CertificateAuthority
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import java.net.InetAddress
import java.net.InetSocketAddress
import java.nio.channels.AsynchronousServerSocketChannel
import java.nio.channels.ServerSocketChannel
import java.nio.file.Files
import java.nio.file.Path
import kotlin.time.Duration.Companion.seconds

/** Runs a test on real threads and in real time, with a deadline. (JUnit runs none with a result.) */
internal suspend fun withDeadline(block: suspend CoroutineScope.() -> Unit): Unit =
    withContext(Dispatchers.Default) { withTimeout(20.seconds, block) }

private val freePort = InetSocketAddress(InetAddress.getLoopbackAddress(), 0)

/** Returns a channel that listens on a free port, without a server that accepts. */
internal fun bound(): ServerSocketChannel = ServerSocketChannel.open().bind(freePort)

/** Returns an asynchronous channel that listens on a free port. */
internal fun boundAsynchronous(): AsynchronousServerSocketChannel =
    AsynchronousServerSocketChannel.open().bind(freePort)

/** The port that the kernel has picked for a channel. */
internal val ServerSocketChannel.port: Int
    get() = (localAddress as InetSocketAddress).port

/** Calls [block] with a path for a socket, where it must leave no file. */
internal suspend fun withSocketPath(block: suspend (Path) -> Unit) {
    val folder = Files.createTempDirectory("weir")
    try {
        block(folder.resolve("socket"))
        Files.delete(folder) // fails when there is a file in it
    } finally {
        folder.toFile().deleteRecursively()
    }
}

/** Options of TLS with certificates of a test. */
private object Tls {
    private val authority = CertificateAuthority.create("Test CA")
    val server: TlsOptions = TlsOptions.of(authority.issue().serverContext())
    val client: TlsOptions = TlsOptions.of(authority.clientContext())
}

/** What a connection runs over. */
enum class Medium {
    TCP,
    UNIX,
    MEMORY,
    TLS,
    ;

    /** Runs both ends of a connection, until both have ended. */
    suspend fun talk(
        handler: suspend (StreamReader, StreamWriter) -> Unit,
        limit: Int = 1024,
        client: suspend (StreamConnection) -> Unit,
    ): Unit =
        when (this) {
            TCP -> {
                startServer("127.0.0.1", 0, limit, handler = handler).use { server ->
                    openConnection("127.0.0.1", server.port, limit).use { client(it) }
                }
            }

            UNIX -> {
                withSocketPath { path ->
                    startUnixServer(path, limit, handler = handler).use {
                        openUnixConnection(path, limit).use { client(it) }
                    }
                }
            }

            TLS -> {
                startServer("localhost", 0, limit, tls = Tls.server, handler = handler).use {
                    openConnection("localhost", it.port, limit, tls = Tls.client).use { end ->
                        client(end)
                    }
                }
            }

            MEMORY -> {
                coroutineScope {
                    val (here, there) = MemoryStreams.pair(limit)
                    launch { handler(there.reader, there.writer) }
                    here.use { client(it) }
                }
            }
        }
}
