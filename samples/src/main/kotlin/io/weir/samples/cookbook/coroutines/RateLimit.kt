package io.weir.samples.cookbook.coroutines

import io.weir.coroutines.Server
import io.weir.coroutines.closing
import io.weir.coroutines.startServer
import kotlinx.coroutines.delay
import kotlin.time.Duration.Companion.seconds
import kotlin.time.TimeSource

/**
 * Limits the rate of bytes, requests, or anything else that can be counted, with a token bucket that is
 * full at first. One object can serve one connection or all of them.
 */
class RateLimit(
    private val perSecond: Long,
    burst: Long,
) {
    private val full = 1.seconds * burst.toDouble() / perSecond.toDouble()
    private var spentUntil = TimeSource.Monotonic.markNow() - full

    /** Takes tokens. Returns when the bucket contains that many. */
    suspend fun take(tokens: Int) {
        val due =
            synchronized(this) {
                val earliest = TimeSource.Monotonic.markNow() - full
                spentUntil = maxOf(spentUntil, earliest) + 1.seconds * tokens / perSecond.toDouble()
                spentUntil
            }
        delay(-due.elapsedNow())
    }
}

/** Starts an echo server that limits the bytes per second of each client. */
suspend fun startLimitedEcho(
    host: String,
    port: Int,
    bytesPerSecond: Long,
    burst: Long,
): Server {
    val handler =
        closing { reader, writer ->
            val limit = RateLimit(bytesPerSecond, burst)
            reader.chunks(16 shl 10).collect { chunk ->
                limit.take(chunk.size) // meanwhile nothing is read, which slows the client down
                writer.send(chunk)
            }
        }
    return startServer(host, port, handler = handler)
}
