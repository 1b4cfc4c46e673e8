package io.weir.coroutines

import io.weir.AddressResolver
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.future.future
import java.net.InetAddress

/**
 * Lends a resolver for Java, whose look-ups are children of the calling coroutine. When [block] has
 * ended nobody waits for those that still run: they are cancelled.
 */
internal suspend fun <R> withResolver(
    resolve: suspend (String) -> List<InetAddress>,
    block: suspend (AddressResolver) -> R,
): R {
    val context = currentCoroutineContext()
    // Not coroutineScope, which waits for its children: the connect timeout is not to wait for one.
    val lookUps = SupervisorJob(context[Job])
    val scope = CoroutineScope(context + lookUps)
    try {
        return block { host -> scope.future { resolve(host) } }
    } finally {
        lookUps.cancel()
    }
}
