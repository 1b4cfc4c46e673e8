package io.weir.samples.readme

import io.weir.coroutines.openConnection
import kotlinx.coroutines.runBlocking

fun main() =
    runBlocking {
        val (reader, writer) = openConnection("127.0.0.1", 8888)

        println("Send: 'Hello World!'")
        writer.write("Hello World!".encodeToByteArray())
        writer.drain()

        val data = reader.read(100)
        println("Received: '${data.decodeToString()}'")

        println("Close the connection")
        writer.close()
        writer.waitClosed()
    }
