package io.weir.coroutines

import io.weir.AsyncStreams
import io.weir.ConnectOptions
import io.weir.ErrorListener
import io.weir.ServerOptions
import kotlinx.coroutines.currentCoroutineContext

/**
 * Connects to a peer over TCP.
 *
 * ```
 * val (reader, writer) = openConnection("localhost", 8888)
 * ```
 *
 * Cancelling the coroutine, at any instant, leaves no socket open.
 *
 * asyncio: `open_connection`.
 *
 * @param host the peer's name or address
 * @param port the peer's port, from 1 to 65535
 * @param limit the reader's limit, in bytes, more than 0: how long a line can be, and half of what is
 *   buffered at most
 * @throws java.net.UnknownHostException when the host has no address
 * @throws java.net.ConnectException when no address of the host can be connected to
 */
public suspend fun openConnection(
    host: String,
    port: Int,
    limit: Int = ConnectOptions.DEFAULTS.limit(),
): StreamConnection {
    val options = ConnectOptions.DEFAULTS.withLimit(limit)
    return StreamConnection(
        AsyncStreams
            .openConnection(
                host,
                port,
                options,
            ).awaitOrRelease { it.writer().transport().abort() },
    )
}

/**
 * Starts a server on TCP; with a [host] of null or "" on all interfaces, with a [port] of 0 on one that
 * is free, which `server.sockets` tells.
 *
 * The server belongs to the coroutine that starts it. Its [handler]s are children of that coroutine, of
 * which one that fails touches no other: its error goes to [onError] and its connection is closed. The
 * coroutine is not over before the server is closed and its connections have ended. Cancelling it stops
 * accepting, cancels the handlers, and closes the connections when the handlers have ended.
 *
 * ```
 * val server = startServer("127.0.0.1", 8888) { reader, writer ->
 *     for (line in reader) {
 *         writer.write(line)
 *         writer.drain()
 *     }
 *     writer.close()
 * }
 * server.use { it.serveForever() }
 * ```
 *
 * asyncio: `start_server`.
 *
 * @param host the interface to listen on, by name or address
 * @param port from 1 to 65535, or 0
 * @param limit the limit of each connection's reader, in bytes, more than 0
 * @param backlog how many connections the kernel keeps until they are accepted, more than 0
 * @param startServing whether to accept at once, or with [Server.startServing] or [Server.serveForever]
 * @param onError is told what has nobody else to be told to; by default it is logged
 * @param handler serves a connection; its end does not close the connection
 * @throws java.net.UnknownHostException when the host has no address
 * @throws java.net.BindException when an address cannot be bound
 */
public suspend fun startServer(
    host: String?,
    port: Int,
    limit: Int = ServerOptions.DEFAULTS.limit(),
    backlog: Int = ServerOptions.DEFAULTS.backlog(),
    startServing: Boolean = ServerOptions.DEFAULTS.startServing(),
    onError: ErrorListener = ServerOptions.DEFAULTS.errorListener(),
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server {
    val options =
        ServerOptions.DEFAULTS
            .withLimit(limit)
            .withBacklog(backlog)
            .withStartServing(startServing)
            .withErrorListener(onError)
    val family = HandlerFamily(currentCoroutineContext())
    return family.adopt { AsyncStreams.startServer(family.handler(handler), host, port, options) }
}
