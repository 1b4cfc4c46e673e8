package io.weir.coroutines

import io.weir.ErrorStage
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.TimeoutCancellationException
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.net.InetAddress
import java.util.concurrent.CompletableFuture
import java.util.concurrent.atomic.AtomicReference
import kotlin.time.Duration.Companion.milliseconds

/** A function of the program that throws a CancellationException, though its own job is not cancelled. */
class ForeignCancellationTest {
    private suspend fun failureOf(
        handler: suspend (StreamReader, StreamWriter) -> Unit,
    ): Throwable {
        val reported = CompletableDeferred<Pair<ErrorStage, Throwable>>()
        coroutineScope {
            val server =
                startServer(
                    "127.0.0.1",
                    0,
                    onError = { stage, _, error -> reported.complete(Pair(stage, error)) },
                    handler = handler,
                )
            server.use {
                openConnection("127.0.0.1", server.port).use { reported.await() }
            }
        }
        val (stage, error) = reported.await()
        assertEquals(ErrorStage.HANDLER, stage)
        return error
    }

    @Test
    suspend fun a_timeout_of_a_handler_is_reported() =
        withDeadline {
            val error =
                failureOf {
                    reader,
                    _,
                    ->
                    withTimeout(10.milliseconds) { reader.readLine() }
                }
            assertInstanceOf(IllegalStateException::class.java, error)
            assertInstanceOf(TimeoutCancellationException::class.java, error.cause)
        }

    @Test
    suspend fun a_cancelled_deferred_that_a_handler_awaits_is_reported() =
        withDeadline {
            val cancelled = CompletableDeferred<Unit>().apply { cancel("gone") }
            val error = failureOf { _, _ -> cancelled.await() }
            assertInstanceOf(CancellationException::class.java, error.cause)
            assertEquals("gone", error.cause?.message)
        }

    @Test
    suspend fun a_cancelled_future_of_java_that_a_handler_awaits_is_reported() =
        withDeadline {
            val cancelled = CompletableFuture<Unit>().apply { cancel(false) }
            val error = failureOf { _, _ -> cancelled.awaitOrRelease { } }
            assertInstanceOf(CancellationException::class.java, error.cause)
        }

    @Test
    suspend fun a_handler_that_cancels_itself_is_not_reported() =
        withDeadline {
            val reported = AtomicReference<Throwable>()
            val server =
                startServer("127.0.0.1", 0, onError = {
                    _,
                    _,
                    error,
                    ->
                    reported.set(error)
                }) { _, _ ->
                    currentCoroutineContext().cancel()
                    awaitCancellation()
                }
            server.use {
                openConnection("127.0.0.1", server.port).use {
                    assertEquals(0, it.reader.read().size)
                }
            }
            assertNull(reported.get())
        }

    @Test
    suspend fun a_timeout_of_a_resolver_fails_the_call_and_does_not_cancel_the_caller() =
        withDeadline {
            val failure =
                assertThrows<IllegalStateException> {
                    openConnection(
                        "somewhere.invalid",
                        1,
                        resolver = {
                            withTimeout(10.milliseconds) { awaitCancellation() }
                            listOf(InetAddress.getLoopbackAddress())
                        },
                    )
                }
            // Kotlin may copy the exception to add a stack trace; the original is then the cause.
            val causes = generateSequence<Throwable>(failure) { it.cause }
            assertTrue(causes.any { it is TimeoutCancellationException }, failure.toString())
        }
}
