package io.weir.samples

import io.weir.TlsOptions
import kotlinx.coroutines.runBlocking
import picocli.CommandLine.Command
import picocli.CommandLine.Mixin
import picocli.CommandLine.Model.CommandSpec
import picocli.CommandLine.Option
import picocli.CommandLine.ParameterException
import picocli.CommandLine.Parameters
import picocli.CommandLine.Spec
import java.net.URI
import java.nio.file.Path

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

/** How a sample in Java waits. */
class JavaStyle {
    @Option(
        names = ["--style"],
        paramLabel = "STYLE",
        description = [
            "How the Java sample waits: \${COMPLETION-CANDIDATES}; default: \${DEFAULT-VALUE}",
        ],
    )
    private var style = Style.FUTURES

    val isAwait: Boolean get() = style == Style.AWAIT
}

/** The address to listen on or to connect to. */
class Address {
    @Spec(Spec.Target.MIXEE)
    private lateinit var command: CommandSpec

    @Option(names = ["--host"], paramLabel = "HOST", description = ["default: $DEFAULT_HOST"])
    private var host: String? = null

    @Option(names = ["--port"], paramLabel = "PORT", description = ["default: $DEFAULT_PORT"])
    private var port: Int? = null

    @Option(
        names = ["--unix"],
        paramLabel = "PATH",
        description = ["A Unix domain socket, instead of host and port."],
    )
    private var unix: Path? = null

    val endpoint: Endpoint
        get() {
            val path = unix ?: return HostPort(host ?: DEFAULT_HOST, port ?: DEFAULT_PORT)
            if (host != null || port != null) {
                badUsage("--unix replaces --host and --port: leave out --host and --port")
            }
            return UnixPath(path)
        }

    /** Fails if any of these options is given, because [option] replaces them. */
    fun requireNone(option: String) {
        if (host != null || port != null || unix != null) {
            badUsage("$option replaces the address: leave out --host, --port and --unix")
        }
    }

    private fun badUsage(text: String): Nothing =
        throw ParameterException(command.commandLine(), text)

    private companion object {
        const val DEFAULT_HOST = "127.0.0.1"
        const val DEFAULT_PORT = 8888
    }
}

@Command(
    name = "echo-demo",
    description = [
        "Runs a client and a server that talk to each other.",
        "The client is in one language (--lang), the server in the other.",
    ],
)
class EchoDemoCommand : Sample() {
    @Mixin
    private lateinit var tls: DemoTls

    override fun java() = runBlocking { javaClientKotlinServer(tls.options) }

    override suspend fun kotlin() = kotlinClientJavaServer(tls.options)
}

@Command(
    name = "echo-server",
    description = ["Sends one message back to each client.", "Port 0 picks a free port."],
)
class EchoServerCommand : Sample() {
    @Mixin
    private lateinit var address: Address

    @Mixin
    private lateinit var tls: ServerTls

    @Option(
        names = ["--inherited"],
        description = ["Serves on the socket passed as standard input (socket activation)."],
    )
    private var inherited = false

    @Mixin
    private lateinit var style: JavaStyle

    override fun java() {
        if (isInherited()) {
            EchoServer.runInherited(tls.options)
        } else if (style.isAwait) {
            BlockingEcho.server(address.endpoint, tls.options)
        } else {
            EchoServer.run(address.endpoint, tls.options)
        }
    }

    override suspend fun kotlin() {
        if (isInherited()) {
            inheritedEchoServer(tls.options)
        } else {
            echoServer(address.endpoint, tls.options)
        }
    }

    private fun isInherited(): Boolean {
        if (inherited) address.requireNone("--inherited")
        return inherited
    }
}

@Command(name = "echo-client", description = ["Sends a message and shows the answer."])
class EchoClientCommand : Sample() {
    @Mixin
    private lateinit var address: Address

    @Mixin
    private lateinit var tls: ClientTls

    @Option(
        names = ["--message"],
        paramLabel = "TEXT",
        description = ["default: \${DEFAULT-VALUE}"],
    )
    private var message = "Hello World!"

    @Mixin
    private lateinit var style: JavaStyle

    override fun java() {
        val options = tls.options(address.endpoint)
        if (style.isAwait) {
            BlockingEcho.client(message, address.endpoint, options)
        } else {
            EchoClient.run(message, address.endpoint, options).join()
        }
    }

