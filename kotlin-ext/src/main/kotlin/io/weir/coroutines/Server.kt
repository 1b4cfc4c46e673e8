package io.weir.coroutines

import io.weir.ShutdownReport
import io.weir.TlsOptions
import io.weir.TransportSocket
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.future.await
import kotlin.time.Duration
import kotlin.time.toJavaDuration
import io.weir.Server as JavaServer

/**
 * A server: listens, and runs a coroutine for each accepted connection. Closing it stops listening;
 * accepted connections stay open.
 *
 * asyncio: `Server`.
 *
 * @property java the wrapped server
 */
public class Server internal constructor(
    public val java: JavaServer,
    private val handlers: Job?,
) : AutoCloseable {
    /** Wraps a server whose handlers are no coroutines. */
    public constructor(java: JavaServer) : this(java, handlers = null)

    /** The listening sockets; none after [close]. asyncio: `sockets`. */
    public val sockets: List<TransportSocket> get() = java.sockets()

    /**
     * Whether the server has started to accept connections and is not closed. Also true while accepting is
     * paused. asyncio: `is_serving`.
     */
    public val isServing: Boolean get() = java.isServing

    /**
     * Starts to accept connections. Does nothing when the server already accepts. asyncio: `start_serving`.
     *
     * @throws IllegalStateException when the server is closed
     */
    public fun startServing(): Unit = java.startServing()

    /**
     * Accepts connections until the server is closed. Cancelling the coroutine closes the server. asyncio:
     * `serve_forever`, which raises `CancelledError` in both cases.
     *
     * @throws IllegalStateException when the server is closed before the call, or another `serveForever` is
     *   pending
     */
    public suspend fun serveForever() {
        try {
            java.serveForever().await()
        } catch (closed: IllegalStateException) {
            // The completion of the owner also closes the server, possibly before this call.
            currentCoroutineContext().ensureActive()
            if (closed !is CancellationException) throw closed
        }
    }

    /** Stops listening and returns at once. Accepted connections stay open. asyncio: `close`. */
    override fun close(): Unit = java.close()

    /**
     * Stops accepting until [resumeAccepting]. Open connections stay open. New ones wait in the kernel's
     * backlog. Up to one per listening socket may already be accepted; it waits in the server, which reads
     * nothing from it. Does nothing the second time.
     */
    public fun pauseAccepting(): Unit = java.pauseAccepting()

    /** Accepts connections again, waiting ones first. Does nothing when accepting is not paused. */
    public fun resumeAccepting(): Unit = java.resumeAccepting()

    /**
     * Uses other TLS options for new connections, for example to replace a certificate that expires. Open
     * connections keep their options.
     *
     * @throws IllegalArgumentException when the options have no certificate
     * @throws IllegalStateException when the server does not use TLS
     */
    public fun updateTls(options: TlsOptions): Unit = java.updateTls(options)

    /** Closes every open connection, as by [StreamWriter.close]. asyncio: `close_clients`. */
    public fun closeClients(): Unit = java.closeClients()

    /** Aborts every open connection and drops its queued bytes. asyncio: `abort_clients`. */
    public fun abortClients(): Unit = java.abortClients()

    /** Suspends until the server and all its connections are closed. asyncio: `wait_closed`. */
    public suspend fun waitClosed() {
        java.waitClosed().await()
    }

    /**
     * Closes the server and then its connections, within a time limit, and suspends until they are closed.
     *
     * For [patience], handlers continue undisturbed. Then the input of every connection is cut off. After
     * the buffered bytes, reads throw [io.weir.ConnectionLostException], because a truncated message must
     * not look complete. A handler can still write. A connection whose handler has returned is closed in an
     * orderly way. When [grace] expires, the open connections are aborted, and handlers that still run are
     * cancelled.
     *
     * Cancelling the coroutine does not stop the shutdown. After several calls the earliest limits apply.
     *
     * ```
     * val report = server.shutdown(10.seconds)
     * ```
     *
     * @param grace the maximum time of the shutdown; zero aborts at once
     * @param patience how long handlers continue undisturbed, at most [grace]; use zero when handlers run
     *   until their peer closes
     * @return how the open connections closed
     */
    public suspend fun shutdown(
        grace: Duration,
        patience: Duration = grace / 2,
    ): ShutdownReport {
        val report = java.shutdown(patience.toJavaDuration(), grace.toJavaDuration())
        report.whenComplete { _, _ -> handlers?.cancel() } // handlers that still run
        return report.copy().await() // cancelling the coroutine cancels only the copy
    }

    /**
     * Runs [block], then closes the server and waits until its connections are closed. The wait ends early
     * when the coroutine is cancelled. asyncio: `async with server`.
     *
     * ```
     * startServer("127.0.0.1", 8888) { reader, writer -> … }.use { it.serveForever() }
     * ```
     */
    public suspend inline fun <R> use(block: (Server) -> R): R {
        val result =
            try {
                block(this)
            } catch (failure: Throwable) {
                close()
                try {
                    waitClosed()
                } catch (cancelled: CancellationException) {
                    failure.takeIf { it !== cancelled }?.addSuppressed(cancelled)
                }
                throw failure
            }
        close()
        waitClosed()
        return result
    }

    /** Returns the text of the Java object, which describes its state. */
    override fun toString(): String = java.toString()
}
