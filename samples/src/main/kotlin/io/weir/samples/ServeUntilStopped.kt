package io.weir.samples

import io.weir.coroutines.Server
import kotlinx.coroutines.runBlocking
import kotlin.time.Duration
import kotlin.time.toKotlinDuration

/**
 * Serves until SIGTERM or Ctrl-C. Then queued bytes are sent, the connections are closed, and the process
 * prints how they closed and exits with status 0.
 */
suspend fun Server.serveUntilStopped() {
    val stop =
        Thread {
            // These handlers run until their clients leave, so patience would only delay the exit.
            val grace = UntilStopped.GRACE.toKotlinDuration()
            UntilStopped.print(runBlocking { shutdown(grace, patience = Duration.ZERO) })
            UntilStopped.exitInOrder()
        }
    Runtime.getRuntime().addShutdownHook(stop)
    use { it.serveForever() }
}
