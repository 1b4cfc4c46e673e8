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
 * Listens, and runs a coroutine for each connection. Closing it ends listening; connections live on
 * until they are closed.
 *
 * asyncio: `Server`.
 *
 * @property java the server this one wraps
 */
public class Server internal constructor(
    public val java: JavaServer,
    private val handlers: Job?,
) : AutoCloseable {
    /** Wraps a server whose handlers are no coroutines. */
    public constructor(java: JavaServer) : this(java, handlers = null)

    /** The listening sockets; none once the server is closed. asyncio: `sockets`. */
    public val sockets: List<TransportSocket> get() = java.sockets()

    /**
     * Whether the server has begun to serve and is not closed; also while accepting is paused. asyncio:
     * `is_serving`.
     */
    public val isServing: Boolean get() = java.isServing

    /**
     * Accepts connections from now on. asyncio: `start_serving`.
     *
     * @throws IllegalStateException when the server is closed
     */
    public fun startServing(): Unit = java.startServing()

    /**
     * Accepts connections until the coroutine is cancelled, which closes the server, or until somebody
     * else closes it; then it returns. asyncio: `serve_forever` (which is cancelled in both cases).
     *
     * @throws IllegalStateException when the server is closed already, or somebody serves already
     */
    public suspend fun serveForever() {
        try {
            java.serveForever().await()
        } catch (closed: IllegalStateException) {
            // The end of the owner closes the server, too, perhaps before it serves.
            currentCoroutineContext().ensureActive()
            if (closed !is CancellationException) throw closed
        }
    }

    /** Stops listening and returns at once; connections live on. asyncio: `close`. */
    override fun close(): Unit = java.close()

    /**
     * Accepts no more connections until [resumeAccepting]; those that are open live on. New ones wait
     * in the kernel's backlog, and one for each listening socket may be accepted and wait here, with
     * nothing read of it. Does nothing the second time.
     */
    public fun pauseAccepting(): Unit = java.pauseAccepting()

    /** Accepts connections again, those that have waited first. Does nothing when not paused. */
    public fun resumeAccepting(): Unit = java.resumeAccepting()

    /**
     * Speaks TLS with other options on connections that come from now on: with the certificate that
     * replaces one about to expire, for instance. Those that are open keep theirs.
     *
     * @throws IllegalArgumentException when the options have no certificate
     * @throws IllegalStateException when the server does not speak TLS
     */
    public fun updateTls(options: TlsOptions): Unit = java.updateTls(options)

    /** Closes every connection; what was written is still sent. asyncio: `close_clients`. */
    public fun closeClients(): Unit = java.closeClients()

    /** Aborts every connection; what was not sent is dropped. asyncio: `abort_clients`. */
    public fun abortClients(): Unit = java.abortClients()

    /** Suspends until the server is closed and its last connection has ended. asyncio: `wait_closed`. */
    public suspend fun waitClosed() {
        java.waitClosed().await()
    }

    /**
     * Shuts down in a given time, and suspends until all is over. The server is closed; handlers are left
     * alone for some time; then the input of every connection ends: behind what has been read already,
     * reads fail with [io.weir.ConnectionLostException], as what is cut off must not look complete. A
     * handler can still write its last words. A connection whose handler has ended is closed in order; when
     * time is up, what is left is aborted, and handlers that still run are cancelled.
     *
     * Cancelling it does not stop the shutdown. When called again the earlier of the times count.
     *
     * ```
     * val report = server.shutdown(10.seconds)
     * ```
     *
     * @param grace how long all of it may take; zero aborts at once
     * @param patience how long handlers are left alone, not more than [grace]; zero where they serve until
     *   their peer leaves
     * @return how the connections ended that were open
     */
    public suspend fun shutdown(
        grace: Duration,
        patience: Duration = grace / 2,
    ): ShutdownReport {
        val ending = java.shutdown(patience.toJavaDuration(), grace.toJavaDuration())
        ending.whenComplete { _, _ -> handlers?.cancel() } // who has not ended in time
        return ending.copy().await() // the copy may be cancelled
    }

    /**
     * Runs [block], then closes the server and waits for its connections to end, unless the coroutine
     * is cancelled. asyncio: `async with server`.
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

    /** Tells the state, as the Java object does. */
    override fun toString(): String = java.toString()
}
