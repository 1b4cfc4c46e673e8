package io.weir.samples

// java -jar samples/target/weir-samples.jar echo-server

import io.weir.ExtraInfo
import io.weir.coroutines.Server
import io.weir.coroutines.StreamReader
import io.weir.coroutines.StreamWriter
import io.weir.coroutines.startServer

/** Sends one message back to each client: the echo server of asyncio's documentation. */
suspend fun echoServer(
    host: String,
    port: Int,
) {
    val server = startEchoServer(host, port)
    println("Serving on ${HostPort.of(server.java)}")
    server.use { it.serveForever() }
}

suspend fun startEchoServer(
    host: String,
    port: Int,
): Server = startServer(host, port, handler = ::handleEcho)

private suspend fun handleEcho(
    reader: StreamReader,
    writer: StreamWriter,
) {
    val data = reader.read(100)
    val message = data.decodeToString()
    val addr = HostPort.of(writer.getExtraInfo(ExtraInfo.PEER_NAME))
    println("Received '$message' from $addr")

    println("Send: '$message'")
    writer.write(data)
    writer.drain()

    println("Close the connection")
    writer.close()
    writer.waitClosed()
}
