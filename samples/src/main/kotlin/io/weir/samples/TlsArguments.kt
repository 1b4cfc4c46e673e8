package io.weir.samples

import io.weir.ClientAuth
import io.weir.TlsOptions
import picocli.CommandLine.Mixin
import picocli.CommandLine.Model.CommandSpec
import picocli.CommandLine.Option
import picocli.CommandLine.ParameterException
import picocli.CommandLine.Spec
import java.nio.file.Path

/** A certificate and its key, in files. */
class Certificate {
    @Spec(Spec.Target.MIXEE)
    private lateinit var command: CommandSpec

    @Option(
        names = ["--tls-cert"],
        paramLabel = "FILE",
        description = ["The certificate to show, in PEM; speaks TLS."],
    )
    private var certificate: Path? = null

    @Option(names = ["--tls-key"], paramLabel = "FILE", description = ["Its key, in PEM."])
    private var key: Path? = null

    val isGiven get() = certificate != null || key != null

    /** Puts it into options, if it is given. */
    fun addTo(options: TlsOptions): TlsOptions {
        if (!isGiven) return options
        val chain = certificate ?: badUsage("--tls-key needs --tls-cert besides")
        return options.withCertificate(chain, key ?: badUsage("--tls-cert needs --tls-key besides"))
    }

    fun badUsage(text: String): Nothing = throw ParameterException(command.commandLine(), text)
}

/** How a server speaks TLS, if it does. */
class ServerTls {
    @Mixin
    private lateinit var certificate: Certificate

    @Option(
        names = ["--tls-ca"],
        paramLabel = "FILE",
        description = [
            "Authorities, in PEM: clients must then show a certificate that one of them has signed.",
        ],
    )
    private var authorities: Path? = null

    val options: TlsOptions?
        get() {
            if (certificate.isGiven) return certificate.addTo(ofClients())
            if (authorities != null) certificate.badUsage("--tls-ca needs --tls-cert besides")
            return null
        }

    /** For a server that is about TLS. */
    fun required(): TlsOptions =
        options ?: certificate.badUsage("it needs --tls-cert and --tls-key")

    private fun ofClients(): TlsOptions =
        authorities?.let { TlsOptions.trusting(it).withClientAuth(ClientAuth.REQUIRED) }
            ?: TlsOptions.defaults()
}

/** How a client speaks TLS, if it does. */
class ClientTls {
    @Mixin
    private lateinit var certificate: Certificate

    @Option(
        names = ["--tls"],
        description = ["Speaks TLS; trusts the authorities of the JDK, unless others are given."],
    )
    private var isWanted = false

    @Option(
        names = ["--tls-ca"],
        paramLabel = "FILE",
        description = ["Authorities to trust, in PEM; speaks TLS."],
    )
    private var authorities: Path? = null

    @Option(
        names = ["--tls-name"],
        paramLabel = "NAME",
        description = [
            "The name in the server's certificate; default: the host, for a Unix domain socket " +
                DEFAULT_NAME,
        ],
    )
    private var name: String? = null

    /** How to speak TLS with a server; null for not at all. */
    fun options(server: Endpoint): TlsOptions? =
        if (isWanted || authorities != null || certificate.isGiven) {
            required(server)
        } else {
            if (name != null) certificate.badUsage("--tls-name needs --tls besides")
            null
        }

    /** How to speak TLS with a server, for a client that does in any case. */
    fun required(server: Endpoint): TlsOptions {
        val trust = authorities?.let(TlsOptions::trusting) ?: TlsOptions.defaults()
        val name = name ?: if (server is UnixPath) DEFAULT_NAME else null
        return certificate.addTo(if (name == null) trust else trust.withServerHostname(name))
    }

    private companion object {
        const val DEFAULT_NAME = "localhost"
    }
}

/** How the two ends of a demo speak TLS. */
class TlsPair(
    val server: TlsOptions,
    val client: TlsOptions,
)

/** How the two ends of a demo speak TLS, if they do. */
class DemoTls {
    @Mixin
    private lateinit var certificate: Certificate

    @Option(
        names = ["--tls-ca"],
        paramLabel = "FILE",
        description = ["Authorities that the client trusts, in PEM."],
    )
    private var authorities: Path? = null

    val options: TlsPair?
        get() = if (certificate.isGiven || authorities != null) required() else null

    /** For a demo that is about TLS. */
    fun required(): TlsPair {
        val trusted = authorities
        if (trusted == null || !certificate.isGiven) {
            certificate.badUsage("the demo needs --tls-cert, --tls-key and --tls-ca for TLS")
        }
        return TlsPair(certificate.addTo(TlsOptions.defaults()), TlsOptions.trusting(trusted))
    }
}
