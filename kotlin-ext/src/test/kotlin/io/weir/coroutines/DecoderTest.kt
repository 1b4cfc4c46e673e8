package io.weir.coroutines

import io.weir.Decoders
import io.weir.Encoders
import io.weir.IncompleteReadException
import io.weir.LengthPrefix
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.nio.ByteOrder
import kotlin.time.Duration.Companion.milliseconds

class DecoderTest {
    private val frame = Decoders.frame(LengthPrefix.ofBytes(2))
    private val framed = Encoders.frame(LengthPrefix.ofBytes(2))

    @Test
    suspend fun values_are_read_as_they_were_sent() =
        withDeadline {
            val (here, there) = MemoryStreams.pair()
            there.writer.send(framed, "one".encodeToByteArray())
            there.writer.send(Encoders.int32(ByteOrder.BIG_ENDIAN), 7)
            there.writer.send("line\r\n".encodeToByteArray())
            there.close()

            assertEquals("one", here.reader.read(frame)?.decodeToString())
            assertEquals(7, here.reader.read(Decoders.int32(ByteOrder.BIG_ENDIAN)))
            assertEquals("line", here.reader.read(Decoders.textLine()))
            assertNull(here.reader.read(Decoders.textLine()))
            here.close()
        }

    @Test
    suspend fun a_cancelled_read_takes_nothing() =
        withDeadline {
            val (here, there) = MemoryStreams.pair()
            there.writer.write(byteArrayOf(0, 2, 'a'.code.toByte()))
            assertNull(withTimeoutOrNull(20.milliseconds) { here.reader.read(frame) })
            there.writer.write(byteArrayOf('b'.code.toByte()))

            assertEquals("ab", here.reader.read(frame)?.decodeToString())
            here.close()
            there.close()
        }

    @Test
    suspend fun a_flow_has_the_values_up_to_the_end() =
        withDeadline {
            val (here, there) = MemoryStreams.pair()
            val values = async { here.reader.flow(Decoders.uint8()).toList() }
            there.writer.write(byteArrayOf(1, 2, 3))
            there.close()

            assertEquals(listOf(1, 2, 3), values.await())
            here.close()
        }

    @Test
    suspend fun a_flow_that_is_cut_off_inside_a_value_fails() =
        withDeadline {
            val (here, there) = MemoryStreams.pair()
            there.writer.write(byteArrayOf(0, 2, 3))
            there.close()

            assertThrows<IncompleteReadException> { here.reader.flow(frame).toList() }
            here.close()
        }

    @Test
    suspend fun lines_and_chunks_are_flows_that_take_what_is_collected() =
        withDeadline {
            val (here, there) = MemoryStreams.pair()
            there.writer.write("one\ntwo\nthree and more".encodeToByteArray())
            there.close()

            assertEquals(
                listOf("one"),
                here.reader
                    .textLines()
                    .take(1)
                    .toList(),
            )
            assertEquals(
                listOf("two"),
                here.reader
                    .textLines()
                    .take(1)
                    .toList(),
            )
            val chunks =
                here.reader
                    .chunks(5)
                    .toList()
                    .map { it.decodeToString() }
            assertEquals(listOf("three", " and ", "more"), chunks)
            assertThrows<IllegalArgumentException> { here.reader.chunks(0) }
            here.close()
        }

    @Test
    suspend fun cancelling_at_any_moment_loses_no_frame() =
        withDeadline {
            val (here, there) = MemoryStreams.pair()
            val frames = 2_000
            val sender =
                launch {
                    repeat(frames) { there.writer.send(framed, "$it".encodeToByteArray()) }
                    there.close()
                }
            repeat(frames) { next ->
                var got: ByteArray? = null
                val reading = launch { got = here.reader.read(frame) }
                if (next % 2 == 0) {
                    reading.cancel()
                }
                reading.join()
                val value = got ?: here.reader.read(frame)
                assertEquals("$next", value?.decodeToString())
            }
            sender.join()
            here.close()
        }

    @Test
    suspend fun views_are_streams_of_java_io() =
        withDeadline {
            val (here, there) = MemoryStreams.pair()
            there.writer.send(byteArrayOf(5))
            assertEquals(5, here.reader.asInputStream().read())
            here.writer.asOutputStream().write(6)
            assertEquals(6, there.reader.read(Decoders.uint8()))
            here.close()
            there.close()
        }
}
