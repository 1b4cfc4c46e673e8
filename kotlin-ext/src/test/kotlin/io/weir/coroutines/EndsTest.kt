package io.weir.coroutines

import io.weir.AsyncRuntime
import io.weir.CloseReason
import io.weir.ConnectionLostException
import io.weir.RuntimeOptions
import io.weir.ShutdownReport
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.isActive
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.net.SocketTimeoutException
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.TimeSource

/** Closing of connections and servers: by shutdown, by a timeout, with their scope, with their runtime. */
class EndsTest {
    private val lastWords = "bye\n".toByteArray()

    private suspend fun echo(
        reader: StreamReader,
        writer: StreamWriter,
    ) {
        try {
            for (line in reader) {
                writer.write(line)
                writer.drain()
            }
        } finally {
            writer.write(lastWords)
            writer.close()
        }
    }

    private suspend fun StreamConnection.greet() {
        writer.write("hello\n".toByteArray())
        assertArrayEquals("hello\n".toByteArray(), reader.readLine())
    }

    @Test
    suspend fun shutdown_lets_handlers_say_their_last_words() =
        withDeadline {
            val server = startServer("127.0.0.1", 0, handler = ::echo)
            openConnection("127.0.0.1", server.port).use { client ->
                client.greet()
                val report = async { server.shutdown(10.seconds, patience = Duration.ZERO) }
                assertArrayEquals(lastWords, client.reader.read())
                client.close()
                assertEquals(ShutdownReport(0, 1, 0, 0), report.await())
            }
        }

    @Test
    suspend fun shutdown_cancels_handlers_that_do_not_end_in_time() =
        withDeadline {
            val called = CompletableDeferred<Unit>()
            val cancelled = CompletableDeferred<Unit>()
            coroutineScope {
                val server =
                    startServer("127.0.0.1", 0) { _, _ ->
                        try {
                            called.complete(Unit)
                            awaitCancellation()
                        } finally {
                            cancelled.complete(Unit)
                        }
                    }
                openConnection("127.0.0.1", server.port).use {
                    called.await()
                    assertEquals(ShutdownReport(0, 0, 1, 0), server.shutdown(50.milliseconds))
                }
            }
            assertTrue(cancelled.isCompleted)
        }

    @Test
    suspend fun cancelling_the_owner_shuts_down_with_a_grace_of_its_choice() =
        withDeadline {
            val started = CompletableDeferred<Server>()
            val owner =
                launch {
                    val server =
                        startServer("127.0.0.1", 0, shutdownGrace = 1.seconds, handler = ::echo)
                    started.complete(server)
                    server.use { it.serveForever() }
                }
            openConnection("127.0.0.1", started.await().port).use { client ->
                client.greet()
                owner.cancel()
                client.greet() // handlers continue for half of the grace
                assertArrayEquals(lastWords, client.reader.read())
                client.close()
                owner.join()
            }
            assertFalse(started.await().isServing)
        }

    @Test
    suspend fun a_handler_that_outlasts_the_grace_is_cancelled() =
        withDeadline {
            val started = CompletableDeferred<Server>()
            val cancelled = CompletableDeferred<Boolean>()
            val owner =
                launch {
                    started.complete(
                        startServer("127.0.0.1", 0, shutdownGrace = 50.milliseconds) { _, writer ->
                            writer.write("hi".toByteArray())
                            try {
                                awaitCancellation()
                            } finally {
                                cancelled.complete(!isActive())
                            }
                        },
                    )
                }
            openConnection("127.0.0.1", started.await().port).use { client ->
                client.reader.readExactly(2)
                owner.cancelAndJoin()
            }
            assertTrue(cancelled.await())
        }

    private suspend fun isActive() = kotlinx.coroutines.currentCoroutineContext().isActive

    @Test
    suspend fun an_owner_with_a_grace_waits_for_its_handlers_as_any_other() =
        withDeadline {
            var ended = false
            coroutineScope {
                val server =
                    startServer("127.0.0.1", 0, shutdownGrace = 1.seconds) { _, writer ->
                        writer.close()
                        writer.waitClosed()
                        withContext(NonCancellable) { delay(20.milliseconds) }
                        ended = true
                    }
                openConnection("127.0.0.1", server.port).use { it.reader.read() }
                server.close()
            }
            assertTrue(ended)
        }

    @Test
    suspend fun a_shutdown_without_a_waiter_cancels_handlers_after_its_grace() =
        withDeadline {
            val called = CompletableDeferred<Unit>()
            coroutineScope {
                val server =
                    startServer("127.0.0.1", 0) { _, _ ->
                        called.complete(Unit)
                        awaitCancellation()
                    }
                openConnection("127.0.0.1", server.port).use {
                    called.await()
                    assertNull(
                        withTimeoutOrNull(10.milliseconds) { server.shutdown(300.milliseconds) },
                    )
                }
            }
        }

