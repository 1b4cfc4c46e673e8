package io.weir.coroutines

import io.weir.ConnectionHandler
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.future.await
import kotlinx.coroutines.future.future
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.util.concurrent.CompletableFuture
import kotlin.coroutines.CoroutineContext
import kotlin.time.Duration
import kotlin.time.toJavaDuration
import io.weir.Server as JavaServer

/**
 * The coroutines of one server, children of the scope that it belongs to.
 *
 * ```
 *   the job of the scope
 *     └─ supervisor: completes when the server is closed and its children have completed
 *          ├─ watch: waits until the server is closed; closes it when cancelled
 *          ├─ handler of a connection
 *          └─ …
 * ```
 *
 * With a grace, cancelling the scope must not cancel the handlers at once, so the supervisor is not a child
 * of its job. The job waits for the watch instead:
 *
 * ```
 *   the job of the scope
 *     └─ watch: waits until the server is closed; when cancelled, shuts it down, then cancels the supervisor
 *   supervisor
 *     ├─ handler of a connection
 *     └─ …
 * ```
 *
 * @property grace the maximum time of a shutdown after the job is cancelled; zero cancels the handlers at
 *   once
 */
internal class ServerScope(
    private val parent: CoroutineContext,
    private val grace: Duration,
) {
    private val supervisor = SupervisorJob(parent[Job].takeIf { grace == Duration.ZERO })
    private val scope = CoroutineScope(parent + supervisor)

    init {
        require(!grace.isNegative()) { "shutdownGrace is $grace: it cannot be less than zero" }
    }

    /** Returns a handler for Java that serves each connection in a coroutine of this scope. */
    fun handler(handler: suspend (StreamReader, StreamWriter) -> Unit) =
        ConnectionHandler { reader, writer ->
            scope.future {
                failingUnlessCancelled("The handler") {
                    handler(StreamReader(reader), StreamWriter(writer))
                }
            }
        }

    /** Starts the server and ties its lifetime to this scope. */
    suspend fun adopt(start: () -> CompletableFuture<JavaServer>): Server {
        try {
            val server = start().awaitOrRelease(::discard)
            if (grace == Duration.ZERO) watch(server) else watchWithGrace(server)
            return Server(server, supervisor)
        } catch (failure: Throwable) {
            supervisor.cancel()
            throw failure
        }
    }

    private fun discard(server: JavaServer) {
        server.close()
        server.abortClients()
    }

    private fun watch(server: JavaServer) {
        supervisor.invokeOnCompletion { cancelled ->
            if (cancelled != null) {
                server.closeClients()
            }
        }
        scope.launch(start = CoroutineStart.UNDISPATCHED) {
            try {
                server.waitClosed().await()
                supervisor.complete()
            } finally {
                server.close()
            }
        }
    }

    private fun watchWithGrace(server: JavaServer) {
        CoroutineScope(parent).launch(start = CoroutineStart.UNDISPATCHED) {
            try {
                server.waitClosed().await()
                supervisor.complete()
                supervisor.join()
            } finally {
                withContext(NonCancellable) {
                    server.shutdown(grace.toJavaDuration()).await()
                    supervisor.cancelAndJoin()
                }
            }
        }
    }
}
