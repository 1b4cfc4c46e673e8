package io.weir.coroutines

import io.weir.AsyncStreams
import io.weir.CloseReason
import kotlinx.coroutines.future.await
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
    /** Creates a connection from the reader and the writer of a handler. */
    public constructor(reader: StreamReader, writer: StreamWriter) :
        this(JavaStreamConnection(reader.asJava, writer.asJava))

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
     * bytes are sent in the background. A program that exits before they are sent loses them, so
     * wait for them at the end of `main`:
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

/**
 * Sends each of two connections what the other receives, as a proxy does. When one direction
 * reaches a clean EOF, the EOF is passed on, and the other direction continues. Passing EOF on to a
 * TLS connection closes that connection, because TLS has no half-close. When both directions have
 * reached EOF, both connections are closed and the function returns.
 *
 * An error in either direction aborts both connections and is thrown. Cancelling stops both directions and
 * leaves the connections open.
 */
public suspend fun join(
    one: StreamConnection,
    other: StreamConnection,
) {
    AsyncStreams.join(one.asJava, other.asJava).await()
}
