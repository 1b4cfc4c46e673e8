package io.weir.coroutines

import io.weir.Decoder
import io.weir.Decoders
import io.weir.ReadRequest
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.future.await
import java.io.IOException
import java.io.InputStream
import java.nio.ByteBuffer
import io.weir.StreamReader as JavaStreamReader

/**
 * The reading end of a connection: reads bytes, lines, and bytes up to a separator.
 *
 * Any thread may call it. A reader has at most one pending read. A second read that would have to wait throws
 * [IllegalStateException], and the first one stays pending.
 *
 * **Cancelling.** A read that is cancelled at any moment consumes nothing. The coroutine waits until the
 * bytes are available, and consumes them after it has resumed. A cancellation between the two consumes
 * nothing either. So `withTimeout` around a read loses no byte, and the next read returns the same bytes. Use
 * the bytes inside the block: on a multi-threaded dispatcher `withTimeout` drops the result of its block when
 * the time expires just as the block returns.
 *
 * **EOF.** The description of each read says what it returns at a clean EOF. EOF is clean when the peer
 * closed its half, and after `close` or `abort` on this side.
 *
 * **Errors.** When the connection is lost, a read that needs more bytes than are buffered throws
 * [io.weir.ConnectionLostException] and consumes nothing. The bytes stay buffered, and a [read] with a
 * maximum returns them. Over TLS the error is [io.weir.TlsException] when TLS failed, and
 * [io.weir.TlsTruncationException] when the peer closed without close_notify. Neither is a
 * `ConnectionLostException`. Reads also throw `ConnectionLostException` after [Server.shutdown] has cut the
 * input off.
 *
 * asyncio: `StreamReader`.
 *
 * @property asJava the wrapped reader
 */
