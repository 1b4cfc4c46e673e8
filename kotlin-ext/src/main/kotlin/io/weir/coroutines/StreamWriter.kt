package io.weir.coroutines

import io.weir.CloseReason
import io.weir.ExtraInfo
import io.weir.TlsOptions
import io.weir.TlsSide
import io.weir.Transport
import kotlinx.coroutines.future.await
import java.nio.ByteBuffer
import kotlin.time.Duration
import kotlin.time.toJavaDuration
import io.weir.StreamWriter as JavaStreamWriter

/**
 * The writing end of a stream.
 *
 * Any thread may call; what one call writes is never torn apart by another. Cancelling a function that
 * waits takes nothing back and disturbs no other that waits.
 *
 * asyncio: `StreamWriter`.
 *
 * @property java the writer this one wraps
 */
public class StreamWriter(
    public val java: JavaStreamWriter,
) {
    /** What lies underneath: watermarks, pausing of reading, abort. After [startTls] it is another. */
    public val transport: Transport get() = java.transport()

    /** Whether the connection is closed, closing or lost. asyncio: `is_closing`. */
    public val isClosing: Boolean get() = java.isClosing

    /** Whether the outgoing half can be ended while the other goes on. asyncio: `can_write_eof`. */
    public val canWriteEof: Boolean get() = java.canWriteEof()

    /**
     * Writes a copy of [data], of [length] bytes from [offset]: as much as the kernel takes now, the
     * rest in the background. Never waits; never fails for a peer that is gone, which [drain] tells.
     * asyncio: `write`.
     *
     * @throws IllegalStateException after [writeEof]
     */
    public fun write(
        data: ByteArray,
        offset: Int = 0,
        length: Int = data.size - offset,
    ): Unit = java.write(data, offset, length)

    /** Writes a copy of the bytes from the buffer's position to its limit, and moves the position. */
    public fun write(data: ByteBuffer): Unit = java.write(data)

    /** Writes a copy of all the parts in one piece; no separators are added. asyncio: `writelines`. */
    public fun writeLines(parts: Iterable<ByteArray>): Unit = java.writeLines(parts)

    /**
     * Suspends while more than the high watermark is queued, until the low one is reached. (It is no
     * flush.) asyncio: `drain`.
     *
     * @throws io.weir.ConnectionLostException when the connection is lost, closed or aborted
     * @throws io.weir.TlsException instead, when TLS failed; [io.weir.TlsTruncationException] when the
     *   peer left without its good-bye
     */
    public suspend fun drain() {
        java.drain().await()
    }

    /**
     * Ends the outgoing half behind everything that was written: the peer reads the end of the stream.
     * asyncio: `write_eof`.
     */
    public fun writeEof(): Unit = java.writeEof()

    /**
     * Closes both directions and returns at once; what was written before is still sent in the
     * background. asyncio: `close`.
     */
    public fun close(): Unit = java.close()

    /**
     * Closes as [close] does, but in a given time, suspends until it has ended, and takes care that the
     * peer gets to read what was sent: behind the last byte the outgoing half is ended, and what the peer
     * still sends is thrown away, for a second at most. When time is up before everything has been handed
     * to the system, the connection is aborted. Cancelling stops nothing.
     *
     * @param timeout how long it may take
     * @return what happened: `CLOSED` or `CLOSED_BY_PEER` when all was handed over, `SERVER_STOPPING`
     *   when it was and a shutdown of the server had ended the input before, `TIMED_OUT` when it took too
     *   long, `RESET` when the peer has gone, `TLS_FAILURE` when TLS failed or its good-bye was not
     *   answered in the time that its options give, `ABORTED` when it was aborted meanwhile. A connection
     *   that was closing already keeps its reason if the time is enough; one that has ended tells why
     */
    public suspend fun closeGracefully(timeout: Duration): CloseReason =
        java.closeGracefully(timeout.toJavaDuration()).await()

    /** Why the connection has ended; null while it has not. */
    public val closeReason: CloseReason? get() = java.closeReason()

    /**
     * Suspends until the connection has ended. It does not close it. asyncio: `wait_closed`.
     *
     * @throws io.weir.ConnectionLostException when the connection was lost
     * @throws io.weir.TlsException instead, when TLS failed; [io.weir.TlsTruncationException] when the
     *   peer left without its good-bye
     */
    public suspend fun waitClosed() {
        java.waitClosed().await()
    }

    /**
     * Puts TLS on this connection, and suspends until hands have been shaken: everything that was
     * written before is sent in the clear, everything after through TLS. Reader and writer stay the
     * same, and a read that waits goes on waiting.
     *
     * A connection that a server accepted plays the server's part, one that was opened the client's. A
     * client checks the server's certificate for the host that the connection was opened to, unless the
     * options name another.
     *
     * ```
     * writer.write("STARTTLS\r\n".toByteArray())
     * check(reader.readLine().decodeToString().startsWith("220 "))
     * writer.startTls(TlsOptions.defaults())
     * ```
     *
     * The idle timeout counts on until what was written before has been sent in the clear; then
     * [TlsOptions.withHandshakeTimeout] counts, until hands have been shaken.
     *
     * **Cancelling** it, at any instant, aborts the connection: hands that are half shaken are of no use
     * to anybody. So does every failure of the handshake.
     *
     * asyncio: `start_tls`.
     *
     * @param options how to speak TLS; a server needs a certificate there
     * @throws io.weir.TlsException when the handshake fails, or when a client finds bytes in its reader,
     *   which came in the clear and would pass for the server's words over TLS
     * @throws io.weir.ConnectionLostException when the peer has left
     * @throws IllegalStateException while another call is under way and after [writeEof]; it changes
     *   nothing
     * @throws IllegalArgumentException when it is not evident which side this is, when a client knows no
     *   name to check, or when a server has no certificate
     */
    public suspend fun startTls(options: TlsOptions) {
        java.startTls(options).awaitOrRelease { transport.abort() }
    }

    /**
     * Puts TLS on this connection, as the other [startTls], with a part that is not the evident one, or
     * where none is: between two ends of [MemoryStreams], for instance.
     *
     * @param options how to speak TLS
     * @param side the part that this end plays; the peer plays the other
     */
    public suspend fun startTls(
        options: TlsOptions,
        side: TlsSide,
    ) {
        java.startTls(options, side).awaitOrRelease { transport.abort() }
    }

    /** A fact about the connection, null when it has none. asyncio: `get_extra_info`. */
    public fun <T : Any> getExtraInfo(name: ExtraInfo<T>): T? = java.getExtraInfo(name)

    /** A fact about the connection, or [otherwise]. asyncio: `get_extra_info`. */
    public fun <T : Any> getExtraInfo(
        name: ExtraInfo<T>,
        otherwise: T,
    ): T = java.getExtraInfo(name, otherwise)

    /** Tells the state, as the Java object does. */
    override fun toString(): String = java.toString()
}
