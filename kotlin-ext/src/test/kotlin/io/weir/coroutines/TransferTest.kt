package io.weir.coroutines

import io.weir.ConnectionLostException
import kotlinx.coroutines.async
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

class TransferTest {
    @Test
    suspend fun everything_up_to_the_end_passes_on() =
        withDeadline {
            val (source, from) = MemoryStreams.pair()
            val (to, sink) = MemoryStreams.pair()
            val transfer = async { from.reader.transferTo(to.writer) }
            source.writer.send(ByteArray(200_000) { it.toByte() })
            source.writer.writeEof()

            assertEquals(200_000, sink.reader.readExactly(200_000).size)
            assertEquals(200_000L, transfer.await())
            listOf(source, from, to, sink).forEach { it.close() }
        }

    @Test
    suspend fun two_joined_connections_pass_both_directions_and_their_ends() =
        withDeadline {
            val (client, one) = MemoryStreams.pair()
            val (other, server) = MemoryStreams.pair()
            val joined = launch { join(StreamConnection(one.reader, one.writer), other) }
            client.writer.send("question".encodeToByteArray())
            client.writer.writeEof()
            assertEquals("question", server.reader.read().decodeToString())
            server.writer.send("answer".encodeToByteArray())
            server.close()

            assertEquals("answer", client.reader.read().decodeToString())
            joined.join()
            client.close()
        }

    @Test
    suspend fun an_error_on_one_side_reaches_the_other() =
        withDeadline {
            val (client, one) = MemoryStreams.pair()
            val (other, server) = MemoryStreams.pair()
            client.writer.transport.abort()

            assertThrows<ConnectionLostException> { join(one, other) }
            assertThrows<ConnectionLostException> { server.reader.readExactly(1) }
            server.close()
        }
}
