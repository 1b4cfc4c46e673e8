package io.weir.coroutines

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.suspendCancellableCoroutine
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionException
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException

/**
 * Awaits a future whose result must be released if the coroutine is cancelled. Cancelling the coroutine
 * cancels the future. If its result has arrived but the coroutine has not resumed, the result is released.
 */
internal suspend fun <T> CompletableFuture<T>.awaitOrRelease(release: (T) -> Unit): T =
    suspendCancellableCoroutine { continuation ->
        whenComplete { value, error ->
            if (error == null) {
                continuation.resume(value) { _, unwanted, _ -> release(unwanted) }
            } else {
                continuation.resumeWithException(error.unwrapped())
            }
        }
        continuation.invokeOnCancellation { cancel(false) }
    }

private fun Throwable.unwrapped(): Throwable =
    if (this is CompletionException) cause ?: this else this

/**
 * Runs a function of the program in a coroutine whose future the Java API awaits. The Java API
 * takes a [CancellationException] for a cancellation of that coroutine. A [CancellationException]
 * with another origin, such as a timeout inside the function or a cancelled `Deferred` that it
 * awaited, becomes an [IllegalStateException].
 */
internal suspend fun <T> failingUnlessCancelled(
    name: String,
    function: suspend () -> T,
): T =
    try {
        function()
    } catch (foreign: CancellationException) {
        currentCoroutineContext().ensureActive()
        throw IllegalStateException(
            "$name was not cancelled, but threw a CancellationException: ${foreign.message}",
            foreign,
        )
    }
