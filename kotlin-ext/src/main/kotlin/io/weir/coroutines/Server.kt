package io.weir.coroutines

import io.weir.ConnectionInfo
import io.weir.ShutdownReport
import io.weir.TlsOptions
import io.weir.TransportSocket
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.future.await
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration
import io.weir.Server as JavaServer

/**
 * A server: listens, and runs a coroutine for each accepted connection. Closing it stops listening;
 * accepted connections stay open.
 *
 * asyncio: `Server`.
 *
 * @property asJava the wrapped server
 */
public class Server internal constructor(
    public val asJava: JavaServer,
    private val handlers: Job?,
) : AutoCloseable {
    /** Wraps a server whose handlers are not coroutines. */
    public constructor(asJava: JavaServer) : this(asJava, handlers = null)

    /** The listening sockets; none after [close]. asyncio: `sockets`. */
    public val sockets: List<TransportSocket> get() = asJava.sockets()

    /**
     * The TCP port that the server listens on, from 1 to 65535. It is the same for all addresses, and stays
     * the same after [close]. asyncio: `sockets[0].getsockname()[1]`.
     *
     * @throws IllegalStateException when the server listens on a Unix domain socket
     */
    public val port: Int get() = asJava.port()

    /**
     * Whether the server has started to accept connections and is not closed. Also true while accepting is
     * paused. asyncio: `is_serving`.
     */
    public val isServing: Boolean get() = asJava.isServing

    /**
     * Starts to accept connections. Does nothing when the server already accepts. asyncio: `start_serving`.
     *
     * @throws IllegalStateException when the server is closed
     */
    public fun startServing(): Unit = asJava.startServing()

    /**
     * Accepts connections until the server is closed. Cancelling the coroutine closes the server. asyncio:
     * `serve_forever`, which raises `CancelledError` in both cases.
     *
     * @throws IllegalStateException when the server is closed before the call, or another `serveForever` is
     *   pending
     */
    public suspend fun serveForever() {
        try {
            asJava.serveForever().await()
        } catch (closed: IllegalStateException) {
            // The completion of the scope also closes the server, possibly before this call.
            currentCoroutineContext().ensureActive()
            if (closed !is CancellationException) throw closed
        }
    }

    /** Stops listening and returns at once. Accepted connections stay open. asyncio: `close`. */
    override fun close(): Unit = asJava.close()

    /**
     * Stops accepting until [resumeAccepting]. Open connections stay open. New ones wait in the kernel's
     * backlog. The server may already have accepted one more per listening socket, from which it reads
     * nothing. Does nothing when accepting is already paused.
     */
    public fun pauseAccepting(): Unit = asJava.pauseAccepting()

    /** Accepts connections again, waiting ones first. Does nothing when accepting is not paused. */
    public fun resumeAccepting(): Unit = asJava.resumeAccepting()

    /**
     * Uses other TLS options for new connections, for example to replace a certificate that expires. Open
     * connections keep their options.
     *
     * @throws IllegalArgumentException when the options have no certificate
     * @throws IllegalStateException when the server does not use TLS
     */
    public fun updateTls(options: TlsOptions): Unit = asJava.updateTls(options)

    /**
     * Describes the accepted connections that are open, in the order in which they were accepted, for
     * example for metrics. Includes connections whose TLS handshake is under way, and those that are
     * closing. Takes time in proportion to their number.
     */
    public fun connections(): List<ConnectionInfo> = asJava.connections()

    /** Closes every open connection, as by [StreamWriter.close]. asyncio: `close_clients`. */
    public fun closeClients(): Unit = asJava.closeClients()

    /** Aborts every open connection and drops its queued bytes. asyncio: `abort_clients`. */
    public fun abortClients(): Unit = asJava.abortClients()

    /** Suspends until the server and all its connections are closed. asyncio: `wait_closed`. */
    public suspend fun waitClosed() {
        asJava.waitClosed().await()
    }

    /**
     * Closes the server and then its connections, within a time limit, and suspends until they are closed.
     *
     * For [patience], handlers continue undisturbed. A connection whose handler has returned and
     * whose peer has closed its half is closed at once. After [patience] the input of every
     * connection is cut off. After the buffered bytes, reads throw
     * [io.weir.ConnectionLostException], because a truncated message must not look complete. A
     * handler can still write. A connection whose handler has returned is closed in an orderly way.
     * When [grace] expires, the open connections are aborted, and handlers that still run are
     * cancelled.
     *
     * Cancelling the coroutine does not stop the shutdown. With several calls the earliest limits apply.
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
        val report = asJava.shutdown(patience.toJavaDuration(), grace.toJavaDuration())
        report.whenComplete { _, _ -> handlers?.cancel() } // handlers that still run
        return report.copy().await() // cancelling the coroutine cancels only the copy
    }

    /**
     * Runs [block], then closes the server and waits until its connections are closed. The wait ends early
     * when the coroutine is cancelled. asyncio: `async with server`.
     *
     * When the block fails, the wait is limited: the server is shut down with a grace of one second, after
     * which its connections are aborted and its handlers cancelled. Then the exception of the block is
     * thrown.
     *
     * ```
     * startServer("127.0.0.1", 8888) { reader, writer -> … }.use { it.serveForever() }
     * ```
     */
    public suspend inline fun <R> use(block: (Server) -> R): R {
        var failure: Throwable? = null
        try {
            return block(this)
        } catch (thrown: Throwable) {
            failure = thrown
            throw thrown
        } finally {
            // also when the block leaves the calling function
            closeAfter(failure)
        }
    }

    /**
     * Closes the server and waits until its connections are closed. After a [failure], waits for a
     * second at most, and not at all when the coroutine is cancelled.
     */
    @PublishedApi
    internal suspend fun closeAfter(failure: Throwable?) {
        close()
        if (failure == null) {
            return waitClosed()
        }
        try {
            // If the coroutine is cancelled, its scope closes the connections within shutdownGrace.
            currentCoroutineContext().ensureActive()
            shutdown(1.seconds)
        } catch (cancelled: CancellationException) {
            if (cancelled !== failure) failure.addSuppressed(cancelled)
        }
    }

    /** Returns the text of the Java object, which describes its state. */
    override fun toString(): String = asJava.toString()
}
