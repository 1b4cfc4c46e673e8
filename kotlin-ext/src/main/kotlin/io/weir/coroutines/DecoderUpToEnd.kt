package io.weir.coroutines

import io.weir.Decoded
import io.weir.Decoder
import java.nio.ByteBuffer

/**
 * A decoder whose value is null at a clean EOF between two values, so that one read waits for a
 * value or the EOF.
 */
internal class DecoderUpToEnd<T : Any>(
    private val decoder: Decoder<out T?>,
) : Decoder<T?> {
    override fun decode(
        received: ByteBuffer,
        ended: Boolean,
    ): Decoded<T?> = decode(received, 0, ended)

    @Suppress("UNCHECKED_CAST") // a Decoded only returns its value
    override fun decode(
        received: ByteBuffer,
        seen: Int,
        ended: Boolean,
    ): Decoded<T?> =
        if (ended && !received.hasRemaining()) {
            Decoded.end<T>()
        } else {
            decoder.decode(received, seen, ended) as Decoded<T?>
        }

    override fun limit(): Int = decoder.limit()

    override fun toString(): String = decoder.toString()
}
