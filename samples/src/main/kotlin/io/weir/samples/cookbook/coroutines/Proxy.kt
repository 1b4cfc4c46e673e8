package io.weir.samples.cookbook.coroutines

import io.weir.TlsOptions
import io.weir.coroutines.Server
import io.weir.coroutines.StreamConnection
import io.weir.coroutines.join
import io.weir.coroutines.openConnection
import io.weir.coroutines.startServer
import kotlinx.coroutines.runBlocking
import java.nio.file.Path
import kotlin.time.Duration.Companion.seconds

/**
 * Starts a server that forwards connections to another, in the clear. With TLS options the proxy
 * terminates TLS, and the other server needs no certificate.
 */
suspend fun startProxy(
    host: String,
    port: Int,
    tls: TlsOptions?,
    targetHost: String,
    targetPort: Int,
): Server =
    startServer(host, port, tls = tls) { reader, writer ->
        openConnection(targetHost, targetPort, connectTimeout = 5.seconds).use { target ->
            join(StreamConnection(reader, writer), target)
        }
    }

fun main() =
    runBlocking {
        val tls = TlsOptions.fromPem(Path.of("cert.pem"), Path.of("key.pem"))
        startProxy("127.0.0.1", 8443, tls, "127.0.0.1", 8080).use { it.serveForever() }
    }
