package io.weir.samples

import io.weir.ErrorListener
import io.weir.ServerOptions
import io.weir.coroutines.Server
import io.weir.coroutines.StreamConnection
import io.weir.coroutines.StreamReader
import io.weir.coroutines.StreamWriter
import io.weir.coroutines.openConnection
import io.weir.coroutines.openUnixConnection
import io.weir.coroutines.startServer
import io.weir.coroutines.startUnixServer

/** Connects over TCP or to a Unix domain socket. */
suspend fun connectTo(endpoint: Endpoint): StreamConnection =
    when (endpoint) {
        is HostPort -> openConnection(endpoint.host, endpoint.port)
        is UnixPath -> openUnixConnection(endpoint.path)
    }

/** Listens on TCP or on a Unix domain socket. */
suspend fun listenOn(
    endpoint: Endpoint,
    onError: ErrorListener = ServerOptions.DEFAULTS.errorListener(),
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server =
    when (endpoint) {
        is HostPort -> {
            startServer(
                endpoint.host,
                endpoint.port,
                onError = onError,
                handler = handler,
            )
        }

        is UnixPath -> {
            startUnixServer(endpoint.path, onError = onError, handler = handler)
        }
    }
