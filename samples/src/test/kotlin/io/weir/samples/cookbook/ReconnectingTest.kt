package io.weir.samples.cookbook

import io.weir.Decoders
import io.weir.Encoders
import io.weir.coroutines.Server
import io.weir.coroutines.StreamConnection
import io.weir.coroutines.closing
import io.weir.coroutines.startServer
import io.weir.samples.EachLanguage
import io.weir.samples.Lang
import io.weir.samples.cookbook.coroutines.keepConnected
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.future.future
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.net.ConnectException
import kotlin.time.Duration

class ReconnectingTest {
    private val answers = Channel<String?>(Channel.UNLIMITED)
    private val losses = Channel<Throwable>(Channel.UNLIMITED)

    @EachLanguage
    suspend fun a_client_returns_to_a_server_that_was_away(lang: Lang) =
        withDeadline {
            val first = greeting(0, "first")
            val client = keepConnected(lang, first.port)
            assertEquals("first", answers.receive())

            first.shutdown(Duration.ZERO)
            while (losses.receive() !is ConnectException) { // an attempt that no server accepts
            }
            val second = greeting(first.port, "second")
            while (answers.receive() != "second") { // null, when a connection was lost
            }

            client.close()
            second.close()
            second.waitClosed() // when the client has closed
        }

    @Test
    suspend fun a_session_that_throws_closes_its_connection() =
        withDeadline {
            val server = greeting(0, "hello")
            Reconnecting
                .start(
                    HOST,
                    server.port,
                    { error("no session") },
                    { losses.trySend(it.cause ?: it) },
                ).use { repeat(2) { assertEquals("no session", losses.receive().message) } }
            server.close()
            server.waitClosed()
        }

    /** Starts a server that sends a line to each client and waits for its end. */
    private suspend fun greeting(
        port: Int,
        text: String,
    ): Server {
        val handler =
            closing { reader, writer ->
                writer.send(Encoders.textLine(), text)
                reader.read()
            }
        return startServer(HOST, port, handler = handler)
    }

    private suspend fun session(connection: StreamConnection) {
        do {
            val line = connection.reader.read(Decoders.textLine())
            answers.send(line)
        } while (line != null)
    }

    private fun CoroutineScope.keepConnected(
        lang: Lang,
        port: Int,
    ): AutoCloseable =
        when (lang) {
            Lang.JAVA -> {
                Reconnecting.start(
                    HOST,
                    port,
                    { connection -> future { session(StreamConnection(connection)) } },
                    { losses.trySend(it.cause ?: it) },
                )
            }

            Lang.KOTLIN -> {
                val job = launch { keepConnected(HOST, port, losses::trySend, ::session) }
                AutoCloseable { job.cancel() }
            }
        }
}
