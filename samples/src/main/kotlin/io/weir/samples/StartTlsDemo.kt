package io.weir.samples

// A self-signed certificate for this machine:
//
// openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
//     -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem
//
// java -jar samples/target/weir-samples.jar starttls-demo \
//     --tls-cert cert.pem --tls-key key.pem --tls-ca cert.pem
//
// Or the two ends separately:
//
// java -jar samples/target/weir-samples.jar starttls-demo server --tls-cert cert.pem --tls-key key.pem
// java -jar samples/target/weir-samples.jar starttls-demo client --tls-ca cert.pem
// openssl s_client -starttls smtp -connect localhost:8888 -CAfile cert.pem -crlf -quiet

import io.weir.ExtraInfo
import io.weir.TlsOptions
import io.weir.coroutines.Server
import io.weir.coroutines.StreamReader
import io.weir.coroutines.StreamWriter
import io.weir.coroutines.closing
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.future.await
import kotlinx.coroutines.withContext
import java.io.IOException

private val freePort = HostPort("127.0.0.1", 0)

/** A client in Kotlin talks to a server in Java. */
suspend fun kotlinStartTlsDemo(tls: TlsPair) {
    StartTlsServer.start(freePort, tls.server).await().use { server ->
        startTlsClient(Endpoint.of(server), tls.client)
        server.close()
        server.waitClosed().await()
    }
}

/** A client in Java talks to a server in Kotlin. */
suspend fun javaStartTlsDemo(tls: TlsPair) {
    startStartTlsServer(freePort, tls.server).use { server ->
        withContext(Dispatchers.IO) { StartTlsClient.run(Endpoint.of(server.asJava), tls.client) }
    }
}

// ---- the server ----

/** Speaks a little SMTP: in the clear at first, over TLS after STARTTLS. */
suspend fun startTlsServer(
    endpoint: Endpoint,
    tls: TlsOptions,
) {
    val server = startStartTlsServer(endpoint, tls)
    println("Serving on ${Endpoint.of(server.asJava)}")
    server.serveUntilStopped()
}

suspend fun startStartTlsServer(
    endpoint: Endpoint,
    tls: TlsOptions,
): Server =
    listenOn(
        endpoint,
        onError = OneLine::print,
        handler = closing { reader, writer -> handleClient(reader, writer, tls) },
    )

private suspend fun handleClient(
    reader: StreamReader,
    writer: StreamWriter,
    tls: TlsOptions,
) {
    writer.say("220 localhost says hello in the clear")
    for (line in reader) {
        val text = line.decodeToString().trimEnd()
        when (text.substringBefore(' ').uppercase()) {
            "EHLO" -> writer.sayWhatIsOffered()
            "STARTTLS" -> writer.upgrade(tls)
            "NOOP" -> writer.say("250 ok")
            "QUIT" -> return writer.say("221 bye")
            else -> writer.say("250 you said $text")
        }
        writer.drain()
    }
}

private fun StreamWriter.sayWhatIsOffered() =
    if (isSecured) {
        say("250 localhost")
    } else {
        say("250-localhost")
        say("250 STARTTLS")
    }

private suspend fun StreamWriter.upgrade(tls: TlsOptions) {
    if (isSecured) {
        return say("503 TLS is already active")
    }
    say("220 go ahead")
    startTls(tls)
}

private val StreamWriter.isSecured get() = getExtraInfo(ExtraInfo.TLS_PROTOCOL) != null

private fun StreamWriter.say(line: String) = write("$line\r\n".encodeToByteArray())

// ---- the client ----

/** Prints a conversation: C is the client, S the server. */
suspend fun startTlsClient(
    server: Endpoint,
    tls: TlsOptions,
) {
    val (reader, writer) = connectTo(server)
    val talk = Conversation(reader, writer)
    talk.hear("220")
    if ("250 STARTTLS" !in talk.ask("EHLO localhost", "250").map { it.replace('-', ' ') }) {
        throw IOException("the server does not offer STARTTLS") // or an attacker removed the offer
    }
    talk.ask("STARTTLS", "220")

    writer.startTls(tls)

    println("-- ${writer.getExtraInfo(ExtraInfo.TLS_PROTOCOL)} from here on --")
    talk.ask("EHLO localhost", "250") // what was said in the clear no longer counts
    talk.ask("Hello World!", "250")
    talk.ask("QUIT", "221")
    writer.close()
    writer.waitClosed()
}

private class Conversation(
    private val reader: StreamReader,
    private val writer: StreamWriter,
) {
    suspend fun ask(
        line: String,
        code: String,
    ): List<String> {
        println("C: $line")
        writer.write("$line\r\n".encodeToByteArray())
        writer.drain()
        return hear(code)
    }

    /** Reads a reply. All its lines but the last have a - after the code. */
    suspend fun hear(code: String): List<String> {
        val lines = mutableListOf<String>()
        do {
            val line = reader.readLine().decodeToString().trimEnd()
            println("S: $line")
            if (!line.startsWith(code)) {
                throw IOException("the server replied '$line' instead of $code")
            }
            lines += line
        } while (line.startsWith("$code-"))
        return lines
    }
}
