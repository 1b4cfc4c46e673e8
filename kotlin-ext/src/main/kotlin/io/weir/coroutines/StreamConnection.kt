package io.weir.coroutines

import io.weir.CloseReason
import kotlin.time.Duration
import io.weir.StreamConnection as JavaStreamConnection

/**
 * The two ends of a connection that has been opened: `val (reader, writer) = openConnection(…)`.
 * Closing it, with `use` for instance, closes the writer, and with it both directions.
 *
 * @property java the connection this one wraps
 */
public class StreamConnection(
    public val java: JavaStreamConnection,
) : AutoCloseable {
    /** What the peer sends. */
    public val reader: StreamReader = StreamReader(java.reader())

    /** What goes to the peer. */
    public val writer: StreamWriter = StreamWriter(java.writer())

    /** The reader. */
    public operator fun component1(): StreamReader = reader

    /** The writer. */
    public operator fun component2(): StreamWriter = writer

    /** Closes the writer: returns at once, what was written is still sent. */
    override fun close(): Unit = java.close()

    /** The same as [StreamWriter.closeGracefully]. */
    public suspend fun closeGracefully(timeout: Duration): CloseReason =
        writer.closeGracefully(timeout)

    /** The same as [StreamWriter.closeReason]. */
    public val closeReason: CloseReason? get() = writer.closeReason

    /** The same as [StreamReader.whenPeerGone]. */
    public suspend fun whenPeerGone(): Unit = reader.whenPeerGone()

    /** Tells the state, as the Java object does. */
    override fun toString(): String = java.toString()
}