    override suspend fun kotlin() =
        echoClient(message, address.endpoint, tls.options(address.endpoint))
}

@Command(
    name = "http-headers",
    description = ["Shows the header lines of an HTTP response."],
)
class HttpHeadersCommand : Sample() {
    @Parameters(paramLabel = "URL", description = ["For example https://example.org/"])
    private lateinit var text: String

    private val url: URI
        get() {
            val url = URI.create(URI.create(text).toASCIIString())
            require(url.scheme in setOf("http", "https") && url.host != null) {
                "$text is neither an http://host/ nor an https://host/ address"
            }
            return url
        }

    @Option(
        names = ["--tls-ca"],
        paramLabel = "FILE",
        description = ["CA certificates to trust, in PEM, instead of the JDK's."],
    )
    private var authorities: Path? = null

    private val trust get() = authorities?.let(TlsOptions::trusting) ?: TlsOptions.defaults()

    override fun java() {
        HttpHeaders.run(url, trust).join()
    }

    override suspend fun kotlin() = httpHeaders(url, trust)
}

@Command(
    name = "chat-server",
    description = [
        "Sends each client's lines to all other clients.",
        "Port 0 picks a free port.",
    ],
)
class ChatServerCommand : Sample() {
    @Mixin
    private lateinit var address: Address

    @Mixin
    private lateinit var tls: ServerTls

    override fun java() = ChatServer.run(address.endpoint, tls.options)

    override suspend fun kotlin() = chatServer(address.endpoint, tls.options)
}

@Command(
    name = "tcp-proxy",
    description = [
        "Forwards connections to another server.",
        "Each address is PORT, HOST:PORT or unix:PATH.",
    ],
)
class TcpProxyCommand : Sample() {
    @Spec
    private lateinit var command: CommandSpec

    @Option(
        names = ["--unix"],
        paramLabel = "PATH",
        description = ["A Unix domain socket to listen on, instead of LISTEN."],
    )
    private var unix: Path? = null

    @Parameters(
        paramLabel = "[LISTEN] TARGET",
        arity = "1..2",
        hideParamSyntax = true,
        description = ["Where to listen (port 0 picks a free port), and where to connect."],
    )
    private lateinit var addresses: List<Endpoint>

    private val listen: Endpoint
        get() {
            val path = unix
            if (addresses.size != if (path == null) 2 else 1) {
                val text = "give LISTEN and TARGET, or --unix PATH and TARGET"
                throw ParameterException(command.commandLine(), text)
            }
            return if (path == null) addresses.first() else UnixPath(path)
        }

    override fun java() = TcpProxy.run(listen, addresses.last())

    override suspend fun kotlin() = tcpProxy(listen, addresses.last())
}

@Command(
    name = "wait-for-data",
    description = ["Waits for data on a socket that is already open."],
)
class WaitForDataCommand : Sample() {
    override fun java() = WaitForData.run()

    override suspend fun kotlin() = waitForData()
}

@Command(
    name = "starttls-demo",
    description = [
        "Shows a connection that switches to TLS.",
        "The client is in one language (--lang), the server in the other. The subcommands run " +
            "the two ends separately.",
    ],
    subcommands = [StartTlsServerCommand::class, StartTlsClientCommand::class],
)
class StartTlsDemoCommand : Sample() {
    @Mixin
    private lateinit var tls: DemoTls

    override fun java() = runBlocking { javaStartTlsDemo(tls.required()) }

    override suspend fun kotlin() = kotlinStartTlsDemo(tls.required())
}

@Command(
    name = "server",
    description = ["Speaks a little SMTP, with STARTTLS.", "Port 0 picks a free port."],
)
class StartTlsServerCommand : Sample() {
    @Mixin
    private lateinit var address: Address

    @Mixin
    private lateinit var tls: ServerTls

    override fun java() = StartTlsServer.run(address.endpoint, tls.required())

    override suspend fun kotlin() = startTlsServer(address.endpoint, tls.required())
}

@Command(name = "client", description = ["Talks to an SMTP server, over TLS after STARTTLS."])
class StartTlsClientCommand : Sample() {
    @Mixin
    private lateinit var address: Address

    @Mixin
    private lateinit var tls: ClientTls

    override fun java() = address.endpoint.let { StartTlsClient.run(it, tls.required(it)) }

    override suspend fun kotlin() = address.endpoint.let { startTlsClient(it, tls.required(it)) }
}
