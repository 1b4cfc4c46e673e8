package io.weir.coroutines

import io.weir.CloseReason
import io.weir.Encoder
import io.weir.ExtraInfo
import io.weir.TlsOptions
import io.weir.TlsSide
import io.weir.Transport
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.future.await
import kotlinx.coroutines.launch
import java.io.OutputStream
import java.nio.ByteBuffer
import java.nio.channels.FileChannel
import kotlin.time.Duration
import kotlin.time.toJavaDuration
import io.weir.StreamWriter as JavaStreamWriter

/**
 * The writing end of a connection.
 *
 * Any thread may call it. The bytes of one call stay together. Cancelling a suspended function affects
 * neither the bytes nor other callers, except that cancelling [startTls] aborts the connection, and that
 * cancelling [writeAll] or [transferFrom] stops them.
 *
 * asyncio: `StreamWriter`.
 *
 * @property asJava the wrapped writer
 */
public class StreamWriter(
    public val asJava: JavaStreamWriter,
) : AutoCloseable {
    /** The transport: watermarks, pausing of reading, abort. [startTls] replaces it. */
    public val transport: Transport get() = asJava.transport()

    /** Whether the connection is closed, closing or lost. asyncio: `is_closing`. */
    public val isClosing: Boolean get() = asJava.isClosing

    /** Whether the connection supports half-close. TLS does not. asyncio: `can_write_eof`. */
    public val canWriteEof: Boolean get() = asJava.canWriteEof()

    /**
     * Writes a copy of [length] bytes of [data] from [offset]: as many as the kernel accepts now, the rest
     * in the background. Never blocks. After [close], or when the connection is lost, drops the bytes;
     * [drain] reports a loss. asyncio: `write`.
     *
     * @throws IllegalStateException after [writeEof]
     */
    public fun write(
        data: ByteArray,
        offset: Int = 0,
        length: Int = data.size - offset,
    ): Unit = asJava.write(data, offset, length)

    /**
     * Writes a copy of the bytes between the position and the limit of a buffer. Sets the position to the
     * limit.
     */
    public fun write(data: ByteBuffer): Unit = asJava.write(data)

    /** Writes a copy of all parts, which stay together. Adds no separators. asyncio: `writelines`. */
    public fun writeLines(parts: Iterable<ByteArray>): Unit = asJava.writeLines(parts)

    /**
     * If more bytes than the high watermark are queued, suspends until the low watermark is reached. Does not
     * wait for an empty queue. asyncio: `drain`.
     *
     * @throws io.weir.ConnectionLostException when the connection is lost, closed or aborted
     * @throws io.weir.TlsException instead, when TLS failed; [io.weir.TlsTruncationException] when the peer
     *   closed without close_notify
     */
    public suspend fun drain() {
        asJava.drain().await()
    }

    /** Writes a copy of [data], then drains: [write] and [drain] in one call. */
    public suspend fun send(data: ByteArray) {
        asJava.send(data).await()
    }

    /**
     * Encodes a value and writes its bytes, then drains. `io.weir.Encoders` has the usual encoders.
     *
     * @throws IllegalArgumentException when the encoder refuses the value; nothing is written then
     */
    public suspend fun <T> send(
        encoder: Encoder<T>,
        value: T,
    ) {
        asJava.send(encoder, value).await()
    }

    /**
     * Collects a flow and writes its elements, as [send] with an array does: the flow continues when the
     * drain is complete. When the flow throws, rethrows its exception; the connection stays open. When the
     * connection is lost or closed, even while the flow emits nothing, cancels the flow and throws what
     * [drain] throws.
     */
    public suspend fun writeAll(flow: Flow<ByteArray>): Unit =
        coroutineScope {
            val loss =
                launch(start = CoroutineStart.UNDISPATCHED) {
                    waitClosed()
                    drain() // throws, because the connection is closed
                }
            flow.collect { send(it) }
            loss.cancel()
        }

    /**
     * Writes [count] bytes of a file from [position], or fewer if the file is shorter, and returns their
     * number. The channel stays open and keeps its position. Reads each chunk on a thread for files, when the
     * previous chunk is drained. Cancelling stops the transfer: no byte is queued afterwards. asyncio:
     * `loop.sendfile`.
     *
     * @throws java.io.IOException when a read of the file fails; the connection stays open. When the
     *   connection is lost or closed, throws what [drain] throws
     */
    public suspend fun transferFrom(
        channel: FileChannel,
        position: Long = 0,
        count: Long = Long.MAX_VALUE,
    ): Long = asJava.transferFrom(channel, position, count).await()

    /**
     * Returns a blocking view of this writer, for code that writes to an [OutputStream]. Closing the view
     * closes the connection, and waits until the kernel has accepted all bytes.
     */
    public fun asOutputStream(): OutputStream = asJava.asOutputStream()

    /**
     * Half-closes the connection after all outgoing bytes: the peer reads EOF. Reading continues. asyncio:
     * `write_eof`.
     *
     * @throws UnsupportedOperationException when [canWriteEof] is false
     */
    public fun writeEof(): Unit = asJava.writeEof()

    /**
     * Closes both directions and returns at once. Bytes written before are sent in the background,
     * so `writer.use { … }` does not wait for them either. A program that exits before they are
     * sent loses them, and the peer may see a clean EOF: call [closeGracefully] instead, or
     * [waitClosed] after `close`. asyncio: `close`.
     */
    override fun close(): Unit = asJava.close()

    /**
     * Closes as [close] does, within a time limit, and suspends until the connection is closed. It avoids a
     * reset that could destroy data. After the last byte it half-closes the connection. It then discards
     * what the peer sends until the peer closes its half, for a second at most. When the time expires
     * before the kernel has accepted all bytes, the connection is aborted. Cancelling the coroutine has no
     * effect on the connection.
     *
     * Returns why the connection closed:
     * - `CLOSED` or `CLOSED_BY_PEER`: the kernel has accepted all bytes.
     * - `SERVER_STOPPING`: the same, after a shutdown of the server had cut the input off.
     * - `TIMED_OUT`: the time expired.
     * - `RESET`: the connection was lost.
     * - `TLS_FAILURE`: TLS failed, or the kernel did not accept this side's close_notify within the limit
     *   of the TLS options.
     * - `ABORTED`: the connection was aborted meanwhile.
     *
     * When the connection is already closing, the call changes its reason only if the time expires.
     *
     * @param timeout the maximum time
     */
    public suspend fun closeGracefully(timeout: Duration): CloseReason =
        asJava.closeGracefully(timeout.toJavaDuration()).await()

    /** Why the connection closed, or null while it is not closed. */
    public val closeReason: CloseReason? get() = asJava.closeReason()

    /**
     * Suspends until the connection is closed. Does not close it. asyncio: `wait_closed`.
     *
     * @throws io.weir.ConnectionLostException when the connection was lost
     * @throws io.weir.TlsException instead, when TLS failed; [io.weir.TlsTruncationException] when the peer
     *   closed without close_notify
     */
    public suspend fun waitClosed() {
        asJava.waitClosed().await()
    }

    /**
     * Upgrades this connection to TLS, and suspends until the TLS handshake is complete. Bytes written
     * before are sent in the clear, bytes written later through TLS. Reader, writer and a pending read stay
     * valid.
     *
     * An accepted connection is the TLS server, an opened connection the TLS client. A client checks the
     * server's certificate against the host name in the call that opened the connection, unless the options
     * contain another name.
     *
     * ```
     * writer.write("STARTTLS\r\n".toByteArray())
     * check(reader.readLine().decodeToString().startsWith("220 "))
     * writer.startTls(TlsOptions.defaults())
     * ```
     *
     * The idle timeout applies until the bytes written before have been sent. Then
     * [TlsOptions.withHandshakeTimeout] applies.
     *
     * **Cancelling** the coroutine aborts the connection, at any moment, because an incomplete handshake
     * cannot be resumed. Every failure of the handshake aborts it too.
     *
     * asyncio: `start_tls`.
     *
     * @param options the TLS options; a server needs a certificate
     * @throws io.weir.TlsException when the handshake fails, or when a client's reader contains bytes. They
     *   arrived in the clear and must not pass for data received over TLS
     * @throws io.weir.ConnectionLostException when the peer has closed
     * @throws IllegalStateException while another `startTls` is pending, or after [writeEof]; the connection
     *   stays open
     * @throws IllegalArgumentException when the TLS side is unknown, when a client has no host name to
     *   check, or when a server has no certificate
     */
    public suspend fun startTls(options: TlsOptions) {
        asJava.startTls(options).awaitOrRelease { transport.abort() }
    }

    /**
     * Upgrades this connection to TLS on a given side, as the other [startTls] does. Use it when the side
     * does not follow from how the connection was opened, for example between two ends of [MemoryStreams].
     *
     * @param options the TLS options
     * @param side the TLS side of this end; the peer has the other
     */
    public suspend fun startTls(
        options: TlsOptions,
        side: TlsSide,
    ) {
        asJava.startTls(options, side).awaitOrRelease { transport.abort() }
    }

    /** Returns information about the connection, or null when it has none. asyncio: `get_extra_info`. */
    public fun <T : Any> getExtraInfo(name: ExtraInfo<T>): T? = asJava.getExtraInfo(name)

    /** Returns information about the connection, or [otherwise]. asyncio: `get_extra_info`. */
    public fun <T : Any> getExtraInfo(
        name: ExtraInfo<T>,
        otherwise: T,
    ): T = asJava.getExtraInfo(name, otherwise)

    /** Returns the text of the Java object, which describes its state. */
    override fun toString(): String = asJava.toString()
}
