package io.weir.samples.cookbook.coroutines

import io.weir.Decoders
import io.weir.Encoders
import io.weir.coroutines.Server
import io.weir.coroutines.closing
import io.weir.coroutines.startServer
import kotlinx.coroutines.runBlocking
import kotlin.time.Duration.Companion.minutes

private val line = Decoders.textLine().withLimit(1024)

/**
 * Starts a server that answers each line of text with another. It disconnects a client that sends a
 * line over the limit or is idle.
 */
suspend fun startLineServer(
    host: String,
    port: Int,
    answer: suspend (String) -> String,
): Server {
    val handler =
        closing { reader, writer ->
            reader.flow(line).collect { writer.send(Encoders.textLine(), answer(it)) }
        }
    return startServer(host, port, idleTimeout = 5.minutes, handler = handler)
}

fun main() =
    runBlocking {
        startLineServer("127.0.0.1", 8888) { "You said $it" }.use { it.serveForever() }
    }
