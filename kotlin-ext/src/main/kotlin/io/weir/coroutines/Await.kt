package io.weir.coroutines

import kotlinx.coroutines.suspendCancellableCoroutine
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionException
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException

/**
 * Awaits a future that carries something open, or stands for it. When the coroutine is cancelled the future is cancelled
 * as well, and what it has brought is released, also between its completion and the coroutine's turn.
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
