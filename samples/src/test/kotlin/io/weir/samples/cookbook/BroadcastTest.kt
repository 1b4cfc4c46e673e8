package io.weir.samples.cookbook

import io.weir.coroutines.StreamReader
import io.weir.coroutines.openConnection
import io.weir.samples.EachLanguage
import io.weir.samples.Lang
import io.weir.samples.cookbook.Broadcast.SlowClient
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import io.weir.samples.cookbook.coroutines.Broadcast as KotlinBroadcast

class BroadcastTest {
    private val message = { number: Int -> ByteArray(SIZE) { number.toByte() } }

    @EachLanguage
    suspend fun a_client_that_does_not_read_misses_messages_and_delays_no_other(lang: Lang) =
        withBroadcast(lang, SlowClient.SKIPPED) { port, publish, twoClients ->
            openConnection(HOST, port).use { slow ->
                openConnection(HOST, port).use { fast ->
                    twoClients()
                    publishAll(publish, fast.reader)
                    slow.writer.writeEof()
                    val received = slow.reader.read().size / SIZE
                    assertTrue(received in 1 until MESSAGES, "$received messages of $MESSAGES")
                }
            }
        }

    @Test
    suspend fun a_client_that_does_not_read_is_cut_off() =
        withBroadcast(Lang.JAVA, SlowClient.CUT_OFF) { port, publish, twoClients ->
            openConnection(HOST, port).use { slow ->
                openConnection(HOST, port).use { fast ->
                    twoClients()
                    publishAll(publish, fast.reader)
                    val received = slow.reader.read().size / SIZE
                    assertTrue(received in 1 until MESSAGES, "$received messages of $MESSAGES")
                }
            }
        }

    private suspend fun publishAll(
        publish: (ByteArray) -> Unit,
        fast: StreamReader,
    ) = repeat(MESSAGES) {
        publish(message(it))
        assertArrayEquals(message(it), fast.readExactly(SIZE))
    }

    private suspend fun withBroadcast(
        lang: Lang,
        slowClient: SlowClient,
        block: suspend (Int, (ByteArray) -> Unit, suspend () -> Unit) -> Unit,
    ) = withDeadline {
        when (lang) {
            Lang.JAVA -> {
                val broadcast = Broadcast(slowClient)
                serving(broadcast.start(HOST, 0)) { port ->
                    block(port, broadcast::publish) {
                        while (broadcast.size() < 2) yield()
                    }
                }
            }

            Lang.KOTLIN -> {
                val broadcast = KotlinBroadcast()
                serving(broadcast.start(HOST, 0)) { port ->
                    block(port, broadcast::publish) { broadcast.clients.first { it == 2 } }
                }
            }
        }
    }

    private companion object {
        const val SIZE = 64 * 1024
        const val MESSAGES = 400
    }
}
