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
            ?: throw IOException("the standard input is no socket that listens")
    serve(startServer(channel, tls = tls, handler = ::handleEcho))
}

suspend fun startEchoServer(
    endpoint: Endpoint,
    tls: TlsOptions? = null,
): Server = listenOn(endpoint, tls, handler = ::handleEcho)

private suspend fun serve(server: Server) {
    println("Serving on ${Endpoint.of(server.asJava)}")
    server.serveUntilStopped()
}

private suspend fun handleEcho(
    reader: StreamReader,
    writer: StreamWriter,
) {
    val data = reader.read(100)
    val message = data.decodeToString()
    val addr = Endpoint.peer(writer.asJava)
    println("Received '$message' from $addr")

    println("Send: '$message'")
    writer.write(data)
    writer.drain()

    println("Close the connection")
    writer.close()
    writer.waitClosed()
}