public class StreamReader(
    public val asJava: JavaStreamReader,
) {
    /**
     * The limit, in bytes: the maximum length of a line, and of the bytes before a separator. The reader
     * buffers up to about twice as much.
     */
    public val limit: Int get() = asJava.limit()

    /** Whether the reader has received a clean EOF and all bytes have been read. asyncio: `at_eof`. */
    public val atEof: Boolean get() = asJava.atEof()

    /** The error with which reads fail, or null. asyncio: `exception`. */
    public val exception: IOException? get() = asJava.exception()

    /**
     * Reads at least one byte and at most [max]. An empty array means EOF, or that [max] is 0. asyncio:
     * `read(n)`.
     */
    public suspend fun read(max: Int): ByteArray = consume(ReadRequest.upTo(max))

    /**
     * Reads into a buffer: at least one byte, and at most as many as [destination] has room for. Returns
     * the number of bytes and advances the position by it. Returns -1 at EOF, or 0 when the buffer has no
     * room.
     *
     * Use this overload for bulk transfers: it does not allocate. The buffer is filled only when the read
     * is about to return, so a cancelled read leaves it unchanged. asyncio: streams have no such method;
     * see `loop.sock_recv_into` and `BufferedProtocol`.
     */
    public suspend fun read(destination: ByteBuffer): Int =
        consume(ReadRequest.upTo(destination.remaining())) { asJava.poll(destination) }

    /** Reads all bytes up to EOF. The [limit] does not apply. asyncio: `read(-1)`. */
    public suspend fun read(): ByteArray = consume(ReadRequest.toEof())

    /**
     * Reads exactly [count] bytes. The [limit] does not apply. asyncio: `readexactly`.
     *
     * @throws io.weir.IncompleteReadException at a clean EOF before [count] bytes; it contains the received
     *   bytes
     */
    public suspend fun readExactly(count: Int): ByteArray = consume(ReadRequest.exactly(count))

    /**
     * Reads a line, including its `'\n'`. At a clean EOF returns the rest without a `'\n'`, or an empty array.
     * asyncio: `readline`.
     *
     * @throws io.weir.LimitOverrunException when the line, without its `'\n'`, exceeds the [limit]. The
     *   reader discards what it has buffered of the line. The next read starts with the next line, or with
     *   the rest of this one if its `'\n'` was not received yet
     */
    public suspend fun readLine(): ByteArray = consume(ReadRequest.line())

    /**
     * Reads up to and including a separator. Uses the separator that is complete first. When two are
     * complete at the same byte, uses the shorter one. asyncio: `readuntil`.
     *
     * @throws io.weir.LimitOverrunException when more than [limit] bytes precede the separator; they stay
     *   in the reader, and `readExactly(e.consumed())` reads them
     * @throws io.weir.IncompleteReadException at a clean EOF before a separator; it contains the received
     *   bytes
     */
    public suspend fun readUntil(vararg separators: ByteArray): ByteArray =
        consume(ReadRequest.until(*separators))

    /**
     * Reads up to and including a separator, as the other [readUntil] does.
     *
     * @param separator the bytes from its position to its limit, at least one; the position does not change
     */
    public suspend fun readUntil(separator: ByteBuffer): ByteArray {
        val bytes = ByteArray(separator.remaining())
        separator.duplicate().get(bytes)
        return readUntil(bytes)
    }

    /**
     * Iterates over the lines up to EOF, as [readLine] reads them.
     *
     * ```
     * for (line in reader) print(line.decodeToString())
     * ```
     *
     * asyncio: `async for line in reader`.
     */
    public operator fun iterator(): LineIterator = LineIterator(this)

    /**
     * Returns a flow of the lines up to EOF, as [readLine] reads them. Each collector consumes the lines
     * that it collects.
     */
    public fun lines(): Flow<ByteArray> =
        flow {
            for (line in this@StreamReader) {
                emit(line)
            }
        }

    /**
     * Reads the next value that a decoder finds: a line of text, a number, a frame, a message of the
     * program's own protocol. Removes the bytes of the value, and no others, just before it returns, so a
     * cancelled read consumes nothing. The reader's [limit] does not apply; that of the decoder does.
     * `io.weir.Decoders` has the usual decoders.
     *
     * @throws io.weir.LimitOverrunException when a value is longer than the decoder's limit
     * @throws io.weir.IncompleteReadException at a clean EOF inside a value
     * @throws IOException what the decoder throws
     */
    public suspend fun <T> read(decoder: Decoder<T>): T {
        while (true) {
            val found = asJava.poll(decoder)
            if (found.isComplete) {
                @Suppress("UNCHECKED_CAST") // null only if T is nullable
                return found.value() as T
            }
            asJava.whenReady(decoder).await()
        }
    }

    /**
     * Returns a flow of the values that a decoder finds, up to a clean EOF between two values, or to a
     * value that is null. Each collector consumes the values that it collects.
     */
    public fun <T : Any> flow(decoder: Decoder<out T?>): Flow<T> {
        val orEnd = DecoderUpToEnd(decoder)
        return flow {
            while (true) {
                emit(read(orEnd) ?: break)
            }
        }
    }

    /**
     * Returns a flow of the bytes that arrive, up to EOF, as [read] with a maximum reads them. Each
     * collector consumes the bytes that it collects.
     *
     * @param max the maximum number of bytes of a chunk, more than 0
     */
    public fun chunks(max: Int): Flow<ByteArray> {
        require(max > 0) { "max is $max: it cannot be <= 0" }
        return flow {
            var chunk = read(max)
            while (chunk.isNotEmpty()) {
                emit(chunk)
                chunk = read(max)
            }
        }
    }

    /**
     * Returns a flow of the lines as UTF-8 text, without their line terminators, up to EOF. Each collector
     * consumes the lines that it collects.
     */
    public fun textLines(): Flow<String> = flow(Decoders.textLine())

    /**
     * Writes all bytes up to EOF to another connection, with back-pressure, through one direct buffer.
     * Neither connection is closed or half-closed: see [join] for a proxy.
     *
     * A cancelled transfer stops; bytes that have left this reader are still written.
     *
     * @return the number of bytes
     */
    public suspend fun transferTo(writer: StreamWriter): Long =
        asJava.transferTo(writer.asJava).await()

    /**
     * Returns a blocking view of this reader, for code that reads an [InputStream]. Closing the view closes
     * the connection.
     */
    public fun asInputStream(): InputStream = asJava.asInputStream()

    /** Appends bytes as if they had been received. */
    public fun feedData(data: ByteArray): Unit = asJava.feedData(data)

    /** Appends EOF. */
    public fun feedEof(): Unit = asJava.feedEof()

    /** Makes reads that need more bytes than are buffered fail with [error]. */
    public fun setException(error: IOException): Unit = asJava.setException(error)

    /**
     * Suspends until no more input will arrive: the peer has closed its half, the connection is lost or
     * closed, or a shutdown of the server has cut the input off. Consumes nothing, and does not count as
     * the pending read. Use it to cancel work for a peer that has gone:
     *
     * ```
     * val work = async { compute() }
     * launch {
     *     reader.whenPeerGone()
     *     work.cancel()
     * }
     * ```
     *
     * EOF is noticed while bytes before it are unread, but not while more than twice the [limit] is buffered.
     */
    public suspend fun whenPeerGone() {
        asJava.whenPeerGone().await()
    }

    /** Returns the text of the Java object, which describes its state. */
    override fun toString(): String = asJava.toString()

    private suspend fun consume(request: ReadRequest): ByteArray =
        consume(request) {
            asJava.poll(request)
        }

    /** Waits, then consumes, so that a cancelled coroutine loses no bytes. */
    private suspend inline fun <T : Any> consume(
        request: ReadRequest,
        poll: () -> T?,
    ): T {
        while (true) {
            val result = poll()
            if (result != null) {
                return result
            }
            asJava.whenReady(request).await()
        }
    }

    /** Creates readers without a connection. */
    public companion object {
        /** Creates a reader without a connection, for tests and parsers. Fill it with [feedData]. */
        public fun handFed(limit: Int = JavaStreamReader.DEFAULT_LIMIT): StreamReader =
            StreamReader(JavaStreamReader.handFed(limit))
    }
}
