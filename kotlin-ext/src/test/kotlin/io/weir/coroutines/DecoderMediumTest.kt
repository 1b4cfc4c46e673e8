package io.weir.coroutines

import io.weir.Decoder
import io.weir.Decoders
import io.weir.LengthPrefix
import io.weir.WriteLimits
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import java.nio.ByteOrder.BIG_ENDIAN

/** Decoders over every medium, with bytes that come one by one: over TLS in a record each. */
class DecoderMediumTest {
    private class Sent(
        val decoder: Decoder<out Any?>,
        text: String,
        val value: Any,
    ) {
        val bytes = text.toByteArray(Charsets.ISO_8859_1)

        fun assertIs(found: Any?) =
            assertEquals(
                value,
                if (found is ByteArray) found.decodeToString() else found,
                "$decoder",
            )
    }

    private val values =
        listOf(
            Sent(Decoders.line(), "a line\n", "a line"),
            Sent(Decoders.textLine(), "text\r\n", "text"),
            Sent(Decoders.until("::".toByteArray()), "a:b::", "a:b"),
            Sent(Decoders.int8(), "\u00ff", (-1).toByte()),
            Sent(Decoders.uint8(), "\u00ff", 255),
            Sent(Decoders.int16(BIG_ENDIAN), "\u00ff\u00fe", (-2).toShort()),
            Sent(Decoders.uint16(BIG_ENDIAN), "\u0002\u0001", 0x201),
            Sent(Decoders.int32(BIG_ENDIAN), "\u0000\u0000\u0001\u0000", 256),
            Sent(Decoders.uint32(BIG_ENDIAN), "\u00ff\u0000\u0000\u0000", 0xff000000L),
            Sent(Decoders.int64(BIG_ENDIAN), "\u0000".repeat(7) + "\u0007", 7L),
            Sent(Decoders.float32(BIG_ENDIAN), "\u003f\u0080\u0000\u0000", 1f),
            Sent(Decoders.float64(BIG_ENDIAN), "\u003f\u00f0" + "\u0000".repeat(6), 1.0),
            Sent(Decoders.bytes(3), "abc", "abc"),
            Sent(Decoders.text(3), "def", "def"),
            Sent(Decoders.skip(2).then { Decoders.text(1) }, "--x", "x"),
            Sent(Decoders.frame(LengthPrefix.ofBytes(2)), "\u0000\u0005frame", "frame"),
            Sent(Decoders.frame(LengthPrefix.varint()), "\u0004more", "more"),
        )

    /** Runs a test with a reader, and the writer at the other end. */
    private suspend fun talk(
        medium: Medium,
        test: suspend CoroutineScope.(StreamReader, StreamWriter) -> Unit,
    ) = withDeadline {
        val tested = CompletableDeferred<Unit>()
        val accepted = CompletableDeferred<StreamWriter>()
        medium.talk({ _, writer ->
            writer.transport.setWriteBufferLimits(WriteLimits.ofHigh(0))
            accepted.complete(writer)
            tested.await()
            writer.close()
        }) { (reader, _) ->
            coroutineScope { test(reader, accepted.await()) }
            tested.complete(Unit)
        }
    }

    private suspend fun StreamWriter.sendOneByOne(
        bytes: ByteArray,
        from: Int = 0,
        to: Int = bytes.size,
    ) {
        for (index in from until to) {
            write(bytes, index, 1)
            drain()
        }
    }

    @ParameterizedTest
    @EnumSource
    suspend fun every_decoder_finds_its_value(medium: Medium) =
        talk(medium) { reader, peer ->
            for (sent in values) {
                launch { peer.sendOneByOne(sent.bytes) }
                sent.assertIs(reader.read(sent.decoder))
            }
        }

    @ParameterizedTest
    @EnumSource
    suspend fun a_read_that_is_cancelled_behind_any_byte_takes_nothing(medium: Medium) =
        talk(medium) { reader, peer ->
            for (sent in values) {
                for (step in sent.bytes.indices) {
                    val reading =
                        launch(start = CoroutineStart.UNDISPATCHED) { reader.read(sent.decoder) }
                    peer.sendOneByOne(sent.bytes, to = step)
                    reading.cancelAndJoin()
                    peer.sendOneByOne(sent.bytes, from = step)

                    sent.assertIs(reader.read(sent.decoder))
                }
            }
        }

    @ParameterizedTest
    @EnumSource
    suspend fun a_flow_that_is_cancelled_behind_any_byte_leaves_the_next_value(medium: Medium) =
        talk(medium) { reader, peer ->
            val line = "line\n".toByteArray()
            for (step in line.indices) {
                val first = CompletableDeferred<String>()
                val collecting =
                    launch(start = CoroutineStart.UNDISPATCHED) {
                        reader.textLines().collect { first.complete(it) }
                    }
                peer.sendOneByOne(line)
                assertEquals("line", first.await())
                peer.sendOneByOne(line, to = step)
                collecting.cancelAndJoin()
                peer.sendOneByOne(line, from = step)

                assertEquals("line", reader.textLines().first())
            }
        }

    @ParameterizedTest
    @EnumSource
    suspend fun a_flow_has_the_values_up_to_the_end(medium: Medium) =
        talk(medium) { reader, peer ->
            launch {
                peer.sendOneByOne("one\ntwo".toByteArray())
                peer.close()
            }

            assertEquals(listOf("one", "two"), reader.textLines().toList())
        }
}
