package io.weir.coroutines

import io.weir.CloseReason
import io.weir.ErrorStage
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.IOException

/** Handlers that close their connection when they have returned. */
class ClosingTest {
    @Test
    suspend fun a_connection_closes_when_its_handler_has_returned_and_all_bytes_are_sent() =
        withDeadline {
            val served = CompletableDeferred<StreamWriter>()
            val handler =
                closing { _, writer ->
                    writer.write(ByteArray(MANY))
                    served.complete(writer)
                }
            startServer("127.0.0.1", 0, handler = handler).use { server ->
                openConnection(
                    "127.0.0.1",
                    server.port,
                ).use { assertEquals(MANY, it.reader.read().size) }
                served.await().waitClosed()
                assertEquals(CloseReason.Kind.CLOSED, served.await().closeReason?.kind())
            }
        }

    @Test
    suspend fun a_failure_is_reported_as_that_of_any_handler() =
        withDeadline {
            val mine = IOException("my own")
            val reported = CompletableDeferred<Pair<ErrorStage, String?>>()
            val served = CompletableDeferred<StreamWriter>()
            startServer(
                "127.0.0.1",
                0,
                onError = { stage, _, error -> reported.complete(stage to error.message) },
                handler =
                    closing { _, writer ->
                        served.complete(writer)
                        throw mine
                    },
            ).use { server ->
                openConnection(
                    "127.0.0.1",
                    server.port,
                ).use { assertEquals(0, it.reader.read().size) }
                assertEquals(ErrorStage.HANDLER to "my own", reported.await())
                served.await().waitClosed()
                assertEquals(CloseReason.Kind.HANDLER_FAILED, served.await().closeReason?.kind())
            }
        }

    @Test
    suspend fun a_handler_that_is_cancelled_closes_its_connection() =
        withDeadline {
            val started = CompletableDeferred<Server>()
            val owner =
                launch {
                    val handler =
                        closing { _, writer ->
                            writer.write("hi".encodeToByteArray())
                            awaitCancellation()
                        }
                    startServer("127.0.0.1", 0, handler = handler)
                        .also { started.complete(it) }
                        .use { it.serveForever() }
                }
            openConnection("127.0.0.1", started.await().port).use {
                assertEquals("hi", it.reader.readExactly(2).decodeToString())
                owner.cancelAndJoin()
                assertEquals(0, it.reader.read().size)
            }
        }

    private companion object {
        const val MANY = 4 * 1024 * 1024
    }
}
