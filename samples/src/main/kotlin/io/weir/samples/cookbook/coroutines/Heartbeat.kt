package io.weir.samples.cookbook.coroutines

import io.weir.Encoders
import io.weir.coroutines.Server
import io.weir.coroutines.StreamReader
import io.weir.coroutines.StreamWriter
import io.weir.coroutines.closing
import io.weir.coroutines.startServer
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlin.time.Duration

/**
 * Starts a server that sends PING at intervals. A client that sends no line for three intervals is
 * disconnected.
 */
suspend fun startHeartbeatServer(
    host: String,
    port: Int,
    interval: Duration,
): Server {
    val handler = closing { reader, writer -> handle(reader, writer, interval) }
    // An idle timeout would count the pings as traffic.
    return startServer(host, port, readTimeout = interval * 3, handler = handler)
}

private suspend fun handle(
    reader: StreamReader,
    writer: StreamWriter,
    interval: Duration,
) = coroutineScope {
    val pings =
        launch {
            while (true) {
                delay(interval)
                writer.send(Encoders.textLine(), "PING")
            }
        }
    reader.textLines().collect {} // PONG, or a line of the program's protocol
    pings.cancel()
}
