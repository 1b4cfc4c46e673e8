package io.weir.coroutines

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import java.net.InetSocketAddress
import kotlin.time.Duration.Companion.seconds

/** Runs a test on real threads and in real time, with a deadline. */
internal suspend fun <R> withDeadline(block: suspend CoroutineScope.() -> R): R =
    withContext(Dispatchers.Default) { withTimeout(20.seconds, block) }

/** The port that the kernel has picked for a server. */
internal val Server.port: Int
    get() = (sockets.first().localAddress() as InetSocketAddress).port
