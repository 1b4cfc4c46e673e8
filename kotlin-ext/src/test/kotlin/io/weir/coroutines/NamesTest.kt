package io.weir.coroutines

import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.nio.ByteBuffer

// No member may be called like a package: inside extension functions it would hide the package.
private fun StreamReader.zero() = java.time.Duration.ZERO

private fun StreamWriter.zero() = java.time.Duration.ZERO

private fun StreamConnection.zero() = java.time.Duration.ZERO

private fun Server.zero() = java.time.Duration.ZERO

/** Names that must not collide with those of the JDK and of the standard library. */
class NamesTest {
    @Test
    suspend fun extension_functions_can_name_classes_of_the_jdk() =
        withDeadline {
            val (here, there) = MemoryStreams.pair()
            val zeros = mutableSetOf(here.zero(), here.reader.zero(), here.writer.zero())
            startServer("127.0.0.1", 0) { _, _ -> }.use { zeros += it.zero() }
            assertEquals(setOf(java.time.Duration.ZERO), zeros)
            here.close()
            there.close()
        }

    @Test
    suspend fun use_of_the_standard_library_closes_a_writer_without_waiting() =
        withDeadline {
            val (here, there) = MemoryStreams.pair()
            val sent = ByteArray(1024 * 1024)
            here.writer.use { it.write(sent) }
            assertTrue(here.writer.isClosing)
            assertArrayEquals(sent, there.reader.read())
            there.close()
            here.writer.waitClosed()
        }

    @Test
    suspend fun readUntil_takes_a_buffer_and_leaves_its_position() =
        withDeadline {
            val reader = StreamReader.handFed()
            reader.feedData("a;b".toByteArray())
            val separator = ByteBuffer.wrap("-;-".toByteArray(), 1, 1)
            assertEquals("a;", reader.readUntil(separator).decodeToString())
            assertEquals(1, separator.position())
        }
}
