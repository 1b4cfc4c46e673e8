package io.weir.coroutines

import io.weir.ConnectionLostException
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import kotlin.time.Duration.Companion.milliseconds

class MemoryStreamsTest {
    @Test
    suspend fun one_direction_ends_while_the_other_goes_on() =
        withDeadline {
            val (client, server) = MemoryStreams.pair()
            client.writer.write("question".toByteArray())
            client.writer.writeEof()
            assertEquals("question", server.reader.read().decodeToString())
            server.writer.write("answer".toByteArray())
            server.close()
            assertEquals("answer", client.reader.read().decodeToString())
            client.close()
            client.writer.waitClosed()
            server.writer.waitClosed()
        }

    @Test
    suspend fun the_other_end_of_an_abort_has_lost_its_connection() =
        withDeadline {
            val (client, server) = MemoryStreams.pair()
            client.writer.transport.abort()
            val outcome = runCatching { server.reader.read() }
            assertTrue(outcome.exceptionOrNull() is ConnectionLostException, "$outcome")
            val drained = runCatching { client.writer.drain() }
            assertTrue(drained.exceptionOrNull() is ConnectionLostException, "$drained")
        }

    @Test
    suspend fun drain_waits_until_the_peer_reads() =
        withDeadline {
            val (client, server) = MemoryStreams.pair()
            val size = 1_000_000
            client.writer.write(ByteArray(size))
            assertTrue(withTimeoutOrNull(50.milliseconds) { client.writer.drain() } == null)
            val reading = launch { assertEquals(size, server.reader.readExactly(size).size) }
            client.writer.drain()
            reading.join()
            client.close()
            server.close()
        }

    @Test
    suspend fun both_readers_have_the_limit() =
        withDeadline {
            val (client, server) = MemoryStreams.pair(limit = 77)
            assertEquals(listOf(77, 77), listOf(client.reader.limit, server.reader.limit))
            assertTrue(
                runCatching {
                    MemoryStreams.pair(limit = 0)
                }.exceptionOrNull() is IllegalArgumentException,
            )
            assertFalse(client.writer.isClosing)
            client.close()
            server.close()
        }
}
