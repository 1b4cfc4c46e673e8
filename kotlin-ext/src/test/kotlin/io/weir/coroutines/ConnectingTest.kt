package io.weir.coroutines

import io.weir.AddressFamily
import io.weir.ExtraInfo
import io.weir.TlsOptions
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.net.ConnectException
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.NetworkInterface
import java.net.SocketTimeoutException
import java.net.StandardProtocolFamily
import java.net.StandardSocketOptions
import java.net.UnixDomainSocketAddress
import java.net.UnknownHostException
import java.nio.channels.AsynchronousSocketChannel
import java.nio.channels.ServerSocketChannel
import java.nio.channels.SocketChannel
import java.nio.file.Files
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/** The parameters of `openConnection`, on real sockets. */
class ConnectingTest {
    private val short = 300.milliseconds
    private val tls = TlsOptions.defaults().withServerHostname("localhost")

    private fun answering(vararg addresses: String): suspend (String) -> List<InetAddress> =
        { addresses.map(InetAddress::getByName) }

    /** Sends each client its address. */
    private suspend fun tellPeer(
        reader: StreamReader,
        writer: StreamWriter,
    ) {
        val peer = writer.getExtraInfo(ExtraInfo.PEER_NAME) as InetSocketAddress
        writer.write(peer.address.hostAddress.toByteArray())
        writer.close()
    }

    /** A port whose backlog is full: the kernel silently drops new connections. */
    private class SilentListener : AutoCloseable {
        private val listener =
            ServerSocketChannel.open().bind(InetSocketAddress("127.0.0.1", 0), 1)
        private val fillers = List(MORE_THAN_THE_BACKLOG) { dial() }
        val port = listener.port

        private fun dial() =
            SocketChannel.open().apply {
                configureBlocking(false)
                connect(listener.localAddress)
            }

        override fun close() {
            listener.close()
            fillers.forEach { it.close() }
        }
    }

    // ---- the connect timeout ----

    @Test
    suspend fun a_peer_that_drops_everything_is_given_up_after_the_connect_timeout() =
        withDeadline {
            SilentListener().use { silent ->
                val late =
                    assertThrows<SocketTimeoutException> {
                        openConnection("127.0.0.1", silent.port, connectTimeout = short)
                    }
                assertTrue(late.message!!.contains("PT0.3S"), late.message)
            }
        }

    @Test
    suspend fun the_connect_timeout_covers_the_handshake_wherever_the_connection_comes_from() =
        withDeadline {
            withSocketPath { path ->
                val unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                unix.bind(UnixDomainSocketAddress.of(path)).use {
                    assertThrows<SocketTimeoutException> {
                        openUnixConnection(path, tls = tls, connectTimeout = short)
                    }
                }
                Files.delete(path)
            }
            bound().use { listening ->
                assertThrows<SocketTimeoutException> {
                    openConnection("127.0.0.1", listening.port, tls = tls, connectTimeout = short)
                }
                assertThrows<SocketTimeoutException> {
                    val channel = SocketChannel.open(listening.localAddress)
                    openConnection(channel, tls = tls, connectTimeout = short)
                }
                assertThrows<SocketTimeoutException> {
                    val channel = AsynchronousSocketChannel.open()
                    channel.connect(listening.localAddress).get()
                    openConnection(channel, tls = tls, connectTimeout = short)
                }
            }
        }

    // ---- which address, and when ----

    @Test
    suspend fun the_next_address_is_dialled_when_the_happy_eyeballs_delay_has_passed() =
        withDeadline {
            SilentListener().use { silent ->
                startServer("127.0.0.2", silent.port, handler = ::tellPeer).use {
                    val deadAndLive = answering("127.0.0.1", "127.0.0.2")
                    assertThrows<SocketTimeoutException> {
                        openConnection(
                            "weir.test",
                            silent.port,
                            connectTimeout = short,
                            happyEyeballsDelay = Duration.INFINITE,
                            resolver = deadAndLive,
                        )
                    }
                    openConnection(
                        "weir.test",
                        silent.port,
                        connectTimeout = Duration.INFINITE,
                        happyEyeballsDelay = 1.milliseconds,
                        resolver = deadAndLive,
                    ).use { assertTrue(it.reader.read().isNotEmpty()) }
                }
            }
        }

