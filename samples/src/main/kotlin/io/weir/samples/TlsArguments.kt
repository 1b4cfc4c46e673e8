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
        description = ["The certificate to present, in PEM; turns TLS on."],
    )
    private var certificate: Path? = null

    @Option(names = ["--tls-key"], paramLabel = "FILE", description = ["Its key, in PEM."])
    private var key: Path? = null

    val isGiven get() = certificate != null || key != null

    /** Adds the certificate to [options] if one is given. */
    fun addTo(options: TlsOptions): TlsOptions {
        if (!isGiven) return options
        val chain = certificate ?: badUsage("--tls-key needs --tls-cert")
        return options.withCertificate(chain, key ?: badUsage("--tls-cert needs --tls-key"))
    }

    fun badUsage(text: String): Nothing = throw ParameterException(command.commandLine(), text)
}

/** The TLS options of a server, if any. */
class ServerTls {
    @Mixin
    private lateinit var certificate: Certificate

    @Option(
        names = ["--tls-ca"],
        paramLabel = "FILE",
        description = [
            "CA certificates, in PEM; clients must present a certificate that one of them signed.",
        ],
    )
    private var authorities: Path? = null

    val options: TlsOptions?
        get() {
            if (certificate.isGiven) return certificate.addTo(ofClients())
            if (authorities != null) certificate.badUsage("--tls-ca needs --tls-cert and --tls-key")
            return null
        }

    /** Returns the options of a server that requires TLS. */
    fun required(): TlsOptions =
        options ?: certificate.badUsage("the server needs --tls-cert and --tls-key")

    private fun ofClients(): TlsOptions =
        authorities?.let { TlsOptions.trusting(it).withClientAuth(ClientAuth.REQUIRED) }
            ?: TlsOptions.defaults()
}

/** The TLS options of a client, if any. */
class ClientTls {
    @Mixin
    private lateinit var certificate: Certificate

    @Option(
        names = ["--tls"],
        description = ["Turns TLS on; trusts the CAs of the JDK unless --tls-ca is given."],
    )
    private var isWanted = false

    @Option(
        names = ["--tls-ca"],
        paramLabel = "FILE",
        description = ["CA certificates to trust, in PEM; turns TLS on."],
    )
    private var authorities: Path? = null

    @Option(
        names = ["--tls-name"],
        paramLabel = "NAME",
        description = [
            "The name in the server's certificate; default: the host, or $DEFAULT_NAME for a " +
                "Unix domain socket",
        ],
    )
    private var name: String? = null

    /** Returns the options for TLS with a server, or null for no TLS. */
    fun options(server: Endpoint): TlsOptions? =
        if (isWanted || authorities != null || certificate.isGiven) {
            required(server)
        } else {
            if (name != null) certificate.badUsage("--tls-name needs --tls or --tls-ca")
            null
        }

    /** Returns the options for TLS with a server, for a client that requires TLS. */
    fun required(server: Endpoint): TlsOptions {
        val trust = authorities?.let(TlsOptions::trusting) ?: TlsOptions.defaults()
        val name = name ?: if (server is UnixPath) DEFAULT_NAME else null
        return certificate.addTo(if (name == null) trust else trust.withServerHostname(name))
    }

    private companion object {
        const val DEFAULT_NAME = "localhost"
    }
}

/** The TLS options of the two ends of a demo. */
class TlsPair(
    val server: TlsOptions,
    val client: TlsOptions,
)

/** The TLS options of the two ends of a demo, if any. */
class DemoTls {
    @Mixin
    private lateinit var certificate: Certificate

    @Option(
        names = ["--tls-ca"],
        paramLabel = "FILE",
        description = ["CA certificates that the client trusts, in PEM."],
    )
    private var authorities: Path? = null

    val options: TlsPair?
        get() = if (certificate.isGiven || authorities != null) required() else null

    /** Returns the options of a demo that requires TLS. */
    fun required(): TlsPair {
        val trusted = authorities
        if (trusted == null || !certificate.isGiven) {
            certificate.badUsage("the demo needs --tls-cert, --tls-key and --tls-ca for TLS")
        }
        return TlsPair(certificate.addTo(TlsOptions.defaults()), TlsOptions.trusting(trusted))
    }
}
