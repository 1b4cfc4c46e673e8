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
 * Starts a server that answers lines. It reminds a client whose next line is late, and continues to read.
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
 * Waits until a read would return or the limit expires. Consumes nothing. (A read inside
 * `withTimeoutOrNull` could lose its result when the limit expires just as it returns.)
 */
private suspend fun StreamReader.isReady(
    decoder: Decoder<*>,
    limit: Duration,
): Boolean =
    withTimeoutOrNull(limit) {
        asJava.whenReady(decoder).await()
        true
    } ?: false
