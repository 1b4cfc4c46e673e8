package io.weir.samples

// java -jar samples/target/weir-samples.jar tcp-proxy 8080 localhost:8888

import io.weir.coroutines.StreamReader
import io.weir.coroutines.StreamWriter
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch

private const val CHUNK = 64 * 1024

/**
 * Passes connections on to another server. A side that reads slowly slows the other down, the end of
 * one direction is passed on while the other goes on, and an error on either side aborts both.
 */
suspend fun tcpProxy(
    listen: Endpoint,
    target: Endpoint,
) {
    val server =
        listenOn(listen, onError = OneLine::print) { reader, writer ->
            handleClient(reader, writer, target)
        }
    println("Proxying ${Endpoint.of(server.asJava)} -> $target")
    server.serveUntilStopped()
}

private suspend fun handleClient(
    reader: StreamReader,
    writer: StreamWriter,
    target: Endpoint,
) {
    val (targetReader, targetWriter) = connectTo(target)
    try {
        coroutineScope {
            launch { copy(reader, targetWriter) }
            launch { copy(targetReader, writer) }
        }
        writer.close()
        targetWriter.close()
    } catch (error: Throwable) {
        writer.transport.abort()
        targetWriter.transport.abort()
        throw error
    }
}

/** One direction: read a chunk, write it, wait until there is room for more. */
private suspend fun copy(
    from: StreamReader,
    to: StreamWriter,
) {
    while (true) {
        val data = from.read(CHUNK)
        if (data.isEmpty()) break
        to.write(data)
        to.drain()
    }
    to.writeEof()
}
