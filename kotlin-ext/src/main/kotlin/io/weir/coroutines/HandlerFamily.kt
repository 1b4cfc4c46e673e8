package io.weir.coroutines

import io.weir.ConnectionHandler
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.future.await
import kotlinx.coroutines.future.future
import kotlinx.coroutines.launch
import java.util.concurrent.CompletableFuture
import kotlin.coroutines.CoroutineContext
import io.weir.Server as JavaServer

/**
 * The coroutines of one server, children of the one that starts it.
 *
 * ```
 *   the coroutine that starts the server
 *     └─ supervisor: ends when the server is over and all below has ended
 *          ├─ watch: waits for the server to be over; closes it when cancelled
 *          ├─ handler of a connection
 *          └─ …
 * ```
 */
internal class HandlerFamily(
    parent: CoroutineContext,
) {
    private val supervisor = SupervisorJob(parent[Job])
    private val scope = CoroutineScope(parent + supervisor)

    /** A handler for Java that runs each connection's coroutine in the family. */
    fun handler(handler: suspend (StreamReader, StreamWriter) -> Unit) =
        ConnectionHandler { reader, writer ->
            scope.future { handler(StreamReader(reader), StreamWriter(writer)) }
        }

    /** Starts the server and binds its life to the family's. */
    suspend fun adopt(start: () -> CompletableFuture<JavaServer>): Server {
        try {
            val server = start().awaitOrRelease(::discard)
            watch(server)
            return Server(server)
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
}
