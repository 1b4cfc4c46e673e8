package io.weir.coroutines

import io.weir.TlsOptions
import io.weir.TlsSide
import io.weir.certificates.CertificateAuthority
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.IOException
import java.net.StandardProtocolFamily
import java.net.UnixDomainSocketAddress
import java.nio.channels.Channels
import java.nio.channels.ServerSocketChannel
import java.nio.channels.SocketChannel
import kotlin.coroutines.CoroutineContext

/** Cancelled TLS handshakes: the peer reads the first message and stays silent. */
class TlsCancelTest {
    private val authority = CertificateAuthority.create("Test CA")
    private val client =
        TlsOptions.of(authority.clientContext()).withServerHostname("localhost")
    private val server = TlsOptions.of(authority.issue().serverContext())

    /** Cancels a call after the peer has read its first byte; the peer must then read EOF or a reset. */
    private suspend fun assertCancelLeavesNothingOpen(
        listening: ServerSocketChannel,
        call: suspend () -> Unit,
    ) = withDeadline {
        listening.use {
            val caller = launch(start = CoroutineStart.UNDISPATCHED) { call() }
            listening.accept().use { peer ->
                val handshake = Channels.newInputStream(peer)
                assertEquals(TLS_HANDSHAKE, handshake.read())
                caller.cancelAndJoin()
                try {
                    handshake.readAllBytes()
                } catch (reset: IOException) {
                    // closed as well
                }
            }
        }
    }

    @Test
    suspend fun a_cancelled_openConnection_leaves_nothing_open() {
        val listening = bound()
        assertCancelLeavesNothingOpen(listening) {
            openConnection("localhost", listening.port, tls = client)
        }
    }

    @Test
    suspend fun a_cancelled_openUnixConnection_leaves_nothing_open() =
        withSocketPath { path ->
            val address = UnixDomainSocketAddress.of(path)
            val listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address)
            assertCancelLeavesNothingOpen(listening) { openUnixConnection(path, tls = client) }
            path.toFile().delete()
        }

    @Test
    suspend fun a_cancelled_openConnection_leaves_its_channel_closed() {
        val listening = bound()
        val channel = SocketChannel.open(listening.localAddress)
        assertCancelLeavesNothingOpen(listening) { openConnection(channel, tls = client) }
        assertFalse(channel.isOpen)
    }

    @Test
    suspend fun a_cancelled_startTls_leaves_nothing_open() {
        val listening = bound()
        val opened = CompletableDeferred<StreamWriter>()
        assertCancelLeavesNothingOpen(listening) {
            val writer = openConnection("localhost", listening.port).writer
            opened.complete(writer)
            writer.startTls(client)
        }
        assertTrue(opened.await().isClosing)
    }

    /** Holds back a coroutine until the test runs it. */
    private class HeldDispatcher : CoroutineDispatcher() {
        val turn = CompletableDeferred<Runnable>()

        override fun dispatch(
            context: CoroutineContext,
            block: Runnable,
        ) {
            turn.complete(block)
        }
    }

    @Test
    suspend fun a_startTls_that_is_cancelled_before_its_turn_aborts_the_connection() =
        withDeadline {
            val (here, there) = MemoryStreams.pair()
            val held = HeldDispatcher()
            val caller =
                CoroutineScope(held).launch(start = CoroutineStart.UNDISPATCHED) {
                    here.writer.startTls(client, TlsSide.CLIENT)
                }
            there.writer.startTls(server, TlsSide.SERVER)
            val turn = held.turn.await()
            assertFalse(here.writer.isClosing)

            caller.cancel()
            turn.run()

            assertTrue(here.writer.isClosing)
            caller.join()
        }

    @Test
    suspend fun a_startTls_in_a_coroutine_that_is_cancelled_already_aborts_the_connection() =
        withDeadline {
            val (here, there) = MemoryStreams.pair()
            val caller =
                async(start = CoroutineStart.UNDISPATCHED) {
                    cancel()
                    here.writer.startTls(client, TlsSide.CLIENT)
                }
            assertTrue(runCatching { caller.await() }.exceptionOrNull() is CancellationException)
            assertTrue(here.writer.isClosing)
            there.close()
        }

    private companion object {
        /** The content type of a TLS record with handshake messages. */
        const val TLS_HANDSHAKE = 22
    }
}
