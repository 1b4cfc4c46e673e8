package io.weir.coroutines

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CompletableJob
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.net.StandardProtocolFamily
import java.net.UnixDomainSocketAddress
import java.nio.channels.AsynchronousServerSocketChannel
import java.nio.channels.AsynchronousSocketChannel
import java.nio.channels.Channel
import java.nio.channels.ServerSocketChannel
import java.nio.channels.SocketChannel
import java.nio.file.Files
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

class AdoptedChannelTest {
    private suspend fun echo(
        reader: StreamReader,
        writer: StreamWriter,
    ) {
        for (line in reader) writer.write(line)
        writer.close()
    }

    private suspend fun StreamConnection.assertEchoes() =
        use { (reader, writer) ->
            writer.write("hello\n".toByteArray())
            writer.writeEof()
            assertEquals("hello\n", reader.read().decodeToString())
        }

    @Test
    suspend fun channels_of_tcp_are_connections_and_servers() =
        withDeadline {
            val listening = bound()
            startServer(listening, handler = ::echo).use {
                openConnection(SocketChannel.open(listening.localAddress)).assertEchoes()
            }
            assertFalse(listening.isOpen)
        }

    @Test
    suspend fun asynchronous_channels_are_connections_and_servers() =
        withDeadline {
            val listening = boundAsynchronous()
            startServer(listening, handler = ::echo).use {
                val channel = AsynchronousSocketChannel.open()
                channel.connect(listening.localAddress).get()
                openConnection(channel).assertEchoes()
            }
            assertFalse(listening.isOpen)
        }

    @Test
    suspend fun channels_of_unix_sockets_are_connections_and_servers() =
        withDeadline {
            withSocketPath { path ->
                val address = UnixDomainSocketAddress.of(path)
                val listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address)
                startServer(listening, handler = ::echo).use {
                    openConnection(SocketChannel.open(address)).assertEchoes()
                }
                Files.delete(path) // which stays by default
            }
        }

    @Test
    suspend fun the_file_of_a_channel_goes_when_that_is_asked_for() =
        withDeadline {
            withSocketPath { path ->
                val address = UnixDomainSocketAddress.of(path)
                val listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address)
                startServer(listening, cleanupSocket = true, handler = ::echo).use {}
                assertTrue(Files.notExists(path))
            }
        }

    @Test
    suspend fun the_options_reach_the_connection_and_the_server() =
        withDeadline {
            val limit = CompletableDeferred<Int>()
            val listening = bound()
            val server =
                startServer(listening, limit = 66, startServing = false) { reader, writer ->
                    limit.complete(reader.limit)
                    writer.close()
                }
            assertFalse(server.isServing)
            server.startServing()
            server.use {
                val channel = SocketChannel.open(listening.localAddress)
                openConnection(channel, limit = 77).use { assertEquals(77, it.reader.limit) }
                assertEquals(66, limit.await())
            }
        }

    @Test
    suspend fun cancelling_the_owner_of_a_server_closes_its_channel() =
        withDeadline {
            for (listening in listOf(bound(), boundAsynchronous())) {
                val owner = launch(start = CoroutineStart.UNDISPATCHED) { serve(listening) }
                assertTrue(listening.isOpen)
                owner.cancelAndJoin()
                assertFalse(listening.isOpen, "$listening")
            }
        }

    private suspend fun serve(listening: Channel) =
        when (listening) {
            is ServerSocketChannel -> startServer(listening, handler = ::echo)
            is AsynchronousServerSocketChannel -> startServer(listening, handler = ::echo)
            else -> error("$listening")
        }.serveForever()

    @Test
    suspend fun a_scope_that_has_ended_is_refused_and_its_channel_closed() =
        withDeadline {
            for (end in listOf<(CompletableJob) -> Any>({ it.complete() }, { it.cancel() })) {
                for (grace in listOf(Duration.ZERO, 1.seconds)) {
                    val job = Job().also { end(it) }
                    val listening = bound()

                    assertThrows<IllegalStateException> {
                        startServer(
                            listening,
                            scope = CoroutineScope(job),
                            shutdownGrace = grace,
                            handler = ::echo,
                        )
                    }
                    assertFalse(listening.isOpen, "$job, $grace")
                }
            }
        }

    @Test
    suspend fun a_coroutine_that_is_cancelled_already_closes_the_channel() =
        withDeadline {
            bound().use { listening ->
                val connected = SocketChannel.open(listening.localAddress)
                val asynchronous = AsynchronousSocketChannel.open()
                asynchronous.connect(listening.localAddress).get()
                val servers = listOf(bound(), boundAsynchronous())

                assertCancelled { openConnection(connected) }
                assertCancelled { openConnection(asynchronous) }
                servers.forEach { assertCancelled { serve(it) } }

                for (channel in servers + connected + asynchronous) {
                    assertFalse(channel.isOpen, "$channel")
                }
            }
        }

    private suspend fun assertCancelled(call: suspend () -> Any) {
        val outcome =
            runCatching {
                coroutineScope {
                    cancel()
                    call()
                }
            }
        assertTrue(outcome.exceptionOrNull() is CancellationException, "$outcome")
    }

    @Test
    suspend fun a_channel_that_is_not_connected_or_bound_is_refused_and_closed() =
        withDeadline {
            val unconnected = SocketChannel.open()
            val unbound = ServerSocketChannel.open()
            val failures =
                listOf(
                    runCatching { openConnection(unconnected) },
                    runCatching { coroutineScope { startServer(unbound, handler = ::echo) } },
                ).map { it.exceptionOrNull() }
            failures.forEach { assertTrue(it is IllegalArgumentException, it.toString()) }
            assertFalse(unconnected.isOpen)
            assertFalse(unbound.isOpen)
        }
}
