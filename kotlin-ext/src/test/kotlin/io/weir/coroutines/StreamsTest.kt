package io.weir.coroutines

import io.weir.ConnectionLostException
import io.weir.ExtraInfo
import io.weir.IncompleteReadException
import io.weir.LimitOverrunException
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import java.io.IOException
import java.net.ConnectException
import java.net.UnknownHostException
import java.nio.ByteBuffer

class StreamsTest {
    /** Sends back every line. */
    private suspend fun echo(
        reader: StreamReader,
        writer: StreamWriter,
    ) {
        for (line in reader) {
            writer.write(line)
            writer.drain()
        }
        writer.close()
    }

    @ParameterizedTest
    @EnumSource
    suspend fun a_line_comes_back_from_an_echo_server(medium: Medium) =
        withDeadline {
            medium.talk(::echo) { (reader, writer) ->
                writer.write("hello\n".toByteArray())
                writer.drain()
                assertEquals("hello\n", reader.readLine().decodeToString())
                writer.close()
                writer.waitClosed()
                assertTrue(writer.isClosing)
            }
        }

    @ParameterizedTest
    @EnumSource
    suspend fun every_way_of_reading_takes_what_it_says(medium: Medium) =
        withDeadline {
            val send: suspend (StreamReader, StreamWriter) -> Unit = { _, writer ->
                writer.write("line\n0123456789a|b;rest".toByteArray())
                writer.close()
            }
            medium.talk(send) { (reader, _) ->
                assertEquals("line\n", reader.readLine().decodeToString())
                assertEquals("0123456789", reader.readExactly(10).decodeToString())
                assertEquals(
                    "a|",
                    reader.readUntil("|".toByteArray(), ";".toByteArray()).decodeToString(),
                )
                assertEquals("b;", reader.readUntil(";".toByteArray()).decodeToString())
                assertEquals("re", reader.readExactly(2).decodeToString())
                assertEquals("st", reader.read().decodeToString())
                assertEquals(0, reader.read(1).size)
                assertTrue(reader.atEof)
            }
        }

    @ParameterizedTest
    @EnumSource
    suspend fun a_read_into_a_buffer_takes_what_fits_until_the_end(medium: Medium) =
        withDeadline {
            val send: suspend (StreamReader, StreamWriter) -> Unit = { _, writer ->
                writer.write("0123456789".toByteArray())
                writer.close()
            }
            medium.talk(send) { (reader, _) ->
                for (buffer in listOf(ByteBuffer.allocate(4), ByteBuffer.allocateDirect(4))) {
                    assertEquals(4, reader.read(buffer))
                    assertEquals(4, buffer.position())
                    assertEquals(0, reader.read(buffer))
                    val from = if (buffer.isDirect) "4567" else "0123"
                    assertEquals(ByteBuffer.wrap(from.toByteArray()), buffer.flip())
                }
                val rest = ByteBuffer.allocate(9).position(1)
                assertEquals(2, reader.read(rest))
                assertEquals("\u000089", rest.array().decodeToString(endIndex = 3))
                repeat(2) { assertEquals(-1, reader.read(rest)) }
                assertEquals(3, rest.position())
            }
        }

    @Test
    suspend fun a_read_into_a_buffer_waits_and_leaves_it_alone_when_cancelled() =
        withDeadline {
            val reader = StreamReader.handFed()
            val buffer = ByteBuffer.allocate(4)
            val cancelled =
                launch(start = CoroutineStart.UNDISPATCHED) {
                    reader.read(buffer)
                }
            cancelled.cancelAndJoin()
            val read = async(start = CoroutineStart.UNDISPATCHED) { reader.read(buffer) }
            assertFalse(read.isCompleted)
            assertEquals(0, buffer.position())
            reader.feedData("kept".toByteArray())
            assertEquals(4, read.await())
            assertEquals("kept", buffer.array().decodeToString())
        }

    @Test
    suspend fun a_read_into_a_buffer_fails_behind_the_bytes_when_the_stream_was_broken() =
        withDeadline {
            val reader = StreamReader.handFed()
            val error = IOException("broken")
            reader.feedData("x".toByteArray())
            reader.setException(error)
            val buffer = ByteBuffer.allocate(4)
            assertEquals(1, reader.read(buffer))
            assertEquals(error, runCatching { reader.read(buffer) }.exceptionOrNull())
            assertEquals(1, buffer.position())
        }

    @Test
    suspend fun a_for_loop_and_a_flow_go_through_the_lines() =
        withDeadline {
            val reader = StreamReader.handFed()
            reader.feedData("a\nb\nc\nd\ne".toByteArray())
            reader.feedEof()
            val first =
                reader
                    .lines()
                    .take(2)
                    .toList()
                    .map { it.decodeToString() }
            val rest = mutableListOf<String>()
            for (line in reader) rest += line.decodeToString()
            assertEquals(listOf("a\n", "b\n"), first)
            assertEquals(listOf("c\n", "d\n", "e"), rest)
        }

