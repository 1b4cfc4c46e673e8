package io.weir.coroutines

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.launch
import kotlinx.coroutines.plus
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import java.nio.file.Path
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** A server that is started in a block, and belongs to a scope outside of it. */
class ServerScopeTest {
    /** The functions that start a server. */
    enum class Start {
        HOST,
        HOSTS,
        PATH,
        CHANNEL,
        ASYNCHRONOUS_CHANNEL,
        ;

        internal suspend fun start(
            scope: CoroutineScope,
            folder: Path,
        ): Server =
            when (this) {
                HOST -> {
                    startServer("127.0.0.1", 0, scope = scope) { _, _ -> }
                }

                HOSTS -> {
                    startServer(listOf("127.0.0.1"), 0, scope = scope) { _, _ -> }
                }

                PATH -> {
                    startUnixServer(folder.resolve("socket"), scope = scope) { _, _ -> }
                }

                CHANNEL -> {
                    startServer(bound(), scope = scope) { _, _ -> }
                }

                ASYNCHRONOUS_CHANNEL -> {
                    startServer(boundAsynchronous(), scope = scope) { _, _ -> }
                }
            }
    }

    private suspend fun start(scope: CoroutineScope): Server =
        startServer("127.0.0.1", 0, scope = scope) { reader, writer ->
            writer.write(reader.readLine())
            writer.close()
        }

    private suspend fun assertServes(server: Server) =
        server.use {
            openConnection("127.0.0.1", server.port).use { client ->
                client.writer.write("hello\n".toByteArray())
                assertEquals("hello\n", client.reader.read().decodeToString())
            }
        }

    @ParameterizedTest
    @EnumSource
    suspend fun every_way_to_start_a_server_has_a_scope(
        start: Start,
        @TempDir folder: Path,
    ) = withDeadline {
        val owner = CoroutineScope(Job())
        val server = coroutineScope { start.start(owner, folder) }
        assertTrue(server.isServing)
        owner.cancel()
        server.waitClosed()
    }

    @Test
    suspend fun withContext_returns_the_server() =
        withDeadline {
            assertServes(withContext(Dispatchers.IO) { start(this@withDeadline) })
        }

    @Test
    suspend fun coroutineScope_returns_the_server() =
        withDeadline {
            assertServes(coroutineScope { start(this@withDeadline) })
        }

    @Test
    suspend fun async_returns_the_server() =
        withDeadline {
            assertServes(async { start(this@withDeadline) }.await())
        }

    @Test
    suspend fun withTimeout_returns_the_server_and_does_not_limit_its_time() =
        withDeadline {
            val server = withTimeout(10.seconds) { start(this@withDeadline) }
            assertServes(server)
        }

    @Test
    suspend fun cancelling_the_coroutine_that_has_started_the_server_does_not_affect_it() =
        withDeadline {
            val started = CompletableDeferred<Server>()
            val starter =
                launch {
                    started.complete(start(this@withDeadline))
                    awaitCancellation()
                }
            val server = started.await()
            starter.cancelAndJoin()
            assertServes(server)
        }

    @Test
    suspend fun the_scope_waits_for_the_handlers() =
        withDeadline {
            val served = CompletableDeferred<Unit>()
            val handling = CompletableDeferred<Unit>()
            var returned = false
            coroutineScope {
                val owner = this
                val server =
                    withContext(Dispatchers.IO) {
                        startServer("127.0.0.1", 0, scope = owner) { _, writer ->
                            handling.complete(Unit)
                            writer.close()
                            served.await()
                            returned = true
                        }
                    }
                openConnection("127.0.0.1", server.port).use { it.reader.read() }
                handling.await()
                server.close()
                served.complete(Unit)
            }
            assertTrue(returned)
        }

    @Test
    suspend fun handlers_have_the_context_of_the_scope() =
        withDeadline {
            val name = CompletableDeferred<String?>()
            val server =
                withContext(CoroutineName("starter")) {
                    startServer(
                        "127.0.0.1",
                        0,
                        scope = this@withDeadline + CoroutineName("owner"),
                    ) { _, writer ->
                        name.complete(currentCoroutineContext()[CoroutineName]?.name)
                        writer.close()
                    }
                }
            server.use {
                openConnection("127.0.0.1", server.port).use { assertEquals("owner", name.await()) }
            }
        }

    @Test
    suspend fun a_scope_with_a_grace_is_shut_down_when_it_is_cancelled() =
        withDeadline {
            val owner = CoroutineScope(Job())
            val server =
                withContext(Dispatchers.IO) {
                    startServer(
                        "127.0.0.1",
                        0,
                        scope = owner,
                        shutdownGrace = 50.milliseconds,
                    ) { _, _ -> awaitCancellation() }
                }
            openConnection("127.0.0.1", server.port).use {
                owner.cancel()
                assertEquals(0, runCatching { it.reader.read() }.getOrDefault(ByteArray(0)).size)
            }
            server.waitClosed()
        }

    @Test
    suspend fun a_cancelled_scope_is_refused_and_the_caller_is_not_cancelled() =
        withDeadline {
            val owner = CoroutineScope(Job())
            owner.cancel()
            val refused = assertThrows<IllegalStateException> { start(owner) }
            assertFalse(refused is java.util.concurrent.CancellationException, refused.toString())
            assertTrue("scope" in refused.message!!, refused.message)
        }

    // ---- use ----

    @Test
    suspend fun use_throws_the_exception_of_a_failed_block_though_a_client_is_idle() =
        withDeadline {
            val called = CompletableDeferred<Unit>()
            val cancelled = CompletableDeferred<Unit>()
            val connected = CompletableDeferred<StreamConnection>()
            val server =
                startServer("127.0.0.1", 0) { _, _ ->
                    try {
                        called.complete(Unit)
                        awaitCancellation()
                    } finally {
                        cancelled.complete(Unit)
                    }
                }
            val failure =
                assertThrows<IllegalStateException> {
                    server.use {
                        connected.complete(openConnection("127.0.0.1", it.port))
                        called.await() // a closed server accepts no connection from its backlog
                        error("boom")
                    }
                }
            assertEquals("boom", failure.message)
            cancelled.await()
            server.waitClosed()
            connected.await().close()
        }

    @Test
    suspend fun use_throws_what_the_block_has_thrown_without_a_client_as_well() =
        withDeadline {
            val server = startServer("127.0.0.1", 0) { _, _ -> }
            assertThrows<IllegalStateException> { server.use { error("boom") } }
        }

    private suspend fun portOf(server: Server): Int {
        server.use { return it.port }
    }

    @Test
    suspend fun use_closes_the_server_when_its_block_leaves_the_function() =
        withDeadline {
            val server = startServer("127.0.0.1", 0) { _, _ -> }
            assertEquals(server.port, portOf(server))
            assertFalse(server.isServing)
            server.waitClosed()
        }

    private suspend fun closeReturning(server: Server): Boolean = server.use { return true }

    @Test
    suspend fun use_waits_for_the_connections_when_its_block_leaves_the_function() =
        withDeadline {
            val ended = CompletableDeferred<Unit>()
            val called = CompletableDeferred<Unit>()
            val server =
                startServer("127.0.0.1", 0) { reader, writer ->
                    called.complete(Unit)
                    reader.read()
                    ended.complete(Unit)
                    writer.close()
                }
            val client = openConnection("127.0.0.1", server.port)
            called.await()
            launch {
                while (server.isServing) yield()
                client.close()
            }
            assertTrue(closeReturning(server))
            assertTrue(ended.isCompleted)
        }
}
