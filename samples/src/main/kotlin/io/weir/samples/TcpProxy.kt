package io.weir.samples

// java -jar samples/target/weir-samples.jar tcp-proxy 8080 localhost:8888

import io.weir.coroutines.StreamConnection
import io.weir.coroutines.StreamReader
import io.weir.coroutines.StreamWriter
import io.weir.coroutines.join

/**
 * Forwards connections to another server. A side that reads slowly slows the other down. EOF in one
 * direction is passed on while the other continues. An error on either side aborts both.
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
    connectTo(target).use { there -> join(StreamConnection(reader, writer), there) }
}