    @Test
    suspend fun an_owner_with_a_grace_ends_though_the_runtime_was_closed() =
        withDeadline {
            val runtime = AsyncRuntime.create(RuntimeOptions.DEFAULTS.withThreadNames("gone"))
            val called = CompletableDeferred<Unit>()
            val closed = CompletableDeferred<Unit>()
            val owner =
                launch {
                    val server =
                        startServer(
                            "127.0.0.1",
                            0,
                            runtime = runtime,
                            shutdownGrace = 1.seconds,
                        ) { _, _ ->
                            called.complete(Unit)
                            awaitCancellation()
                        }
                    val client = openConnection("127.0.0.1", server.port, runtime = runtime)
                    called.await()
                    runtime.close()
                    client.close()
                    closed.complete(Unit)
                }
            closed.await()
            owner.cancelAndJoin()
        }

    @Test
    suspend fun a_negative_grace_is_refused() =
        withDeadline {
            val refused =
                assertThrows<IllegalArgumentException> {
                    startServer("127.0.0.1", 0, shutdownGrace = (-1).seconds) { _, _ -> }
                }
            assertTrue("-1s" in refused.message!!, refused.message)
        }

    @Test
    suspend fun closeGracefully_says_what_happened() =
        withDeadline {
            val (here, there) = MemoryStreams.pair()
            assertNull(here.closeReason)
            here.writer.write(ByteArray(1024 * 1024))
            val late = here.closeGracefully(20.milliseconds)
            assertEquals(CloseReason.Kind.TIMED_OUT, late.kind())
            assertTrue(late.unsent() > 0)
            assertEquals(late, here.closeReason)
            there.writer.transport.abort()
        }

    @Test
    suspend fun work_for_a_peer_that_goes_can_be_given_up() =
        withDeadline {
            val (here, there) = MemoryStreams.pair()
            val work = launch { awaitCancellation() }
            val watch =
                launch {
                    here.reader.whenPeerGone()
                    work.cancel()
                }
            there.close()
            joinAll(work, watch)
            here.close()
        }

    @Test
    suspend fun timeouts_end_a_connection() =
        withDeadline {
            startServer("127.0.0.1", 0, readTimeout = 50.milliseconds) { reader, writer ->
                val lost = assertThrows<ConnectionLostException> { reader.readLine() }
                assertTrue(lost.cause is SocketTimeoutException)
                assertEquals(CloseReason.Kind.TIMED_OUT, writer.closeReason?.kind())
            }.use { server ->
                openConnection("127.0.0.1", server.port, idleTimeout = 10.seconds).use { client ->
                    assertEquals(0, client.reader.read().size)
                }
            }
        }

    @Test
    suspend fun a_peer_that_does_not_read_ends_a_connection() =
        withDeadline {
            val ended = CompletableDeferred<CloseReason?>()
            startServer("127.0.0.1", 0, writeTimeout = 50.milliseconds) { _, writer ->
                writer.write(ByteArray(64 shl 20))
                assertThrows<ConnectionLostException> { writer.drain() }
                ended.complete(writer.closeReason)
            }.use { server ->
                openConnection("127.0.0.1", server.port, writeTimeout = 10.seconds).use {
                    assertEquals(CloseReason.Kind.TIMED_OUT, ended.await()?.kind())
                }
            }
        }

    @Test
    suspend fun a_runtime_ends_with_what_runs_on_it() =
        withDeadline {
            val runtime = AsyncRuntime.create(RuntimeOptions.DEFAULTS.withThreadNames("kotlin-own"))
            val server = startServer("127.0.0.1", 0, runtime = runtime, handler = ::echo)
            val client = openConnection("127.0.0.1", server.port, runtime = runtime)
            client.greet()
            runtime.close()
            server.waitClosed()
            client.writer.waitClosed()
            assertEquals(CloseReason.Kind.ABORTED, client.closeReason?.kind())
        }

    @Test
    suspend fun a_byte_of_a_value_does_not_extend_the_read_timeout_of_a_flow() =
        withDeadline {
            val limit = 1500.milliseconds
            val wait = CompletableDeferred<Duration>()
            startServer("127.0.0.1", 0, readTimeout = limit) { reader, _ ->
                val start = TimeSource.Monotonic.markNow()
                assertThrows<ConnectionLostException> { reader.textLines().collect {} }
                wait.complete(start.elapsedNow())
            }.use { server ->
                openConnection("127.0.0.1", server.port).use { client ->
                    delay(limit * 0.8)
                    client.writer.write("a".toByteArray())
                    assertTrue(wait.await() < limit * 1.5, wait.await().toString())
                }
            }
        }
}
