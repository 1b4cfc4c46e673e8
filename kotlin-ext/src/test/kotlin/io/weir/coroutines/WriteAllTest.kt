package io.weir.coroutines

import io.weir.ConnectionLostException
import io.weir.WriteLimits
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.launch
import kotlinx.coroutines.supervisorScope
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

class WriteAllTest {
    private val pair = MemoryStreams.pair()
    private val writer = pair.first.writer
    private val reader = pair.second.reader

    /** Completes when the collector of [silent] is cancelled. */
    private val collectorEnded = CompletableDeferred<Unit>()
    private val silent: Flow<ByteArray> =
        flow {
            try {
                awaitCancellation()
            } finally {
                collectorEnded.complete(Unit)
            }
        }

    @Test
    suspend fun all_elements_of_a_flow_are_written() =
        withDeadline {
            writer.writeAll(
                flowOf("one".encodeToByteArray(), byteArrayOf(), "two\n".encodeToByteArray()),
            )

            assertEquals("onetwo\n", reader.readLine().decodeToString())
            assertFalse(writer.isClosing)
        }

    @Test
    suspend fun many_elements_do_not_fill_the_stack() =
        withDeadline {
            writer.writeAll(flow { repeat(1_000_000) { emit(byteArrayOf()) } })
        }

    @Test
    suspend fun the_flow_goes_on_when_the_peer_has_caught_up() =
        withDeadline {
            writer.transport.setWriteBufferLimits(WriteLimits.ofHigh(0))
            var emitted = 0
            val all =
                async(start = CoroutineStart.UNDISPATCHED) {
                    writer.writeAll(
                        flow {
                            while (emitted < 10) {
                                emitted++
                                emit(ByteArray(1_000_000))
                            }
                        },
                    )
                }
            assertEquals(1, emitted)
            reader.readExactly(10_000_000)
            all.await()

            assertEquals(10, emitted)
        }

    @Test
    suspend fun what_the_flow_throws_leaves_the_connection_open() =
        withDeadline {
            val wrong = IllegalStateException("wrong")
            val thrown =
                assertThrows<IllegalStateException> { writer.writeAll(flow { throw wrong }) }

            assertEquals("wrong", thrown.message)
            writer.send("open\n".encodeToByteArray())
            assertEquals("open\n", reader.readLine().decodeToString())
        }

    @Test
    suspend fun a_closed_connection_cancels_a_flow_that_emits_nothing() =
        withDeadline {
            supervisorScope {
                val all = async(start = CoroutineStart.UNDISPATCHED) { writer.writeAll(silent) }
                writer.close()
                assertThrows<ConnectionLostException> { all.await() }
                collectorEnded.await()
            }
        }

    @Test
    suspend fun a_cancelled_coroutine_cancels_the_flow_and_leaves_the_connection_open() =
        withDeadline {
            val all = launch(start = CoroutineStart.UNDISPATCHED) { writer.writeAll(silent) }
            all.cancel()
            collectorEnded.await()

            assertFalse(writer.isClosing)
        }
}
