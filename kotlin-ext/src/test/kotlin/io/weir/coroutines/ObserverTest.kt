package io.weir.coroutines

import io.weir.CloseReason
import io.weir.ConnectionInfo
import io.weir.ConnectionObserver
import kotlinx.coroutines.delay
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.net.InetSocketAddress
import java.nio.channels.AsynchronousServerSocketChannel
import java.nio.channels.AsynchronousSocketChannel
import java.nio.channels.ServerSocketChannel
import java.nio.channels.SocketChannel
import java.util.concurrent.CopyOnWriteArrayList

/** Every way to open a connection or to start a server passes the observer on. */
class ObserverTest {
    private class Recording : ConnectionObserver {
        val events = CopyOnWriteArrayList<String>()

        override fun onOpen(connection: ConnectionInfo) {
            events += "open"
        }

        override fun onClose(
            connection: ConnectionInfo,
            reason: CloseReason,
        ) {
            events += "close ${connection.received()} ${reason.kind()}"
        }
    }

    private val ofServer = Recording()
    private val ofClient = Recording()
    private val echo = closing { reader, writer -> for (line in reader) writer.send(line) }

    private suspend fun assertObserved(
        server: Server,
        open: suspend (Server) -> StreamConnection,
    ) = server.use {
        val client = open(it)
        client.writer.send("hello\n".toByteArray())
        assertEquals("hello\n", client.reader.readLine().decodeToString())
        client.writer.close()
        client.writer.waitClosed()
        while (ofServer.events.size < 2 || ofClient.events.size < 2) delay(1)
        assertEquals(listOf("open", "close 6 CLOSED_BY_PEER"), ofServer.events)
        assertEquals(listOf("open", "close 6 CLOSED"), ofClient.events)
    }

    @Test
    suspend fun over_tcp() =
        withDeadline {
            assertObserved(startServer("127.0.0.1", 0, observer = ofServer, handler = echo)) {
                openConnection("127.0.0.1", it.port, observer = ofClient)
            }
        }

    @Test
    suspend fun over_tcp_on_several_hosts() =
        withDeadline {
            val hosts = listOf("127.0.0.1", "127.0.0.2")
            assertObserved(startServer(hosts, 0, observer = ofServer, handler = echo)) {
                openConnection("127.0.0.2", it.port, observer = ofClient)
            }
        }

    @Test
    suspend fun over_unix_sockets() =
        withDeadline {
            withSocketPath { path ->
                assertObserved(startUnixServer(path, observer = ofServer, handler = echo)) {
                    openUnixConnection(path, observer = ofClient)
                }
            }
        }

    @Test
    suspend fun over_adopted_channels() =
        withDeadline {
            val listening = ServerSocketChannel.open().bind(InetSocketAddress("127.0.0.1", 0))
            assertObserved(startServer(listening, observer = ofServer, handler = echo)) {
                openConnection(SocketChannel.open(listening.localAddress), observer = ofClient)
            }
        }

    @Test
    suspend fun over_adopted_asynchronous_channels() =
        withDeadline {
            val listening =
                AsynchronousServerSocketChannel.open().bind(InetSocketAddress("127.0.0.1", 0))
            assertObserved(startServer(listening, observer = ofServer, handler = echo)) {
                val channel = AsynchronousSocketChannel.open()
                channel.connect(listening.localAddress).get()
                openConnection(channel, observer = ofClient)
            }
        }
}
