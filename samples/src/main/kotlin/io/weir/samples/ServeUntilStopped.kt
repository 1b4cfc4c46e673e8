package io.weir.samples

import io.weir.coroutines.Server
import kotlinx.coroutines.runBlocking
import kotlin.time.Duration
import kotlin.time.toKotlinDuration

/**
 * Serves until the process is asked to end, by SIGTERM or with Ctrl-C. Then clients get what was written
 * to them, and the end; the process prints how they ended, and exits with 0.
 */
suspend fun Server.serveUntilStopped() {
    val stop =
        Thread {
            // These servers serve until their clients leave, so there is no use in leaving them alone.
            val grace = UntilStopped.GRACE.toKotlinDuration()
            UntilStopped.print(runBlocking { shutdown(grace, patience = Duration.ZERO) })
            UntilStopped.exitInOrder()
        }
    Runtime.getRuntime().addShutdownHook(stop)
    use { it.serveForever() }
}
