package io.weir.coroutines

import io.weir.ConnectionLostException
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.async
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir
import java.nio.channels.FileChannel
import java.nio.file.Files
import java.nio.file.Path

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
    suspend fun a_part_of_a_file_is_sent(
        @TempDir directory: Path,
    ) = withDeadline {
        val content = ByteArray(300_000) { (it * 31).toByte() }
        val (here, there) = MemoryStreams.pair()
        FileChannel.open(Files.write(directory.resolve("file"), content)).use { file ->
            val received = async { there.reader.read() }
            assertEquals(200_000L, here.writer.transferFrom(file, position = 7, count = 200_000))
            assertEquals(300_000L, here.writer.transferFrom(file))
            here.close()

            assertArrayEquals(content.copyOfRange(7, 200_007) + content, received.await())
        }
    }

    @Test
    suspend fun a_cancelled_transfer_of_a_file_stops(
        @TempDir directory: Path,
    ) = withDeadline {
        val (here, there) = MemoryStreams.pair()
        FileChannel.open(Files.write(directory.resolve("file"), ByteArray(4 shl 20))).use { file ->
            assertThrows<TimeoutCancellationException> {
                withTimeout(
                    20,
                ) { here.writer.transferFrom(file) }
            }
            here.writer.write("!".encodeToByteArray())
            here.close()

            val all = there.reader.read()
            assertEquals(1, all.size % (64 * 1024))
            assertEquals('!'.code.toByte(), all.last())
        }
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
