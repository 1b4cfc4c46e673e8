package io.weir.samples

import kotlinx.coroutines.runBlocking
import picocli.CommandLine.Command
import picocli.CommandLine.Mixin
import picocli.CommandLine.Option
import picocli.CommandLine.Parameters
import java.net.URI

/** A sample that can be run in either language. */
abstract class Sample : Runnable {
    @Option(
        names = ["--lang"],
        paramLabel = "LANG",
        description = ["\${COMPLETION-CANDIDATES}; default: \${DEFAULT-VALUE}"],
    )
    private var lang = Lang.KOTLIN

    protected abstract fun java()

    protected abstract suspend fun kotlin()

    override fun run() =
        when (lang) {
            Lang.JAVA -> java()
            Lang.KOTLIN -> runBlocking { kotlin() }
        }
}

/** Where to listen or to connect. */
class Address {
    @Option(names = ["--host"], paramLabel = "HOST", description = ["default: \${DEFAULT-VALUE}"])
    var host = "127.0.0.1"

    @Option(names = ["--port"], paramLabel = "PORT", description = ["default: \${DEFAULT-VALUE}"])
    var port = 8888
}

@Command(
    name = "echo-demo",
    description = ["Shows a client in one language (--lang) and a server in the other talk."],
)
class EchoDemoCommand : Sample() {
    override fun java() = runBlocking { javaClientKotlinServer() }

    override suspend fun kotlin() = kotlinClientJavaServer()
}

@Command(
    name = "echo-server",
    description = ["Sends one message back to each client. Port 0 is one that is free."],
)
class EchoServerCommand : Sample() {
    @Mixin
    private lateinit var address: Address

    override fun java() = EchoServer.run(address.host, address.port)

    override suspend fun kotlin() = echoServer(address.host, address.port)
}

@Command(name = "echo-client", description = ["Sends a message and shows the answer."])
class EchoClientCommand : Sample() {
    @Mixin
    private lateinit var address: Address

    @Option(
        names = ["--message"],
        paramLabel = "TEXT",
        description = ["default: \${DEFAULT-VALUE}"],
    )
    private var message = "Hello World!"

    override fun java() {
        EchoClient.run(message, address.host, address.port).join()
    }

    override suspend fun kotlin() = echoClient(message, address.host, address.port)
}

@Command(
    name = "http-headers",
    description = ["Shows the header lines of an HTTP response."],
)
class HttpHeadersCommand : Sample() {
    @Parameters(paramLabel = "URL", description = ["As in http://localhost:8000/; no https."])
    private lateinit var text: String

    private val url: URI
        get() {
            val url = URI.create(text)
            require(url.scheme != "https") { "$text: https needs TLS, which Weir does not do yet" }
            require(url.scheme == "http" && url.host != null) { "$text is no http://host/ address" }
            return url
        }

    override fun java() {
        HttpHeaders.run(url).join()
    }

    override suspend fun kotlin() = httpHeaders(url)
}

@Command(
    name = "chat-server",
    description = ["Passes each client's lines on to all others. Port 0 is one that is free."],
)
class ChatServerCommand : Sample() {
    @Mixin
    private lateinit var address: Address

    override fun java() = ChatServer.run(address.host, address.port)

    override suspend fun kotlin() = chatServer(address.host, address.port)
}

@Command(
    name = "tcp-proxy",
    description = ["Passes connections on to another server. Each address is host:port or port."],
)
class TcpProxyCommand : Sample() {
    @Parameters(
        paramLabel = "LISTEN",
        description = ["Where to listen; port 0 is one that is free."],
    )
    private lateinit var listen: HostPort

    @Parameters(paramLabel = "TARGET", description = ["Where to connect to for each client."])
    private lateinit var target: HostPort

    override fun java() = TcpProxy.run(listen, target)

    override suspend fun kotlin() = tcpProxy(listen, target)
}
