package io.weir.coroutines

import io.weir.ErrorStage
import io.weir.ExtraInfo
import io.weir.TlsException
import io.weir.TlsFailure
import io.weir.TlsOptions
import io.weir.TlsSide
import io.weir.certificates.CertificateAuthority
import io.weir.certificates.Leaf
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.net.StandardProtocolFamily
import java.net.UnixDomainSocketAddress
import java.nio.channels.AsynchronousSocketChannel
import java.nio.channels.ServerSocketChannel
import java.nio.channels.SocketChannel
import java.nio.file.Path

class TlsTest {
    private val authority = CertificateAuthority.create("Test CA")
    private val server = TlsOptions.of(authority.issue().serverContext())
    private val client = TlsOptions.of(authority.clientContext())
    private val named = client.withServerHostname("localhost")

    private suspend fun echo(
        reader: StreamReader,
        writer: StreamWriter,
    ) {
        for (line in reader) {
            writer.write(line)
            writer.drain()
        }
        writer.close()
    }

    private suspend fun StreamConnection.assertEchoes() =
        use { (reader, writer) ->
            assertEquals("TLSv1.3", writer.getExtraInfo(ExtraInfo.TLS_PROTOCOL))
            writer.write("hello\n".toByteArray())
            writer.drain()
            assertEquals("hello\n", reader.readLine().decodeToString())
            writer.close()
            writer.waitClosed()
        }

    private suspend fun failure(call: suspend () -> Any): Throwable? =
        runCatching { coroutineScope { call() } }.exceptionOrNull()

    @Test
    suspend fun a_line_comes_back_over_tls() =
        withDeadline {
            startServer("localhost", 0, tls = server, handler = ::echo).use {
                openConnection("localhost", it.port, tls = client).assertEchoes()
            }
        }

    @Test
    suspend fun a_line_comes_back_over_tls_with_files(
        @TempDir folder: Path,
    ) = withDeadline {
        val issued = authority.issue()
        val tls = TlsOptions.fromPem(issued.chainPem(folder), issued.keyPem(folder))
        startServer("127.0.0.1", 0, tls = tls, handler = ::echo).use {
            val trusting = TlsOptions.trusting(authority.pem(folder))
            openConnection("127.0.0.1", it.port, tls = trusting).assertEchoes()
        }
    }

    @Test
    suspend fun a_line_comes_back_over_tls_on_a_unix_socket() =
        withDeadline {
            withSocketPath { path ->
                startUnixServer(path, tls = server, handler = ::echo).use {
                    openUnixConnection(path, tls = named).assertEchoes()
                }
            }
        }

    @Test
    suspend fun a_line_comes_back_over_tls_on_channels() =
        withDeadline {
            withSocketPath { path ->
                val unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                for (listening in listOf(unix.bind(UnixDomainSocketAddress.of(path)), bound())) {
                    startServer(
                        listening,
                        cleanupSocket = true,
                        tls = server,
                        handler = ::echo,
                    ).use {
                        val channel = SocketChannel.open(listening.localAddress)
                        openConnection(channel, tls = named).assertEchoes()
                    }
                }
            }
        }

    @Test
    suspend fun a_line_comes_back_over_tls_on_asynchronous_channels() =
        withDeadline {
            val listening = boundAsynchronous()
            startServer(listening, tls = server, handler = ::echo).use {
                val channel = AsynchronousSocketChannel.open()
                channel.connect(listening.localAddress).get()
                openConnection(channel, tls = named).assertEchoes()
            }
        }

    @Test
    suspend fun start_tls_secures_both_sides_of_a_connection_that_began_in_the_clear() =
        withDeadline {
            startServer("localhost", 0, handler = ::upgradeThenEcho).use {
                val (reader, writer) = openConnection("localhost", it.port)
                writer.write("STARTTLS\n".toByteArray())
                assertEquals("go ahead\n", reader.readLine().decodeToString())
                assertNull(writer.getExtraInfo(ExtraInfo.TLS_PROTOCOL))

                writer.startTls(client)

                writer.write("hello\n".toByteArray())
                assertEquals("hello\n", reader.readLine().decodeToString())
                assertEquals("TLSv1.3", writer.getExtraInfo(ExtraInfo.TLS_PROTOCOL))
                writer.close()
                writer.waitClosed()
            }
        }

