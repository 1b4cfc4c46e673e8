package io.weir.samples.cookbook

import io.weir.TlsException
import io.weir.TlsOptions
import io.weir.certificates.CertificateAuthority
import io.weir.coroutines.closing
import io.weir.coroutines.startServer
import io.weir.samples.EachLanguage
import io.weir.samples.Lang
import io.weir.samples.cookbook.coroutines.sendMail
import io.weir.testing.Program
import kotlinx.coroutines.runInterruptible
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assumptions.abort
import org.junit.jupiter.api.assertThrows
import org.junit.jupiter.api.io.TempDir
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import io.weir.samples.cookbook.coroutines.Login as KotlinLogin

class SmtpClientTest {
    @TempDir
    private lateinit var folder: Path

    @EachLanguage
    suspend fun aiosmtpd_receives_the_message_over_tls_from_a_user_it_knows(lang: Lang) =
        withMailServer { port, server ->
            val text = "Subject: Hello\r\n\r\n.a line that starts with a dot\r\n.\r\nthe end: é\r\n"
            send(lang, port, "secret", text)
            val json = text.replace("\r\n", "\\r\\n").replace("é", "\\u00e9")
            val envelope = """"from": "a@example.org", "to": ["b@example.org"], "tls": true"""
            assertEquals("""{$envelope, "text": "$json"}""", server.lineWith("{"))
        }

    @EachLanguage
    suspend fun a_wrong_password_fails_with_the_reply_of_aiosmtpd(lang: Lang) =
        withMailServer { port, _ ->
            val error = assertThrows<IOException> { send(lang, port, "wrong", "") }
            assertTrue("535" in error.message!!, error.message)
        }

    @EachLanguage
    suspend fun a_certificate_of_an_unknown_authority_ends_it_before_the_login(lang: Lang) =
        withMailServer { port, _ ->
            val other = CertificateAuthority.create("another")
            assertThrows<TlsException> { send(lang, port, "secret", "", trusted = other) }
        }

    @EachLanguage
    suspend fun an_address_with_a_line_break_is_no_second_command(lang: Lang) =
        withMailServer { port, _ ->
            assertThrows<IllegalArgumentException> {
                send(lang, port, "secret", "", from = "a@example.org>\r\nRCPT TO:<c@example.org")
            }
        }

    @EachLanguage
    suspend fun a_reply_without_an_end_is_refused(lang: Lang) =
        withDeadline {
            val handler =
                closing { _, writer ->
                    while (true) writer.send("220-and more\r\n".toByteArray())
                }
            startServer(HOST, 0, scope = this, handler = handler).use { server ->
                val error = assertThrows<IOException> { send(lang, server.port, "secret", "") }
                assertTrue("lines" in error.message!!, error.message)
            }
        }

    private suspend fun send(
        lang: Lang,
        port: Int,
        password: String,
        text: String,
        from: String = "a@example.org",
        trusted: CertificateAuthority = AUTHORITY,
    ) {
        val tls = TlsOptions.trusting(trusted.pem(Files.createTempDirectory(folder, "ca")))
        val to = "b@example.org"
        when (lang) {
            Lang.JAVA -> {
                val login = SmtpClient.Login("user", password)
                runInterruptible { SmtpClient.send(HOST, port, tls, login, from, to, text) }
            }

            Lang.KOTLIN -> {
                sendMail(HOST, port, tls, KotlinLogin("user", password), from, to, text)
            }
        }
    }

    private suspend fun withMailServer(block: suspend (Int, Program) -> Unit) =
        withDeadline {
            val issued = AUTHORITY.issue()
            val files = arrayOf(issued.chainPem(folder), issued.keyPem(folder))
            Program.pythonOf(DEBIAN_PYTHON, "smtp_server.py", *files).use { server ->
                val port = server.line()
                if (port.startsWith("No module")) missing(port)
                block(port.toInt(), server)
            }
        }

    private fun missing(module: String) {
        check(System.getenv("CI") == null) { module }
        abort<Any>(module)
    }

    private companion object {
        /** The package python3-aiosmtpd is for the Python of Debian only. */
        const val DEBIAN_PYTHON = "/usr/bin/python3"

        val AUTHORITY: CertificateAuthority = CertificateAuthority.create("Test CA")
    }
}
