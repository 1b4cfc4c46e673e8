package io.weir.coroutines

import io.weir.ConnectionInfo
import io.weir.ErrorStage
import io.weir.ExtraInfo
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.net.SocketAddress
import kotlin.time.Duration.Companion.milliseconds

class ServerTest {
    @Test
    suspend fun handlers_are_children_of_the_coroutine_that_started_the_server() =
        withDeadline {
            val release = CompletableDeferred<Unit>()
            var ended = false
            val owner =
                launch(start = CoroutineStart.UNDISPATCHED) {
                    val server =
                        startServer("127.0.0.1", 0) { _, writer ->
                            writer.close()
                            release.await()
                            ended = true
                        }
                    openConnection("127.0.0.1", server.port).use { it.reader.read() }
                    server.close()
                    server.waitClosed()
                }
            assertFalse(withTimeoutOrNull(50.milliseconds) { owner.join() } != null)
            release.complete(Unit)
            owner.join()
            assertTrue(ended, "the owner has waited for the handler")
        }

    @Test
    suspend fun cancelling_the_owner_ends_server_handlers_and_connections() =
        withDeadline {
            val started = CompletableDeferred<Server>()
            val handlerCancelled = CompletableDeferred<Unit>()
            val owner =
                launch {
                    startServer("127.0.0.1", 0) { _, writer ->
                        writer.write("hi".toByteArray())
                        try {
                            awaitCancellation()
                        } finally {
                            handlerCancelled.complete(Unit)
                        }
                    }.also { started.complete(it) }
                        .use { it.serveForever() }
                }
            val server = started.await()
            val (reader, writer) = openConnection("127.0.0.1", server.port)
            val idle = openConnection("127.0.0.1", server.port)
            reader.readExactly(2)
            idle.reader.readExactly(2)
            owner.cancelAndJoin()
            handlerCancelled.await()
            assertFalse(server.isServing)
            assertEquals(0, reader.read().size, "the handler's connection is closed")
            assertEquals(0, idle.reader.read().size)
            writer.close()
            idle.close()
            server.waitClosed()
        }

    @Test
    suspend fun a_connection_whose_handler_has_returned_is_closed_with_the_owner() =
        withDeadline {
            val started = CompletableDeferred<Server>()
            val owner =
                launch {
                    val kept = mutableListOf<StreamWriter>()
                    val server =
                        startServer("127.0.0.1", 0) { _, writer ->
                            writer.write("hi".toByteArray())
                            kept += writer
                        }
                    started.complete(server)
                    server.serveForever()
                }
            val (reader, writer) = openConnection("127.0.0.1", started.await().port)
            assertEquals("hi", reader.readExactly(2).decodeToString())
            owner.cancelAndJoin()
            assertEquals(0, reader.read().size)
            writer.close()
        }

    @Test
    suspend fun a_server_describes_its_open_connections() =
        withDeadline {
            val answered = CompletableDeferred<Unit>()
            val handler =
                closing { reader, writer ->
                    writer.send(reader.readLine())
                    answered.complete(Unit)
                    reader.read()
                }
            startServer("127.0.0.1", 0, handler = handler).use { server ->
                assertEquals(emptyList<ConnectionInfo>(), server.connections())
                openConnection("127.0.0.1", server.port).use { (reader, writer) ->
                    writer.write("hello\n".encodeToByteArray())
                    assertEquals("hello\n", reader.readLine().decodeToString())
                    answered.await()
                    val only = server.connections().single()
                    assertEquals(writer.getExtraInfo(ExtraInfo.SOCK_NAME), only.peer())
                    assertEquals(6, only.received())
                    assertEquals(6, only.sent())
                }
                server.close()
                server.waitClosed()
                assertEquals(emptyList<ConnectionInfo>(), server.connections())
            }
        }