    @Test
    suspend fun the_families_take_turns_after_as_many_as_interleave_says() =
        withDeadline {
            val ipv6 = InetAddress.getByName("::1")
            assumeTrue(NetworkInterface.getByInetAddress(ipv6) != null, "there is no ::1")
            val inTurns = listOf("127.0.0.1", "[0:0:0:0:0:0:0:1]", "127.0.0.2")
            assertEquals(inTurns, dialled())
            assertEquals(listOf(inTurns[0], inTurns[2], inTurns[1]), dialled(interleave = 2))
        }

    /** Returns the order in which three addresses without a server are tried. */
    private suspend fun dialled(interleave: Int = 1): List<String> {
        val closedPort = bound().use { it.port }
        val refused =
            assertThrows<ConnectException> {
                openConnection(
                    "weir.test",
                    closedPort,
                    interleave = interleave,
                    resolver = answering("127.0.0.1", "127.0.0.2", "::1"),
                )
            }
        val dialled = Regex("/([^/]+):$closedPort").findAll(refused.message!!)
        return dialled.map { it.groupValues[1] }.toList()
    }

    @Test
    suspend fun only_addresses_of_the_family_are_dialled() =
        withDeadline {
            bound().use { listening ->
                val none =
                    assertThrows<UnknownHostException> {
                        openConnection(
                            "weir.test",
                            listening.port,
                            family = AddressFamily.IPV6,
                            resolver = answering("127.0.0.1"),
                        )
                    }
                assertTrue(none.message!!.contains("IPV6"), none.message)
            }
        }

    @Test
    suspend fun the_server_sees_the_local_address_that_was_asked_for() =
        withDeadline {
            startServer("127.0.0.1", 0, handler = ::tellPeer).use { server ->
                openConnection("127.0.0.1", server.port, localAddress = "127.0.0.2" to 0).use {
                    assertEquals("127.0.0.2", it.reader.read().decodeToString())
                }
                val taken = "127.0.0.1" to server.port
                val refused =
                    assertThrows<ConnectException> {
                        openConnection("127.0.0.1", server.port, localAddress = taken)
                    }
                assertTrue(refused.message!!.contains("attempting to bind"), refused.message)
            }
        }

    // ---- the resolver ----

    @Test
    suspend fun the_resolver_runs_in_the_context_of_its_caller_and_is_asked_for_names_only() =
        withDeadline {
            val asked = mutableListOf<String>()
            val resolver: suspend (String) -> List<InetAddress> = {
                yield()
                asked += "$it by ${currentCoroutineContext()[CoroutineName]?.name}"
                listOf(InetAddress.getByName("127.0.0.1"))
            }
            startServer("127.0.0.1", 0, handler = ::tellPeer).use { server ->
                withContext(CoroutineName("me")) {
                    for (host in listOf("weir.test", "127.0.0.1")) {
                        openConnection(host, server.port, resolver = resolver).use {
                            assertEquals("127.0.0.1", it.reader.read().decodeToString())
                        }
                    }
                }
            }
            assertEquals(listOf("weir.test by me"), asked)
        }

    /** A resolver that hangs until it is cancelled, and returns when [mayEnd] completes. */
    private class Hanging {
        val asked = CompletableDeferred<Unit>()
        val cancelled = CompletableDeferred<Unit>()
        val mayEnd = CompletableDeferred<Unit>()
        val ended = CompletableDeferred<Unit>()

        suspend fun resolve(host: String): List<InetAddress> {
            asked.complete(Unit)
            try {
                awaitCancellation()
            } finally {
                cancelled.complete(Unit)
                withContext(NonCancellable) { mayEnd.await() }
                ended.complete(Unit)
            }
        }
    }

    @Test
    suspend fun cancelling_the_caller_cancels_its_resolver_and_waits_for_it() =
        withDeadline {
            val hanging = Hanging()
            val caller = launch { openConnection("weir.test", 80, resolver = hanging::resolve) }
            hanging.asked.await()
            caller.cancel()
            hanging.cancelled.await()
            assertFalse(caller.isCompleted, "the resolver is a child of the caller")
            hanging.mayEnd.complete(Unit)
            caller.join()
            assertTrue(hanging.ended.isCompleted)
        }

