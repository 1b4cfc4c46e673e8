package io.weir.coroutines

import io.weir.AddressResolver
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.future.future
import java.net.InetAddress
import java.net.UnknownHostException

/**
 * Calls [block] with a resolver for Java that runs [resolve] in children of the calling coroutine. Cancels
 * the children when [block] returns, because their results are no longer needed.
 */
internal suspend fun <R> withResolver(
    resolve: suspend (String) -> List<InetAddress>,
    block: suspend (AddressResolver) -> R,
): R {
    val context = currentCoroutineContext()
    // coroutineScope would wait for its children, and so exceed the connect timeout.
    val lookUps = SupervisorJob(context[Job])
    val scope = CoroutineScope(context + lookUps)
    try {
        return block { host ->
            scope.future { failingUnlessCancelled("The resolver") { resolve(host) } }
        }
    } catch (failure: UnknownHostException) {
        currentCoroutineContext().ensureActive() // its cancellation cancels the look-ups first
        throw failure
    } finally {
        lookUps.cancel()
    }
}
