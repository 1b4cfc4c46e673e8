package io.weir.samples

import io.weir.ErrorListener
import io.weir.ServerOptions
import io.weir.TlsOptions
import io.weir.coroutines.Server
import io.weir.coroutines.StreamConnection
import io.weir.coroutines.StreamReader
import io.weir.coroutines.StreamWriter
import io.weir.coroutines.openConnection
import io.weir.coroutines.openUnixConnection
import io.weir.coroutines.startServer
import io.weir.coroutines.startUnixServer

/** Connects over TCP or to a Unix domain socket. */
suspend fun connectTo(
    endpoint: Endpoint,
    tls: TlsOptions? = null,
): StreamConnection =
    when (endpoint) {
        is HostPort -> openConnection(endpoint.host, endpoint.port, tls = tls)
        is UnixPath -> openUnixConnection(endpoint.path, tls = tls)
    }

/** Listens on TCP or on a Unix domain socket. */
suspend fun listenOn(
    endpoint: Endpoint,
    tls: TlsOptions? = null,
    onError: ErrorListener = ServerOptions.DEFAULTS.errorListener(),
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server =
    when (endpoint) {
        is HostPort -> {
            startServer(
                endpoint.host,
                endpoint.port,
                tls = tls,
                onError = onError,
                handler = handler,
            )
        }

        is UnixPath -> {
            startUnixServer(endpoint.path, tls = tls, onError = onError, handler = handler)
        }
    }
