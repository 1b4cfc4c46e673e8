package io.weir.coroutines

import io.weir.ExtraInfo
import io.weir.Transport
import kotlinx.coroutines.future.await
import java.nio.ByteBuffer
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
    /** What lies underneath: watermarks, pausing of reading, abort. */
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
     * Suspends until the connection has ended. It does not close it. asyncio: `wait_closed`.
     *
     * @throws io.weir.ConnectionLostException when the connection was lost
     */
    public suspend fun waitClosed() {
        java.waitClosed().await()
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
