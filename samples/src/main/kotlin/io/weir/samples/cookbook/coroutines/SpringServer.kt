package io.weir.samples.cookbook.coroutines

import io.weir.coroutines.Server
import io.weir.coroutines.StreamReader
import io.weir.coroutines.StreamWriter
import io.weir.coroutines.startServer
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.springframework.context.SmartLifecycle
import kotlin.time.Duration.Companion.seconds

/** Less than `spring.lifecycle.timeout-per-shutdown-phase`, which defaults to 30 s. */
private val grace = 20.seconds

/**
 * A bean that starts a server with the application, and stops it before the beans that its handlers use.
 * While the server stops, clients still receive pending answers, and new clients cannot connect.
 */
class SpringServer(
    private val host: String,
    port: Int,
    private val handler: suspend (StreamReader, StreamWriter) -> Unit,
) : SmartLifecycle {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)

    @Volatile
    private var server: Server? = null

    /** The port on which the server listens. */
    val port: Int = port
        get() = server?.port ?: field

    override fun start() {
        server = runBlocking { startServer(host, port, scope = scope, handler = handler) }
    }

    override fun isRunning() = server?.isServing == true

    /** Shuts down; Spring waits for the callback. */
    override fun stop(callback: Runnable) {
        scope.launch {
            server?.shutdown(grace)
            callback.run()
        }
    }

    override fun stop() = runBlocking<Unit> { server?.shutdown(grace) }
}
