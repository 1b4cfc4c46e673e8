package io.weir.coroutines

import io.weir.AddressFamily
import io.weir.ErrorListener
import io.weir.ErrorStage
import io.weir.ExtraInfo
import io.weir.ServerOptions
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.EnumSource
import java.net.BindException
import java.net.InetSocketAddress
import java.net.SocketOption
import java.net.StandardSocketOptions
import java.net.UnixDomainSocketAddress
import java.net.UnknownHostException
import java.nio.file.Path
import kotlin.time.Duration.Companion.milliseconds

/** Where servers listen and how many they serve, as their parameters say. */
class ServingTest {
    /** Where a server listens. */
    enum class Place(
        val option: SocketOption<*> = StandardSocketOptions.SO_KEEPALIVE,
        val value: Any = true,
    ) {
        HOST,
        HOSTS,
        PATH(StandardSocketOptions.SO_LINGER, 5),
        CHANNEL,
        ASYNCHRONOUS_CHANNEL,
        ;

        /** Starts a server with the options that all places have. */
        internal suspend fun start(
            folder: Path,
            maxConnections: Int = ServerOptions.DEFAULTS.maxConnections(),
            socketOptions: Map<out SocketOption<*>, Any> = emptyMap(),
            onError: ErrorListener = ServerOptions.DEFAULTS.errorListener(),
            handler: suspend (StreamReader, StreamWriter) -> Unit,
        ): Server =
            when (this) {
                HOST -> {
                    startServer(
                        LOOPBACK,
                        0,
                        onError = onError,
                        maxConnections = maxConnections,
                        socketOptions = socketOptions,
                        handler = handler,
                    )
                }

                HOSTS -> {
                    startServer(
                        listOf(LOOPBACK),
                        0,
                        onError = onError,
                        maxConnections = maxConnections,
                        socketOptions = socketOptions,
                        handler = handler,
                    )
                }

                PATH -> {
                    startUnixServer(
                        folder.resolve("socket"),
                        onError = onError,
                        maxConnections = maxConnections,
                        socketOptions = socketOptions,
                        handler = handler,
                    )
                }

                CHANNEL -> {
                    startServer(
                        bound(),
                        onError = onError,
                        maxConnections = maxConnections,
                        socketOptions = socketOptions,
                        handler = handler,
                    )
                }

                ASYNCHRONOUS_CHANNEL -> {
                    startServer(
                        boundAsynchronous(),
                        onError = onError,
                        maxConnections = maxConnections,
                        socketOptions = socketOptions,
                        handler = handler,
                    )
                }
            }
    }

    private suspend fun connect(server: Server): StreamConnection =
        when (val address = server.sockets.first().localAddress()) {
            is UnixDomainSocketAddress -> openUnixConnection(address.path)
            else -> openConnection(LOOPBACK, server.port)
        }

    /** Greets, and serves until the client says something or goes. */
    private suspend fun greet(
        reader: StreamReader,
        writer: StreamWriter,
    ) {
        writer.write("hello\n".toByteArray())
        reader.readLine()
        writer.close()
    }

    private suspend fun StreamConnection.assertGreeted() =
        assertEquals("hello\n", reader.readLine().decodeToString())

    private suspend fun StreamConnection.assertWaits() =
        assertNull(withTimeoutOrNull(100.milliseconds) { reader.readLine() })

    // ---- how many ----

    @ParameterizedTest
    @EnumSource
    suspend fun one_more_than_the_maximum_waits_until_another_leaves(
        place: Place,
        @TempDir folder: Path,
    ) = withDeadline {
        place.start(folder, maxConnections = 1, handler = ::greet).use { server ->
            val first = connect(server)
            first.assertGreeted()
            connect(server).use { second ->
                second.assertWaits()
                first.close()
                second.assertGreeted()
            }
        }
    }

    @Test
    suspend fun a_resumed_server_accepts_the_connections_that_waited() =
        withDeadline {
            startServer(LOOPBACK, 0, handler = ::greet).use { server ->
                connect(server).use { before ->
                    before.assertGreeted()
                    server.pauseAccepting()
                    connect(server).use { waiting ->
                        waiting.assertWaits()
                        assertTrue(server.isServing)
                        server.resumeAccepting()
                        waiting.assertGreeted()
                    }
                }
            }
        }

