package io.weir.samples.cookbook

import io.weir.TlsOptions
import io.weir.certificates.CertificateAuthority
import io.weir.samples.EachLanguage
import io.weir.samples.Lang
import io.weir.samples.cookbook.coroutines.startHttpServer
import io.weir.samples.cookbook.coroutines.startLineServer
import io.weir.samples.cookbook.coroutines.startProxy
import io.weir.testing.Program
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path

class ProxyTest {
    @TempDir
    private lateinit var folder: Path

    @EachLanguage
    suspend fun curl_talks_tls_to_the_proxy_and_the_server_needs_none(lang: Lang) =
        withDeadline {
            val issued = AUTHORITY.issue()
            val tls = TlsOptions.fromPem(issued.chainPem(folder), issued.keyPem(folder))
            serving(startHttpServer(HOST, 0) { head, _ -> "${head.target}\n" }) { http ->
                withProxy(lang, tls, http) { port ->
                    val url = "https://localhost:$port"
                    val ca = AUTHORITY.pem(folder).toString()
                    val command = listOf("curl", "-sS", "--noproxy", "*", "--cacert", ca)
                    Program.program(command + listOf("$url/one", "$url/two")).use {
                        assertEquals(listOf("/one", "/two"), it.restOfLines())
                    }
                }
            }
        }

    @EachLanguage
    suspend fun without_a_certificate_it_passes_on_bytes_and_both_ends(lang: Lang) =
        withDeadline {
            serving(startLineServer(HOST, 0) { "<$it>" }) { lines ->
                withProxy(lang, null, lines) { port ->
                    assertEquals(listOf("<one>", "<two>"), socat(port, "one\ntwo"))
                }
            }
        }

    private suspend fun withProxy(
        lang: Lang,
        tls: TlsOptions?,
        target: Int,
        block: suspend (Int) -> Unit,
    ) = when (lang) {
        Lang.JAVA -> serving(Proxy.start(HOST, 0, tls, HOST, target), block)
        Lang.KOTLIN -> serving(startProxy(HOST, 0, tls, HOST, target), block)
    }

    private companion object {
        val AUTHORITY: CertificateAuthority = CertificateAuthority.create("Test CA")
    }
}
