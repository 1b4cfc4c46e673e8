package io.weir.coroutines

import io.weir.ReadRequest
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.future.await
import java.io.IOException
import java.nio.ByteBuffer
import io.weir.StreamReader as JavaStreamReader

/**
 * The reading end of a stream: bytes, lines, and whatever a separator ends.
 *
 * Any thread may call. One read waits at a time: a second one that would have to wait fails with
 * [IllegalStateException] and leaves the first undisturbed.
 *
 * **Cancelling** a read, at any instant, takes nothing: the coroutine waits until what it asked for is
 * there, and takes it after it has resumed; also when it is cancelled between the two. So
 * `withTimeout` around any read loses no byte, and the next read gets what this one would have got.
 * (Use the bytes inside the block: on a dispatcher of several threads `withTimeout` drops what its
 * block returns in the very instant in which the time is up, whatever it is.)
 *
 * **The end.** After the last bytes of a stream that has ended in order, reads give what each says of
 * the end. When the connection was lost, a read that wants more than there is throws
 * [io.weir.ConnectionLostException] and takes nothing: what [readExactly], [readLine], [readUntil] and
 * a [read] to the end leave, a [read] with a maximum gets. Over TLS it throws [io.weir.TlsException]
 * when TLS failed, and [io.weir.TlsTruncationException] when the peer left without its good-bye;
 * neither is a `ConnectionLostException`. Closed or aborted on this side, a stream ends in order; but
 * where [Server.shutdown] cuts the input off, reads throw as after a loss, `ConnectionLostException`.
 *
 * asyncio: `StreamReader`.
 *
 * @property java the reader this one wraps
 */
public class StreamReader(
    public val java: JavaStreamReader,
) {
    /** How many bytes a line or what a separator ends can have; half of what is buffered at most. */
    public val limit: Int get() = java.limit()

    /** Whether the stream has ended in order and everything has been read. asyncio: `at_eof`. */
    public val atEof: Boolean get() = java.atEof()

    /** The error that broke the stream off, or null. */
    public val exception: IOException? get() = java.exception()

    /**
     * Reads at least one byte and at most [max]. An empty array means the end of the stream (or that
     * [max] is 0). asyncio: `read(n)`.
     */
    public suspend fun read(max: Int): ByteArray = take(ReadRequest.upTo(max))

    /**
     * Reads into a buffer: at least one byte, and at most as many as [destination] has room for. Returns how
     * many, and moves its position by as much; -1 means the end of the stream (0 that it has no room).
     *
     * It is for those who move much: nothing is allocated for the bytes. The buffer is touched only when the
     * read is about to return; one that is cancelled leaves it as it was. asyncio: none in streams;
     * `loop.sock_recv_into` and `BufferedProtocol` come near.
     */
    public suspend fun read(destination: ByteBuffer): Int =
        take(ReadRequest.upTo(destination.remaining())) { java.poll(destination) }

    /** Reads everything up to the end of the stream, however much that is. asyncio: `read(-1)`. */
    public suspend fun read(): ByteArray = take(ReadRequest.toEof())

    /**
     * Reads exactly [count] bytes, which [limit] does not bound. asyncio: `readexactly`.
     *
     * @throws io.weir.IncompleteReadException when the stream ends first, in order; it has the bytes
     *   that came
     */
    public suspend fun readExactly(count: Int): ByteArray = take(ReadRequest.exactly(count))

    /**
     * Reads a line: the bytes up to and with `'\n'`, or the rest when the stream ends, in order,
     * without one; an empty array at the end of the stream. asyncio: `readline`.
     *
     * @throws io.weir.LimitOverrunException when the line, without its `'\n'`, has more than [limit]
     *   bytes; what has come of it is dropped, and the next read goes on with what follows, which is
     *   the rest of the line if its end had not come
     */
    public suspend fun readLine(): ByteArray = take(ReadRequest.line())

    /**
     * Reads up to and with a separator. Of several the one that ends first counts; of two that end
     * together, the shorter. asyncio: `readuntil`.
     *
     * @throws io.weir.LimitOverrunException when there are more than [limit] bytes before the
     *   separator; they stay, and `readExactly(e.consumed())` gets them
     * @throws io.weir.IncompleteReadException when the stream ends first, in order; it has the bytes
     *   that came
     */
    public suspend fun readUntil(vararg separators: ByteArray): ByteArray =
        take(ReadRequest.until(*separators))

    /**
     * Iterates over the lines up to the end of the stream, as [readLine] reads them.
     *
     * ```
     * for (line in reader) print(line.decodeToString())
     * ```
     *
     * asyncio: `async for line in reader`.
     */
    public operator fun iterator(): LineIterator = LineIterator(this)

    /** The lines up to the end of the stream, as [readLine] reads them. Each collector reads on. */
    public fun lines(): Flow<ByteArray> =
        flow {
            for (line in this@StreamReader) {
                emit(line)
            }
        }

    /** Adds bytes by hand, as if they had arrived. */
    public fun feedData(data: ByteArray): Unit = java.feedData(data)

    /** Ends the stream by hand. */
    public fun feedEof(): Unit = java.feedEof()

    /** Breaks the stream off by hand: reads that want more than there is fail with [error]. */
    public fun setException(error: IOException): Unit = java.setException(error)

    /**
     * Suspends until the peer has gone: until it has ended its half, the connection is lost, or it is closed
     * here, or a shutdown of the server has ended its input. It takes no bytes, and does not mind a read that waits; so work for a peer can be given up that
     * nobody will ever look at:
     *
     * ```
     * val work = async { compute() }
     * launch {
     *     reader.whenPeerGone()
     *     work.cancel()
     * }
     * ```
     *
     * The end is seen behind the bytes before it: while twice the limit is buffered, it is not seen.
     */
    public suspend fun whenPeerGone() {
        java.whenPeerGone().await()
    }

    /** Tells the state, as the Java object does. */
    override fun toString(): String = java.toString()

    private suspend fun take(request: ReadRequest): ByteArray = take(request) { java.poll(request) }

    /** Waits, then takes: what is taken cannot be lost with a coroutine that is cancelled. */
    private suspend inline fun <T : Any> take(
        request: ReadRequest,
        poll: () -> T?,
    ): T {
        while (true) {
            val taken = poll()
            if (taken != null) {
                return taken
            }
            java.whenReady(request).await()
        }
    }

    /** Readers without a connection. */
    public companion object {
        /** A reader to be fed by hand, for tests and parsers. */
        public fun handFed(limit: Int = JavaStreamReader.DEFAULT_LIMIT): StreamReader =
            StreamReader(JavaStreamReader.handFed(limit))
    }
}