    // ---- socket options of accepted connections ----

    @ParameterizedTest
    @EnumSource
    suspend fun socket_options_are_set_on_accepted_connections(
        place: Place,
        @TempDir folder: Path,
    ) = withDeadline {
        val seen = CompletableDeferred<Any?>()
        val options = mapOf(place.option to place.value)
        val server =
            place.start(folder, socketOptions = options) { _, writer ->
                seen.complete(writer.getExtraInfo(ExtraInfo.SOCKET)!!.getOption(place.option))
                writer.close()
            }
        server.use {
            connect(server).use { assertEquals(place.value, seen.await()) }
        }
    }

    @ParameterizedTest
    @EnumSource
    suspend fun a_socket_option_that_cannot_be_set_is_reported_by_name(
        place: Place,
        @TempDir folder: Path,
    ) = withDeadline {
        val told = CompletableDeferred<Pair<ErrorStage, Throwable>>()
        val server =
            place.start(
                folder,
                socketOptions = mapOf(StandardSocketOptions.IP_MULTICAST_LOOP to true),
                onError = { stage, _, error -> told.complete(Pair(stage, error)) },
                handler = ::greet,
            )
        server.use {
            connect(server).use {
                val (stage, error) = told.await()
                assertEquals(ErrorStage.ACCEPT, stage)
                assertTrue(error.message!!.contains("IP_MULTICAST_LOOP"), error.message)
            }
        }
    }

    // ---- where ----

    private val Server.addresses get() = sockets.map { it.localAddress() as InetSocketAddress }

    @Test
    suspend fun a_server_listens_on_several_hosts_with_one_port() =
        withDeadline {
            val hosts = listOf(LOOPBACK, "127.0.0.2")
            startServer(hosts, 0, handler = ::greet).use { server ->
                assertEquals(hosts, server.addresses.map { it.address.hostAddress })
                for (host in hosts) {
                    openConnection(host, server.port).use { it.assertGreeted() }
                }
            }
        }

    @Test
    suspend fun no_host_at_all_is_refused() =
        withDeadline {
            val refused =
                assertThrows<IllegalArgumentException> {
                    startServer(emptyList(), 0, handler = ::greet)
                }
            assertTrue(refused.message!!.contains("hosts is empty"), refused.message)
        }

    @Test
    suspend fun a_family_leaves_the_addresses_of_the_other_out() =
        withDeadline {
            val none =
                assertThrows<UnknownHostException> {
                    startServer("::1", 0, family = AddressFamily.IPV4, handler = ::greet)
                }
            assertTrue(none.message!!.contains("IPV4"), none.message)
        }

    @Test
    suspend fun a_closed_server_keeps_its_port_number() =
        withDeadline {
            val server = startServer(LOOPBACK, 0, handler = ::greet)
            val port = server.port
            openConnection(LOOPBACK, port).use { it.assertGreeted() }
            server.use {}
            assertEquals(port, server.port)
        }

    @Test
    suspend fun a_server_on_a_unix_domain_socket_has_no_port() =
        withDeadline {
            withSocketPath { path ->
                startUnixServer(path, handler = ::greet).use { server ->
                    assertThrows<IllegalStateException> { server.port }
                }
            }
        }

    @Test
    suspend fun a_port_is_shared_only_if_all_servers_set_reusePort() =
        withDeadline {
            startServer(LOOPBACK, 0, reusePort = true, handler = ::greet).use { first ->
                val port = first.port
                startServer(LOOPBACK, port, reusePort = true, handler = ::greet).use { second ->
                    assertEquals(port, second.port)
                    assertThrows<BindException> { startServer(LOOPBACK, port, handler = ::greet) }
                }
            }
        }

    @Test
    suspend fun the_address_is_reused_unless_the_call_says_otherwise() =
        withDeadline {
            startServer(LOOPBACK, 0, handler = ::greet).use { assertEquals(true, it.reuses()) }
            startServer(LOOPBACK, 0, reuseAddress = false, handler = ::greet).use {
                assertEquals(false, it.reuses())
            }
        }

    private fun Server.reuses() = sockets.first().getOption(StandardSocketOptions.SO_REUSEADDR)

    private companion object {
        const val LOOPBACK = "127.0.0.1"
    }
}