    @Test
    suspend fun a_failing_handler_is_reported_with_its_peer_and_touches_no_other() =
        withDeadline {
            val reported = CompletableDeferred<Triple<ErrorStage, SocketAddress?, Throwable>>()
            val server =
                startServer(
                    "127.0.0.1",
                    0,
                    onError = {
                        stage,
                        peer,
                        error,
                        ->
                        reported.complete(Triple(stage, peer, error))
                    },
                ) { reader, writer ->
                    val line = reader.readLine().decodeToString()
                    check(line != "fail\n") { "told to" }
                    writer.write(line.toByteArray())
                    writer.close()
                }
            server.use {
                val good = openConnection("127.0.0.1", server.port)
                val bad = openConnection("127.0.0.1", server.port)
                bad.writer.write("fail\n".toByteArray())
                assertEquals(0, bad.reader.read().size)
                val (stage, peer, error) = reported.await()
                assertEquals(ErrorStage.HANDLER, stage)
                assertEquals(bad.writer.getExtraInfo(io.weir.ExtraInfo.SOCK_NAME), peer)
                assertEquals("told to", error.message)
                good.writer.write("fine\n".toByteArray())
                assertEquals("fine\n", good.reader.read().decodeToString())
                good.close()
                bad.close()
            }
        }

    @Test
    suspend fun serveForever_returns_when_somebody_else_closes_the_server() =
        withDeadline {
            val server = startServer("127.0.0.1", 0) { _, _ -> }
            val serving = async(start = CoroutineStart.UNDISPATCHED) { server.serveForever() }
            assertTrue(serving.isActive)
            server.close()
            serving.await()
            assertFalse(serving.isCancelled)
        }

    @Test
    suspend fun cancelling_serveForever_closes_the_server() =
        withDeadline {
            val server = startServer("127.0.0.1", 0) { _, _ -> }
            val serving = launch(start = CoroutineStart.UNDISPATCHED) { server.serveForever() }
            serving.cancelAndJoin()
            assertTrue(serving.isCancelled)
            assertTrue(server.sockets.isEmpty())
        }

    @Test
    suspend fun serveForever_in_a_coroutine_that_is_cancelled_already_is_cancelled() =
        withDeadline {
            val outcome = CompletableDeferred<Throwable?>()
            launch {
                val server = startServer("127.0.0.1", 0) { _, _ -> }
                cancel()
                withContext(NonCancellable) { server.waitClosed() }
                outcome.complete(runCatching { server.serveForever() }.exceptionOrNull())
            }
            val end = outcome.await()
            assertTrue(end is CancellationException, end.toString())
        }

    @Test
    suspend fun use_waits_for_the_connections_that_are_left() =
        withDeadline {
            val release = CompletableDeferred<Unit>()
            var ended = false
            val server =
                startServer("127.0.0.1", 0) { _, writer ->
                    writer.write("x".toByteArray())
                    release.await()
                    ended = true
                    writer.close()
                }
            server.use {
                val (reader, writer) = openConnection("127.0.0.1", server.port)
                reader.readExactly(1)
                launch {
                    release.complete(Unit)
                    reader.read()
                    writer.close()
                }
            }
            assertTrue(ended)
        }

    @Test
    suspend fun a_server_that_is_not_serving_yet_serves_when_told() =
        withDeadline {
            val server =
                startServer("127.0.0.1", 0, startServing = false) { _, writer -> writer.close() }
            assertFalse(server.isServing)
            server.startServing()
            assertTrue(server.isServing)
            server.use {
                openConnection(
                    "127.0.0.1",
                    server.port,
                ).use { assertEquals(0, it.reader.read().size) }
            }
            assertTrue(
                runCatching {
                    server.startServing()
                }.exceptionOrNull()!!.message!!.contains("is closed"),
            )
        }

    @Test
    suspend fun a_port_in_use_fails_the_start_and_leaves_the_owner_free() =
        withDeadline {
            startServer("127.0.0.1", 0) { _, _ -> }.use { first ->
                val failure =
                    runCatching {
                        coroutineScope { startServer("127.0.0.1", first.port) { _, _ -> } }
                    }.exceptionOrNull()
                assertTrue(failure is java.net.BindException, failure.toString())
                assertTrue(failure!!.message!!.contains("127.0.0.1:${first.port}"), failure.message)
            }
        }
}
