package io.weir.samples.docs

import io.weir.coroutines.StreamReader
import io.weir.coroutines.StreamWriter
import io.weir.coroutines.openConnection
import io.weir.coroutines.startServer
import kotlinx.coroutines.runBlocking

suspend fun handleEcho(
    reader: StreamReader,
    writer: StreamWriter,
) {
    writer.write(reader.readLine())
    writer.drain()
    writer.close()
}

fun main() =
    runBlocking {
        startServer("127.0.0.1", 0, handler = ::handleEcho).use { server ->
            val (reader, writer) = openConnection("127.0.0.1", server.port)
            writer.write("Hello World!\n".encodeToByteArray())
            writer.drain()
            print(reader.readLine().decodeToString())
            writer.close()
            writer.waitClosed()
        }
    }
