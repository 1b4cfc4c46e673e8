package io.weir.coroutines

import io.weir.CloseReason
import kotlin.time.Duration
import io.weir.StreamConnection as JavaStreamConnection

/**
 * The reader and the writer of an open connection: `val (reader, writer) = openConnection(…)`. Closing it,
 * for example with `use`, closes both directions.
 *
 * @property asJava the wrapped connection
 */
public class StreamConnection(
    public val asJava: JavaStreamConnection,
) : AutoCloseable {
    /** Reads what the peer sends. */
    public val reader: StreamReader = StreamReader(asJava.reader())

    /** Writes to the peer. */
    public val writer: StreamWriter = StreamWriter(asJava.writer())

    /** Returns the reader. */
    public operator fun component1(): StreamReader = reader

    /** Returns the writer. */
    public operator fun component2(): StreamWriter = writer

    /**
     * Closes the writer, as [StreamWriter.close] does: returns at once, and so does `use`, while the outgoing
     * bytes are sent in the background. When the program ends directly afterwards, they are lost. Wait for
     * them before the end of `main`:
     *
     * ```
     * connection.use {
     *     it.writer.write(data)
     *     it.closeGracefully(10.seconds)
     * }
     * ```
     */
    override fun close(): Unit = asJava.close()

    /** Closes the writer, as [StreamWriter.closeGracefully] does. */
    public suspend fun closeGracefully(timeout: Duration): CloseReason =
        writer.closeGracefully(timeout)

    /** See [StreamWriter.closeReason]. */
    public val closeReason: CloseReason? get() = writer.closeReason

    /** See [StreamReader.whenPeerGone]. */
    public suspend fun whenPeerGone(): Unit = reader.whenPeerGone()

    /** Returns the text of the Java object, which describes its state. */
    override fun toString(): String = asJava.toString()
}
