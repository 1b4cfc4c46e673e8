package io.weir.samples.cookbook.coroutines

import io.weir.Decoder
import io.weir.Decoders
import io.weir.Encoders
import io.weir.coroutines.Server
import io.weir.coroutines.StreamReader
import io.weir.coroutines.closing
import io.weir.coroutines.startServer
import kotlinx.coroutines.future.await
import kotlinx.coroutines.withTimeoutOrNull
import kotlin.time.Duration

/**
 * Starts a server that answers lines. It reminds a client of which no line has come in time, and then
 * goes on reading.
 */
suspend fun startReminder(
    host: String,
    port: Int,
    limit: Duration,
): Server {
    val handler =
        closing { reader, writer ->
            while (true) {
                if (reader.isReady(Decoders.textLine(), limit)) {
                    val line = reader.read(Decoders.textLine()) ?: break
                    writer.send(Encoders.textLine(), "You said $line")
                } else {
                    writer.send(Encoders.textLine(), "Are you still there?")
                }
            }
        }
    return startServer(host, port, handler = handler)
}

/**
 * Waits until a read would return, or the time is over. Consumes nothing. (The result of a read inside
 * `withTimeoutOrNull` is lost when the time is over at the moment at which it returns.)
 */
private suspend fun StreamReader.isReady(
    decoder: Decoder<*>,
    limit: Duration,
): Boolean =
    withTimeoutOrNull(limit) {
        asJava.whenReady(decoder).await()
        true
    } ?: false
