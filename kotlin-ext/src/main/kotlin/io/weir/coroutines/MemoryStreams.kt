package io.weir.coroutines

import io.weir.MemoryStreams as JavaMemoryStreams
import io.weir.StreamReader as JavaStreamReader

/**
 * Connections inside this process, without a socket, for tests. They have back-pressure, half-close and
 * abort like other connections. Neither end is the server, so TLS needs [StreamWriter.startTls] with a
 * side.
 */
public object MemoryStreams {
    /**
     * Creates a connection and returns its two ends.
     *
     * ```
     * val (client, server) = MemoryStreams.pair()
     * ```
     *
     * @param limit the limit of both readers, in bytes, more than 0
     */
    public fun pair(
        limit: Int = JavaStreamReader.DEFAULT_LIMIT,
    ): Pair<StreamConnection, StreamConnection> {
        val ends = JavaMemoryStreams.pair(limit)
        return Pair(StreamConnection(ends.first()), StreamConnection(ends.second()))
    }
}