    @Test
    suspend fun next_without_hasNext_is_refused() =
        withDeadline {
            val lines = StreamReader.handFed().iterator()
            assertThrows<NoSuchElementException> { lines.next() }
        }

    @Test
    suspend fun errors_are_the_exceptions_themselves() =
        withDeadline {
            val short = StreamReader.handFed()
            short.feedData("abc".toByteArray())
            short.feedEof()
            val incomplete =
                runCatching {
                    short.readExactly(
                        5,
                    )
                }.exceptionOrNull() as IncompleteReadException
            assertArrayEquals("abc".toByteArray(), incomplete.partial())

            val long = StreamReader.handFed(limit = 2)
            long.feedData("abc\n".toByteArray())
            assertTrue(runCatching { long.readLine() }.exceptionOrNull() is LimitOverrunException)

            val broken = StreamReader.handFed()
            val error = IOException("broken")
            broken.feedData("x".toByteArray())
            broken.setException(error)
            assertEquals("x", broken.read(10).decodeToString())
            assertEquals(error, runCatching { broken.read(10) }.exceptionOrNull())
            assertEquals(error, broken.exception)
        }

    @Test
    suspend fun a_second_read_is_refused_and_the_first_goes_on() =
        withDeadline {
            val reader = StreamReader.handFed()
            var line = ""
            val first =
                launch(start = CoroutineStart.UNDISPATCHED) {
                    line = reader.readLine().decodeToString()
                }
            assertTrue(runCatching { reader.read(1) }.exceptionOrNull() is IllegalStateException)
            reader.feedData("first\n".toByteArray())
            first.join()
            assertEquals("first\n", line)
        }

    @Test
    suspend fun a_closed_port_and_an_unknown_host_are_io_errors_that_name_the_peer() =
        withDeadline {
            val port = startServer("127.0.0.1", 0, handler = ::echo).use { it.port }
            val refused = runCatching { openConnection("127.0.0.1", port) }.exceptionOrNull()
            assertTrue(refused is ConnectException, refused.toString())
            assertTrue(refused!!.message!!.contains("'127.0.0.1', port $port"), refused.message)
            val unknown = runCatching { openConnection("nobody.invalid", 1) }.exceptionOrNull()
            assertTrue(unknown is UnknownHostException, unknown.toString())
            assertTrue(unknown!!.message!!.contains("nobody.invalid"), unknown.message)
        }

    @Test
    suspend fun bad_arguments_throw_at_once() =
        withDeadline {
            val reader = StreamReader.handFed()
            assertTrue(refused { reader.readExactly(-1) }.contains("-1"))
            val readOnly = ByteBuffer.allocate(1).asReadOnlyBuffer()
            assertTrue(refused { reader.read(readOnly) }.contains("read-only"))
            assertTrue(refused { reader.readUntil() }.contains("separators"))
            assertTrue(refused { openConnection("x", 70_000) }.contains("70000"))
            assertTrue(refused { openConnection("x", 1, limit = 0) }.contains("limit is 0"))
            assertTrue(refused { startServer("x", -1) { _, _ -> } }.contains("port is -1"))
        }

    private suspend fun refused(call: suspend () -> Any): String {
        val refusal = runCatching { call() }.exceptionOrNull()
        assertTrue(refusal is IllegalArgumentException, refusal.toString())
        return refusal!!.message!!
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = ["TLS"]) // it has no half-close
    suspend fun the_writer_has_all_that_asyncio_s_has(medium: Medium) =
        withDeadline {
            medium.talk(::echo, limit = 77) { (reader, writer) ->
                assertEquals(77, reader.limit)
                assertTrue(writer.canWriteEof)
                assertFalse(writer.isClosing)
                writer.write("xabx".toByteArray(), offset = 1, length = 2)
                writer.write(ByteBuffer.wrap("c".toByteArray()))
                writer.writeLines(listOf("d".toByteArray(), "\n".toByteArray()))
                writer.writeEof()
                assertEquals("abcd\n", reader.read().decodeToString())
                assertThrows<IllegalStateException> { writer.write("late".toByteArray()) }
                writer.transport.abort()
                writer.waitClosed()
                assertTrue(
                    runCatching { writer.drain() }.exceptionOrNull() is ConnectionLostException,
                )
            }
        }

    @Test
    suspend fun the_writer_knows_its_peer() =
        withDeadline {
            startServer("127.0.0.1", 0, handler = ::echo).use { server ->
                openConnection("127.0.0.1", server.port).use { (_, writer) ->
                    assertEquals(
                        server.sockets.first().localAddress(),
                        writer.getExtraInfo(ExtraInfo.PEER_NAME),
                    )
                }
            }
        }
}
