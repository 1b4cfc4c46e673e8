package io.weir.samples

// java -jar samples/target/weir-samples.jar echo-server

import io.weir.TlsOptions
import io.weir.coroutines.Server
import io.weir.coroutines.StreamReader
import io.weir.coroutines.StreamWriter
import io.weir.coroutines.startServer
import java.io.IOException
import java.nio.channels.ServerSocketChannel

/** Sends one message back to each client: the echo server of asyncio's documentation. */
suspend fun echoServer(
    endpoint: Endpoint,
    tls: TlsOptions? = null,
) = serve(startEchoServer(endpoint, tls))

/** Serves on the socket that a supervisor has bound and passed on as the standard input. */
suspend fun inheritedEchoServer(tls: TlsOptions? = null) {
    val channel =
        System.inheritedChannel() as? ServerSocketChannel
            ?: throw IOException("standard input is not a listening socket")
    serve(startServer(channel, tls = tls, handler = echo(prefix = "")))
}

suspend fun startEchoServer(
    endpoint: Endpoint,
    tls: TlsOptions? = null,
    prefix: String = "",
): Server = listenOn(endpoint, tls, handler = echo(prefix))

private suspend fun serve(server: Server) {
    println("Serving on ${Endpoint.of(server.asJava)}")
    server.serveUntilStopped()
}

private fun echo(prefix: String): suspend (StreamReader, StreamWriter) -> Unit =
    { reader, writer -> handleEcho(reader, writer, prefix) }

private suspend fun handleEcho(
    reader: StreamReader,
    writer: StreamWriter,
    prefix: String,
) {
    val data = reader.read(100)
    val message = data.decodeToString()
    val addr = Endpoint.peer(writer.asJava)
    println("${prefix}Received '$message' from $addr")

    println("${prefix}Send: '$message'")
    writer.write(data)
    writer.drain()

    println("${prefix}Close the connection")
    writer.close()
    writer.waitClosed()
}
