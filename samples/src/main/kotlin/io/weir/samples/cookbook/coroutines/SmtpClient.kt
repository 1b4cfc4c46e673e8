package io.weir.samples.cookbook.coroutines

import io.weir.Decoders
import io.weir.Encoders
import io.weir.TlsOptions
import io.weir.coroutines.StreamConnection
import io.weir.coroutines.openConnection
import java.io.EOFException
import java.io.IOException
import java.util.Base64
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

/** A user of the mail server. */
data class Login(
    val user: String,
    val password: String,
)

/**
 * Submits a message to a mail server, over TLS after STARTTLS (RFC 6409, RFC 3207).
 *
 * @param text header lines, an empty line, and the body
 */
suspend fun sendMail(
    host: String,
    port: Int,
    tls: TlsOptions,
    login: Login,
    from: String,
    to: String,
    text: String,
) {
    // RFC 5321, section 4.5.3.2, recommends a timeout of 5 minutes for most replies.
    openConnection(host, port, connectTimeout = 30.seconds, readTimeout = 5.minutes).use {
        it.logIn(tls, login)
        it.submit(from, to, text)
    }
}

private suspend fun StreamConnection.logIn(
    tls: TlsOptions,
    login: Login,
) {
    expect("220")
    if ("STARTTLS" !in call("EHLO localhost", "250")) {
        throw IOException("The server offers no STARTTLS, or an attacker has removed the offer")
    }
    call("STARTTLS", "220")
    writer.startTls(tls) // also checks the host name

    call("EHLO localhost", "250") // the first reply was not protected
    val plain = "\u0000${login.user}\u0000${login.password}".encodeToByteArray()
    call("AUTH PLAIN ${Base64.getEncoder().encodeToString(plain)}", "235")
}

private suspend fun StreamConnection.submit(
    from: String,
    to: String,
    text: String,
) {
    call("MAIL FROM:<$from>", "250")
    call("RCPT TO:<$to>", "250")
    call("DATA", "354")
    for (line in text.reader().readLines()) {
        val stuffed = if (line.startsWith(".")) ".$line" else line // RFC 5321, section 4.5.2
        writer.send(Encoders.textLine(), stuffed)
    }
    call(".", "250")
    call("QUIT", "221")
}

/** Sends one line and returns the reply. */
private suspend fun StreamConnection.call(
    line: String,
    code: String,
): List<String> {
    writer.send(Encoders.textLine(), line)
    return expect(code)
}

private val replyLine = Decoders.textLine().withLimit(1024)

private const val MAX_LINES = 100

/** Reads a reply: lines `250-text`, and a last line `250 text`. */
private suspend fun StreamConnection.expect(code: String): List<String> {
    val texts = mutableListOf<String>()
    do {
        val line =
            reader.read(replyLine) ?: throw EOFException("The server has closed the connection")
        if (!line.matches(Regex("$code([- ].*)?"))) {
            throw IOException("The server replied '$line' instead of $code")
        }
        texts += line.drop(4)
        if (texts.size > MAX_LINES) {
            throw IOException("The server sent a reply of more than $MAX_LINES lines")
        }
    } while (line.startsWith("$code-"))
    return texts
}
