package io.weir.samples.cookbook

import io.weir.coroutines.openConnection
import io.weir.samples.EachLanguage
import io.weir.samples.Lang
import io.weir.samples.cookbook.coroutines.startHttpServer
import io.weir.testing.Program
import kotlinx.coroutines.CoroutineScope
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.util.concurrent.Executors
import kotlin.io.path.writeBytes
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration

class HttpServerTest {
    @TempDir
    private lateinit var folder: Path

    @EachLanguage
    suspend fun curl_gets_two_responses_over_one_connection(lang: Lang) =
        withHttp(lang) { port ->
            val format = "%{http_code} %{num_connects}\n"
            val url = "http://$HOST:$port"
            val lines = curl("-w", format, "$url/one", "$url/two")
            assertEquals(listOf("GET /one 0", "200 1", "GET /two 0", "200 0"), lines)
        }

    @EachLanguage
    suspend fun curl_gets_no_body_for_head(lang: Lang) =
        withHttp(lang) { port ->
            val lines = curl("--head", "http://$HOST:$port/path")
            assertEquals("HTTP/1.1 200 OK", lines.first())
            assertTrue("Content-Length: 13" in lines, lines.toString())
        }

    @EachLanguage
    suspend fun curl_sends_a_body_of_a_length_that_it_names_after_100_continue(lang: Lang) =
        withHttp(lang) { port ->
            val lines =
                curl("-v", "-H", "Expect: 100-continue", "--data-binary", body(), url(port))
            assertTrue(lines.any { "< HTTP/1.1 100 Continue" in it }, lines.toString())
            assertEquals("POST / 1000000", lines.last { it.startsWith("POST") })
        }

    @EachLanguage
    suspend fun curl_sends_a_body_in_chunks(lang: Lang) =
        withHttp(lang) { port ->
            val chunked = "Transfer-Encoding: chunked"
            val lines = curl("-H", chunked, "--data-binary", body(), url(port), url(port))
            assertEquals(List(2) { "POST / 1000000" }, lines)
        }

    @EachLanguage
    suspend fun a_body_over_the_limit_is_refused_before_it_is_sent(lang: Lang) =
        withHttp(lang) { port ->
            val lines = curl("-w", "%{http_code}\n", "--data-binary", body(2_000_000), url(port))
            assertEquals(listOf("413"), lines)
        }

    @EachLanguage
    suspend fun pipelined_requests_are_answered_in_their_order(lang: Lang) =
        withHttp(lang) { port ->
            val requests =
                (1..100).joinToString("") {
                    "POST /$it HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab"
                } + "GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            val answers = exchange(port, requests).lines().filter { "/" in it && "HTTP" !in it }
            val texts = answers.filter { it.startsWith("POST") || it.startsWith("GET") }
            assertEquals((1..100).map { "POST /$it 2" } + "GET /end 0", texts)
        }

    @EachLanguage
    suspend fun a_malformed_request_gets_400_and_the_end(lang: Lang) =
        withHttp(lang) { port ->
            for (request in listOf(
                "nonsense\r\n\r\n",
                "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naXX",
            )) {
                val answer = exchange(port, request + "\r\n".repeat(1000))
                assertTrue(answer.startsWith("HTTP/1.1 400 "), "$request: $answer")
            }
            val long = exchange(port, "GET / HTTP/1.1\r\nX: " + "x".repeat(20_000))
            assertTrue(long.startsWith("HTTP/1.1 431 "), long)
        }

    @EachLanguage
    suspend fun a_head_that_stays_incomplete_ends_its_connection_at_the_timeout(lang: Lang) =
        withHttp(lang, 200.milliseconds) { port ->
            assertEquals("", exchange(port, "GET / HTTP/1.1\r\n"))
        }

    @EachLanguage
    suspend fun wrk_gets_right_answers_only(lang: Lang) =
        withHttp(lang) { port ->
            val command = listOf("wrk", "-t1", "-c20", "-d1s", "--timeout", "10s", url(port))
            Program.program(command).use { wrk ->
                val lines = wrk.restOfLines()
                assertTrue(lines.any { "requests in" in it }, lines.toString())
                assertTrue(lines.none { "Non-2xx" in it || "Socket errors" in it }, "$lines")
            }
        }

    private fun url(port: Int) = "http://$HOST:$port/"

    private fun body(size: Int = 1_000_000): String {
        folder.resolve("body").writeBytes(ByteArray(size))
        return "@${folder.resolve("body")}"
    }

    private fun curl(vararg arguments: String): List<String> =
        Program.program(listOf("curl", "-sS", "--noproxy", "*") + arguments).use {
            it.restOfLines()
        }

    private suspend fun exchange(
        port: Int,
        request: String,
    ): String =
        openConnection(HOST, port).use { (reader, writer) ->
            writer.write(request.toByteArray(Charsets.ISO_8859_1))
            reader.read().decodeToString()
        }

    private suspend fun withHttp(
        lang: Lang,
        timeout: Duration = 20.seconds,
        block: suspend CoroutineScope.(Int) -> Unit,
    ) = withDeadline {
        when (lang) {
            Lang.JAVA -> {
                val threads = Executors.newCachedThreadPool()
                val started =
                    HttpServer.start(HOST, 0, timeout.toJavaDuration(), threads, ::answer)
                serving(started) { block(it) }
                threads.shutdown()
            }

            Lang.KOTLIN -> {
                serving(startHttpServer(HOST, 0, timeout, ::answer)) { block(it) }
            }
        }
    }

    private fun answer(
        head: HttpHead,
        body: ByteArray,
    ) = "${head.method} ${head.target} ${body.size}\n"
}
