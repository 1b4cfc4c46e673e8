package io.weir.coroutines

import io.weir.MemoryStreams as JavaMemoryStreams
import io.weir.StreamReader as JavaStreamReader

/**
 * Connections inside this process, without a socket: for tests of code that talks over streams. They
 * behave as any other, with back-pressure, half-close and abort. Neither end is the server:
 * [StreamWriter.startTls] wants to be told which part to play.
 */
public object MemoryStreams {
    /**
     * Makes two connected ends.
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
