package consumer

import io.weir.coroutines.closing
import io.weir.coroutines.openConnection
import io.weir.coroutines.startServer
import kotlinx.coroutines.runBlocking
import kotlin.time.Duration.Companion.seconds

/** Echoes a line over TCP. */
public fun main(): Unit =
    runBlocking {
        val echo = closing { reader, writer -> writer.write(reader.readLine()) }
        val server = startServer("localhost", 0, idleTimeout = 5.seconds, handler = echo)
        val client = openConnection("localhost", server.port)
        client.writer.write("hello\n".toByteArray())
        print(client.reader.readLine().decodeToString())
        client.close()
        server.close()
        println("Kotlin ${KotlinVersion.CURRENT}")
    }