    private suspend fun upgradeThenEcho(
        reader: StreamReader,
        writer: StreamWriter,
    ) {
        assertEquals("STARTTLS\n", reader.readLine().decodeToString())
        writer.write("go ahead\n".toByteArray())
        writer.startTls(server)
        echo(reader, writer)
    }

    @Test
    suspend fun start_tls_takes_the_part_that_it_is_given() =
        withDeadline {
            val (here, there) = MemoryStreams.pair()
            val unclear = failure { here.writer.startTls(client) }
            assertTrue(unclear is IllegalArgumentException, unclear.toString())

            val shaken = async { there.writer.startTls(server, TlsSide.SERVER) }
            here.writer.startTls(named, TlsSide.CLIENT)
            shaken.await()

            there.writer.write("hello\n".toByteArray())
            assertEquals("hello\n", here.reader.readLine().decodeToString())
            there.close()
            here.close()
        }

    @Test
    suspend fun a_server_that_is_not_trusted_is_a_TlsException_on_both_sides() =
        withDeadline {
            val told = CompletableDeferred<Pair<ErrorStage, Throwable>>()
            val server =
                startServer(
                    "localhost",
                    0,
                    tls = server,
                    onError = { stage, _, error -> told.complete(Pair(stage, error)) },
                ) { _, _ -> error("no hands were shaken") }
            server.use {
                val other = TlsOptions.of(CertificateAuthority.create("Other").clientContext())
                val untrusted = failure { openConnection("localhost", it.port, tls = other) }
                assertEquals(TlsFailure.UNTRUSTED, (untrusted as TlsException).failure())

                val (stage, error) = told.await()
                assertEquals(ErrorStage.TLS_HANDSHAKE, stage)
                assertEquals(TlsFailure.CERTIFICATE_REFUSED, (error as TlsException).failure())
            }
        }

    @Test
    suspend fun a_failed_start_tls_is_a_TlsException_and_ends_the_connection() =
        withDeadline {
            val server =
                startServer("127.0.0.1", 0, onError = { _, _, _ -> }) { _, writer ->
                    writer.startTls(server)
                }
            server.use {
                val (_, writer) = openConnection("127.0.0.1", it.port)
                val elsewhere = client.withServerHostname("example.org")
                val wrong = failure { writer.startTls(elsewhere) }
                assertEquals(TlsFailure.WRONG_HOST, (wrong as TlsException).failure())
                assertTrue(wrong.message!!.contains("example.org"), wrong.message)
                assertTrue(writer.isClosing)
            }
        }

    @Test
    suspend fun connections_from_now_on_get_the_new_certificate() =
        withDeadline {
            startServer("localhost", 0, tls = server, handler = ::echo).use { running ->
                val before = openConnection("localhost", running.port, tls = client)
                val renewed = authority.issue(Leaf.DEFAULTS.withCommonName("renewed"))
                running.updateTls(TlsOptions.of(renewed.serverContext()))
                openConnection("localhost", running.port, tls = client).use { (_, writer) ->
                    val chain = writer.getExtraInfo(ExtraInfo.PEER_CERTIFICATES)
                    assertArrayEquals(renewed.chain(), chain)
                }
                before.assertEchoes()
            }
        }

    @Test
    suspend fun a_server_without_a_certificate_and_a_client_without_a_name_are_refused() =
        withDeadline {
            val nothing = TlsOptions.defaults()
            val keyless = failure { startServer(null, 0, tls = nothing) { _, _ -> } }
            assertTrue(keyless is IllegalArgumentException, keyless.toString())
            bound().use { listening ->
                SocketChannel.open(listening.localAddress).use { channel ->
                    val nameless = failure { openConnection(channel, tls = client) }
                    assertTrue(nameless is IllegalArgumentException, nameless.toString())
                    assertTrue(nameless!!.message!!.contains("withServerHostname"))
                }
            }
        }
}
