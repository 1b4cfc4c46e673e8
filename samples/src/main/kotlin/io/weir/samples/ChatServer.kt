package io.weir.samples

// java -jar samples/target/weir-samples.jar chat-server
// and for each participant: nc localhost 8888
// or, with --tls-cert and --tls-key: openssl s_client -quiet -connect localhost:8888

import io.weir.TlsOptions
import io.weir.coroutines.StreamReader
import io.weir.coroutines.StreamWriter
import io.weir.coroutines.closing
import java.util.concurrent.ConcurrentHashMap

private const val MAX_BEHIND = 1024 * 1024

/**
 * Sends each line of a client to all others, after the sender's name.
 *
 * A client that reads slowly delays no other, because lines are written without awaiting `drain`. A client
 * with more than [MAX_BEHIND] queued bytes is disconnected, which bounds memory.
 */
suspend fun chatServer(
    endpoint: Endpoint,
    tls: TlsOptions? = null,
) {
    val clients = ConcurrentHashMap.newKeySet<StreamWriter>()
    val server =
        listenOn(
            endpoint,
            tls,
            onError = OneLine::print,
            handler = closing { reader, writer -> handleChat(clients, reader, writer) },
        )
    println("Serving on ${Endpoint.of(server.asJava)}")
    server.serveUntilStopped()
}

private suspend fun handleChat(
    clients: MutableSet<StreamWriter>,
    reader: StreamReader,
    writer: StreamWriter,
) {
    clients.add(writer)
    try {
        writer.write("Welcome, ${writer.name}\n".encodeToByteArray())
        for (line in reader) {
            val text = "${writer.name}: ${line.decodeToString().trimEnd()}\n".encodeToByteArray()
            clients.filter { it != writer }.forEach { other ->
                other.write(text)
                if (other.transport.writeBufferSize > MAX_BEHIND && clients.remove(other)) {
                    println("Dropped ${other.name}: it does not read fast enough")
                    other.transport.abort()
                }
            }
        }
    } finally {
        clients.remove(writer)
    }
}

private val StreamWriter.name get() = Endpoint.peer(asJava)
