package io.weir.samples.docs

import io.weir.Decoders
import io.weir.Encoders
import io.weir.LengthPrefix
import io.weir.TlsOptions
import io.weir.coroutines.MemoryStreams
import io.weir.coroutines.StreamConnection
import io.weir.coroutines.StreamReader
import io.weir.coroutines.StreamWriter
import io.weir.coroutines.closing
import io.weir.coroutines.openConnection
import io.weir.coroutines.startServer
import io.weir.coroutines.startUnixServer
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import java.nio.file.Path
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

suspend fun connect() =
    openConnection("localhost", 8888, connectTimeout = 5.seconds, readTimeout = 30.seconds)

suspend fun copyChunks(
    reader: StreamReader,
    writer: StreamWriter,
) {
    writer.writeAll(reader.chunks(1024).map { it.reversedArray() })
}

suspend fun answerFrames(
    reader: StreamReader,
    writer: StreamWriter,
) {
    val frames = Decoders.frame(LengthPrefix.ofBytes(4)).withLimit(1 shl 20)
    val framed = Encoders.frame(LengthPrefix.ofBytes(4))

    reader.flow(frames).collect { frame -> writer.send(framed, answerTo(frame)) }
}

fun answerTo(frame: ByteArray) = frame

fun serve() =
    runBlocking {
        val echo = closing { reader, writer -> for (line in reader) writer.send(line) }
        startServer("127.0.0.1", 8888, handler = echo).use { it.serveForever() }
    }

suspend fun serveUnix() {
    val path = Path.of("/run/app/echo.sock")
    startUnixServer(path, socketMode = "rw-------", handler = ::handleEcho)
        .use { it.serveForever() }
}

suspend fun serveTls() {
    val tls = TlsOptions.fromPem(Path.of("cert.pem"), Path.of("key.pem"))
    startServer("127.0.0.1", 8443, tls = tls, handler = ::handleEcho).use { it.serveForever() }
}

suspend fun lineWithin(reader: StreamReader): ByteArray =
    withTimeout(5.seconds) {
        reader.readLine()
    }

suspend fun startInTime() {
    coroutineScope {
        val scope = this
        val server =
            withTimeout(5.seconds) {
                startServer("127.0.0.1", 8888, scope = scope, handler = ::handleEcho)
            }
        server.use { it.serveForever() }
    }
}

suspend fun bothAtOnce(
    one: StreamConnection,
    other: StreamConnection,
): Pair<ByteArray, ByteArray> =
    coroutineScope {
        val first = async { one.reader.readLine() }
        val second = async { other.reader.readLine() }
        first.await() to second.await()
    }

suspend fun inAnotherThread(reader: StreamReader): String =
    withContext(Dispatchers.IO) { reader.asInputStream().bufferedReader().readLine() }

suspend fun cancelWhenPeerIsGone(
    reader: StreamReader,
    compute: suspend () -> ByteArray,
): ByteArray =
    coroutineScope {
        val work = async { compute() }
        val watch =
            launch {
                reader.whenPeerGone()
                work.cancel()
            }
        work.await().also { watch.cancel() }
    }

suspend fun shutDown() {
    val server =
        startServer("127.0.0.1", 8888, idleTimeout = 2.minutes, shutdownGrace = 10.seconds) {
            reader,
            writer,
            ->
            handleEcho(reader, writer)
        }
    println(server.shutdown(10.seconds))
}

fun echoInMemory(): ByteArray =
    runBlocking {
        val (client, server) = MemoryStreams.pair()
        launch { handleEcho(server.reader, server.writer) }

        client.writer.send("Hello World!\n".encodeToByteArray())
        client.reader.readLine()
    }