    @Test
    suspend fun the_connect_timeout_cancels_a_resolver_that_hangs_and_does_not_wait_for_it() =
        withDeadline {
            val hanging = Hanging()
            assertThrows<SocketTimeoutException> {
                openConnection(
                    "weir.test",
                    80,
                    connectTimeout = short,
                    resolver = hanging::resolve,
                )
            }
            hanging.cancelled.await()
            assertFalse(hanging.ended.isCompleted)
            hanging.mayEnd.complete(Unit)
        }

    @Test
    suspend fun an_error_of_the_resolver_fails_the_call_only() =
        withDeadline {
            startServer("127.0.0.1", 0, handler = ::tellPeer).use { server ->
                val failed =
                    assertThrows<IllegalStateException> {
                        openConnection("weir.test", 80, resolver = { error("my own: $it") })
                    }
                assertEquals("my own: weir.test", failed.message)
                assertThrows<UnknownHostException> {
                    openConnection("weir.test", 80, resolver = { emptyList() })
                }
                openConnection("weir.test", server.port, resolver = answering("127.0.0.1")).use {
                    assertEquals("127.0.0.1", it.reader.read().decodeToString())
                }
            }
        }

    // ---- socket options ----

    @Test
    suspend fun socket_options_are_set_also_against_the_choice_of_the_library() =
        withDeadline {
            val options =
                mapOf(
                    StandardSocketOptions.SO_KEEPALIVE to true,
                    StandardSocketOptions.TCP_NODELAY to false,
                )
            startServer("127.0.0.1", 0, handler = ::tellPeer).use { server ->
                openConnection("127.0.0.1", server.port, socketOptions = options).use {
                    val socket = it.writer.getExtraInfo(ExtraInfo.SOCKET)!!
                    assertEquals(true, socket.getOption(StandardSocketOptions.SO_KEEPALIVE))
                    assertEquals(false, socket.getOption(StandardSocketOptions.TCP_NODELAY))
                }
            }
        }

    @Test
    suspend fun socket_options_are_set_on_a_unix_socket() =
        withDeadline {
            withSocketPath { path ->
                startUnixServer(path) { _, writer -> writer.close() }.use {
                    val lingering = mapOf(StandardSocketOptions.SO_LINGER to 5)
                    openUnixConnection(path, socketOptions = lingering).use {
                        val socket = it.writer.getExtraInfo(ExtraInfo.SOCKET)!!
                        assertEquals(5, socket.getOption(StandardSocketOptions.SO_LINGER))
                    }
                }
            }
        }

    @Test
    suspend fun a_socket_option_that_the_system_does_not_have_is_refused_by_name() =
        withDeadline {
            val foreign = mapOf(StandardSocketOptions.IP_MULTICAST_LOOP to true)
            bound().use { listening ->
                val refused =
                    assertThrows<ConnectException> {
                        openConnection("127.0.0.1", listening.port, socketOptions = foreign)
                    }
                assertTrue(refused.message!!.contains("IP_MULTICAST_LOOP"), refused.message)
            }
        }

    // ---- arguments ----

    @Test
    suspend fun bad_arguments_throw_at_once() =
        withDeadline {
            refused("timeout is PT0S") { openConnection("x", 1, connectTimeout = Duration.ZERO) }
            refused("delay is PT-0.3S") { openConnection("x", 1, happyEyeballsDelay = -short) }
            refused("count is -1") { openConnection("x", 1, interleave = -1) }
            refused("port is 70000") { openConnection("x", 1, localAddress = "y" to 70_000) }
            refused("SO_LINGER: it must be of type Int") {
                openConnection(
                    "x",
                    1,
                    socketOptions = mapOf(StandardSocketOptions.SO_LINGER to "5"),
                )
            }
        }

    private suspend fun refused(
        text: String,
        call: suspend () -> Any,
    ) {
        val refused = assertThrows<IllegalArgumentException> { call() }
        assertTrue(refused.message!!.contains(text), refused.message)
    }

    private companion object {
        const val MORE_THAN_THE_BACKLOG = 6
    }
}
