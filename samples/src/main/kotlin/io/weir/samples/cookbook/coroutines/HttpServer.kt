package io.weir.samples.cookbook.coroutines

import io.weir.Decoder
import io.weir.Decoders
import io.weir.LimitOverrunException
import io.weir.coroutines.Server
import io.weir.coroutines.StreamReader
import io.weir.coroutines.StreamWriter
import io.weir.coroutines.startServer
import io.weir.samples.cookbook.HttpHead
import io.weir.samples.cookbook.HttpHead.Refused
import kotlinx.coroutines.runBlocking
import java.io.ByteArrayOutputStream
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds

/** Returns the text of a response, or throws [Refused]. */
typealias Application = suspend (HttpHead, ByteArray) -> String

private val line: Decoder<String?> =
    Decoders.until("\r\n".toByteArray()).withLimit(1024).map { it.toString(Charsets.ISO_8859_1) }

private const val MAX_TRAILERS = 100

/**
 * Starts an HTTP/1.1 server with keep-alive, pipelining, and limits on all that a client sends. The timeout
 * limits each read of a head, a body or a chunk, and each stalled write. When it expires, the connection is
 * closed.
 */
suspend fun startHttpServer(
    host: String,
    port: Int,
    timeout: Duration = 10.seconds,
    application: Application,
): Server =
    startServer(host, port, readTimeout = timeout, writeTimeout = timeout) { reader, writer ->
        try {
            do {
                val head = reader.read(HttpHead.DECODER) ?: break
                val body = readBody(head, reader, writer)
                val text = application(head, body)
                writer.send(response("200 OK", text, head.method, head.keepsAlive()))
            } while (head.keepsAlive())
        } catch (refused: Refused) {
            writer.write(response(refused.status()))
        } catch (_: LimitOverrunException) {
            writer.write(response("431 Request Header Fields Too Large"))
        }
        writer.closeGracefully(5.seconds) // close() could destroy the response
    }

private suspend fun readBody(
    head: HttpHead,
    reader: StreamReader,
    writer: StreamWriter,
): ByteArray {
    val length = head.bodyLength()
    if (length != 0 && head.expectsContinue()) {
        writer.write("HTTP/1.1 100 Continue\r\n\r\n".toByteArray())
    }
    return if (length == HttpHead.CHUNKED) readChunks(reader) else reader.readExactly(length)
}

private suspend fun readChunks(reader: StreamReader): ByteArray {
    val body = ByteArrayOutputStream()
    while (true) {
        val length = HttpHead.chunkLength(readLine(reader))
        if (length == 0) break
        if (length > HttpHead.MAX_BODY - body.size()) throw Refused("413 Content Too Large")
        body.writeBytes(reader.readExactly(length))
        if (readLine(reader).isNotEmpty()) throw Refused("400 Bad Request")
    }
    repeat(MAX_TRAILERS) {
        if (readLine(reader).isEmpty()) return body.toByteArray()
    }
    throw Refused("400 Bad Request")
}

private suspend fun readLine(reader: StreamReader): String =
    reader.read(line) ?: throw Refused("400 Bad Request") // EOF inside a body

private fun response(
    status: String,
    text: String = "",
    method: String = "GET",
    keepsAlive: Boolean = false,
): ByteArray {
    val body = text.toByteArray()
    val head =
        "HTTP/1.1 $status\r\n" +
            "Content-Type: text/plain; charset=utf-8\r\n" +
            "Content-Length: ${body.size}\r\n" +
            if (keepsAlive) "\r\n" else "Connection: close\r\n\r\n"
    return head.toByteArray() + if (method == "HEAD") ByteArray(0) else body
}

fun main() =
    runBlocking {
        val server =
            startHttpServer("127.0.0.1", 8080) { head, _ -> "Hello ${head.target}\n" }
        server.use { it.serveForever() }
    }
