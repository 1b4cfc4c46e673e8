package io.weir.samples.readme

import io.weir.ExtraInfo
import io.weir.coroutines.StreamReader
import io.weir.coroutines.StreamWriter
import io.weir.coroutines.startServer
import kotlinx.coroutines.runBlocking

suspend fun handleEcho(
    reader: StreamReader,
    writer: StreamWriter,
) {
    val data = reader.read(100)
    val message = data.decodeToString()
    val addr = writer.getExtraInfo(ExtraInfo.PEER_NAME)
    println("Received '$message' from $addr")

    println("Send: '$message'")
    writer.write(data)
    writer.drain()

    println("Close the connection")
    writer.close()
    writer.waitClosed()
}

fun main() =
    runBlocking {
        val server = startServer("127.0.0.1", 8888, handler = ::handleEcho)
        println("Serving on ${server.sockets.first().localAddress()}")
        server.use { it.serveForever() }
    }
