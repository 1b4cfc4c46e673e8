package io.weir.samples.cookbook.coroutines

import io.weir.coroutines.StreamConnection
import io.weir.coroutines.openConnection
import kotlinx.coroutines.delay
import java.io.IOException
import kotlin.random.Random
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

private val firstDelay = 100.milliseconds
private val maxDelay = 30.seconds

/**
 * Keeps a connection to a server until the coroutine is cancelled: reconnects when it is lost. The delay
 * before an attempt doubles with each failure, and half of it is random, so that many clients do not
 * reconnect at once.
 *
 * @param onLoss receives the error of each failed attempt or session
 * @param session runs once on each connection
 */
suspend fun keepConnected(
    host: String,
    port: Int,
    onLoss: (IOException) -> Unit = {},
    session: suspend (StreamConnection) -> Unit,
): Nothing {
    var pause = firstDelay
    while (true) {
        try {
            openConnection(host, port, connectTimeout = 5.seconds).use {
                pause = firstDelay
                session(it)
            }
        } catch (lost: IOException) {
            onLoss(lost)
        }
        delay(pause * Random.nextDouble(0.5, 1.0))
        pause = minOf(pause * 2, maxDelay)
    }
}
