package io.weir.samples.cookbook

import io.weir.DecoderSplits
import io.weir.coroutines.closing
import io.weir.coroutines.startServer
import io.weir.samples.EachLanguage
import io.weir.samples.Lang
import kotlinx.coroutines.CoroutineStart.UNDISPATCHED
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.future.await
import kotlinx.coroutines.supervisorScope
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.io.IOException
import java.nio.ByteBuffer
import io.weir.samples.cookbook.coroutines.RedisClient as KotlinRedisClient

class RedisClientTest {
    @EachLanguage
    suspend fun a_thousand_commands_at_once_get_their_own_replies(lang: Lang) =
        withDeadline {
            RedisServer.start().use { server ->
                connected(lang, server) { redis ->
                    val replies =
                        List(1000) { async(start = UNDISPATCHED) { redis("INCR", "counter") } }
                    assertEquals((1L..1000L).toList(), replies.awaitAll())
                }
            }
        }

    @EachLanguage
    suspend fun values_of_every_kind_are_read(lang: Lang) =
        withDeadline {
            RedisServer.start().use { server ->
                connected(lang, server) { redis ->
                    assertEquals("OK", redis("SET", "text", "one\r\ntwo é"))
                    assertEquals("one\r\ntwo é", redis("GET", "text"))
                    assertEquals(null, redis("GET", "nothing"))
                    assertEquals(3L, redis("RPUSH", "list", "a", "b", "c"))
                    assertEquals(listOf("a", "b", "c"), redis("LRANGE", "list", "0", "-1"))
                    val large = "x".repeat(1_000_000)
                    assertEquals(large, redis("ECHO", large))
                }
            }
        }

    @EachLanguage
    suspend fun a_cancelled_command_does_not_shift_the_replies_of_others(lang: Lang) =
        withDeadline {
            RedisServer.start().use { server ->
                connected(lang, server) { redis ->
                    val blocked = async(start = UNDISPATCHED) { redis("BLPOP", "empty", "0.1") }
                    val first = async(start = UNDISPATCHED) { redis("ECHO", "first") }
                    val second = async(start = UNDISPATCHED) { redis("ECHO", "second") }
                    blocked.cancelAndJoin()
                    first.cancelAndJoin()
                    assertEquals("second", second.await())
                }
            }
        }

    @EachLanguage
    suspend fun an_error_of_the_server_fails_its_command_alone(lang: Lang) =
        withDeadline {
            RedisServer.start().use { server ->
                connected(lang, server) { redis ->
                    redis("SET", "text", "no number")
                    val error = assertThrows<Resp.ServerError> { redis("INCR", "text") }
                    assertTrue("not an integer" in error.message!!, error.message)
                    assertEquals("PONG", redis("PING"))
                }
            }
        }

    @EachLanguage
    suspend fun the_end_of_the_server_fails_the_commands_that_wait_and_those_that_follow(
        lang: Lang,
    ) = withDeadline {
        RedisServer.start().use { server ->
            connected(lang, server) { redis ->
                val waiting =
                    async(start = UNDISPATCHED) {
                        assertThrows<IOException> { redis("BLPOP", "empty", "0") }
                    }
                server.close()
                waiting.await()
                assertThrows<IOException> { redis("PING") }
            }
        }
    }

    @Test
    fun replies_are_the_same_however_the_network_splits_them() {
        val stream = "+OK\r\n:-7\r\n$-1\r\n*3\r\n$3\r\na\r\n\r\n*-1\r\n*0\r\n$0\r\n\r\n"
        assertEquals(
            listOf("OK", -7L, null, listOf("a\r\n", null, emptyList<Any>()), ""),
            DecoderSplits.valuesOf(Resp.REPLY, stream.encodeToByteArray()).map { it.value },
        )
    }

    @Test
    suspend fun the_end_of_the_block_fails_the_commands_that_wait() =
        withDeadline {
            RedisServer.start().use { server ->
                supervisorScope {
                    val waiting =
                        KotlinRedisClient.connect(HOST, server.port) { client ->
                            this@supervisorScope.async(start = UNDISPATCHED) {
                                client.call("BLPOP", "empty", "0")
                            }
                        }
                    assertThrows<IOException> { waiting.await() }
                }
            }
        }

    @Test
    fun a_text_of_maximum_length_is_awaited() {
        val head = "$2147483647\r\n".encodeToByteArray()
        assertFalse(Resp.REPLY.decode(ByteBuffer.wrap(head), false).isComplete)
    }

    @EachLanguage
    suspend fun a_length_that_is_malformed_fails_the_commands_that_wait(lang: Lang) =
        withDeadline {
            for (reply in listOf("$-2", "$99999999999", "*-2", ":one")) {
                val handler =
                    closing { reader, writer ->
                        reader.read(100)
                        writer.send("$reply\r\n".encodeToByteArray())
                        reader.read()
                    }
                val peer = startServer(HOST, 0, scope = this, handler = handler)
                peer.use {
                    connected(lang, peer.port) { redis ->
                        assertThrows<IOException>(reply) { redis("PING") }
                    }
                }
            }
        }

    @Test
    fun lists_that_are_nested_too_deep_are_refused() {
        val nested = "*1\r\n".repeat(100_000).encodeToByteArray()
        assertThrows<IOException> { Resp.REPLY.decode(ByteBuffer.wrap(nested), false) }
    }

    private suspend fun connected(
        lang: Lang,
        server: RedisServer,
        block: suspend (suspend (Array<out String>) -> Any?) -> Unit,
    ) = connected(lang, server.port, block)

    private suspend fun connected(
        lang: Lang,
        port: Int,
        block: suspend (suspend (Array<out String>) -> Any?) -> Unit,
    ) = when (lang) {
        Lang.JAVA -> {
            RedisClient.connect(HOST, port).await().use { client ->
                block { client.call(*it).await() }
            }
        }

        Lang.KOTLIN -> {
            KotlinRedisClient.connect(HOST, port) { client -> block { client.call(*it) } }
        }
    }
}

private suspend operator fun (suspend (Array<out String>) -> Any?).invoke(vararg words: String) =
    this.invoke(words)
