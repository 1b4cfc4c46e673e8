package io.weir.coroutines

import io.weir.ConnectionLostException
import io.weir.WriteLimits
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.runInterruptible
import kotlinx.io.asSink
import kotlinx.io.asSource
import kotlinx.io.buffered
import kotlinx.io.readByteArray
import kotlinx.io.readLine
import kotlinx.io.writeString
import okio.GzipSink
import okio.GzipSource
import okio.buffer
import okio.sink
import okio.source
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import kotlin.random.Random

/** The blocking views under the libraries that Kotlin programs read and write with: Okio and kotlinx-io. */
class BlockingLibrariesTest {
    private val pair = MemoryStreams.pair()
    private val reader = pair.first.reader
    private val writer = pair.second.writer
    private val noise = Random(1).nextBytes(3_000_000)

    @AfterEach
    fun close() {
        pair.first.writer.transport
            .abort()
        writer.transport.abort()
    }

    /** Runs blocking code, and interrupts it when it takes too long. */
    private suspend fun <T> blocking(block: () -> T): T = runInterruptible(Dispatchers.IO, block)

    @Test
    suspend fun okio_writes_and_reads_values_up_to_the_end() =
        withDeadline {
            blocking {
                val sink = writer.asOutputStream().sink().buffer()
                val source = reader.asInputStream().source().buffer()
                sink.writeUtf8("grün\n").writeLong(42).flush()

                assertEquals("grün", source.readUtf8LineStrict())
                assertEquals(42, source.readLong())
                writer.writeEof()
                assertTrue(source.exhausted())
            }
        }

    @Test
    suspend fun kotlinx_io_writes_and_reads_values_up_to_the_end() =
        withDeadline {
            blocking {
                val sink = writer.asOutputStream().asSink().buffered()
                val source = reader.asInputStream().asSource().buffered()
                sink.writeString("grün\n")
                sink.writeLong(42)
                sink.flush()

                assertEquals("grün", source.readLine())
                assertEquals(42, source.readLong())
                writer.writeEof()
                assertTrue(source.exhausted())
            }
        }

    @Test
    suspend fun okio_sends_much_through_back_pressure_and_closes_the_connection() =
        withDeadline {
            writer.transport.setWriteBufferLimits(WriteLimits.ofHigh(1_000))
            val sent =
                async {
                    blocking {
                        GzipSink(
                            writer.asOutputStream().sink(),
                        ).buffer().use { it.write(noise) }
                    }
                }
            val received =
                blocking {
                    GzipSource(
                        reader.asInputStream().source(),
                    ).buffer().use { it.readByteArray() }
                }
            sent.await()

            assertArrayEquals(noise, received)
            assertTrue(writer.isClosing && pair.first.writer.isClosing)
        }

    @Test
    suspend fun kotlinx_io_sends_much_through_back_pressure_and_closes_the_connection() =
        withDeadline {
            writer.transport.setWriteBufferLimits(WriteLimits.ofHigh(1_000))
            val sent =
                async {
                    blocking {
                        writer
                            .asOutputStream()
                            .asSink()
                            .buffered()
                            .use { it.write(noise) }
                    }
                }
            val received =
                blocking {
                    reader
                        .asInputStream()
                        .asSource()
                        .buffered()
                        .use { it.readByteArray() }
                }
            sent.await()

            assertArrayEquals(noise, received)
            assertTrue(writer.isClosing && pair.first.writer.isClosing)
        }

    @Test
    suspend fun a_lost_connection_is_an_IOException_of_both() =
        withDeadline {
            reader.asJava.setException(ConnectionLostException("lost", null))
            blocking {
                assertThrows<ConnectionLostException> {
                    reader
                        .asInputStream()
                        .source()
                        .buffer()
                        .readByte()
                }
                assertThrows<ConnectionLostException> {
                    reader
                        .asInputStream()
                        .asSource()
                        .buffered()
                        .readByte()
                }
            }
        }
}
