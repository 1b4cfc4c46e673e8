package io.weir.coroutines

import io.weir.AsyncStreams
import io.weir.ConnectOptions
import io.weir.ConnectionHandler
import io.weir.ErrorListener
import io.weir.ServerOptions
import io.weir.TlsOptions
import kotlinx.coroutines.currentCoroutineContext
import java.nio.channels.AsynchronousServerSocketChannel
import java.nio.channels.AsynchronousSocketChannel
import java.nio.channels.ServerSocketChannel
import java.nio.channels.SocketChannel
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import io.weir.Server as JavaServer
import io.weir.StreamConnection as JavaStreamConnection

/**
 * Connects to a peer over TCP.
 *
 * ```
 * val (reader, writer) = openConnection("localhost", 8888)
 * ```
 *
 * Over TLS the connection is there when hands have been shaken:
 *
 * ```
 * val (reader, writer) = openConnection("example.org", 443, tls = TlsOptions.defaults())
 * ```
 *
 * Cancelling the coroutine, at any instant, also in the handshake, leaves no socket open.
 *
 * asyncio: `open_connection`; `ssl=` and all that begins with `ssl_` is in [tls].
 *
 * @param host the peer's name or address
 * @param port the peer's port, from 1 to 65535
 * @param limit the reader's limit, in bytes, more than 0: how long a line can be, and half of what is
 *   buffered at most
 * @param tls how to speak TLS, from the first byte; null for not at all. The server's certificate must
 *   have the name [host], unless the options say another
 * @throws java.net.UnknownHostException when the host has no address
 * @throws java.net.ConnectException when no address of the host can be connected to
 * @throws io.weir.TlsException when the handshake fails
 */
public suspend fun openConnection(
    host: String,
    port: Int,
    limit: Int = ConnectOptions.DEFAULTS.limit(),
    tls: TlsOptions? = ConnectOptions.DEFAULTS.tls(),
): StreamConnection {
    val options = connectOptions(limit, tls)
    return open { AsyncStreams.openConnection(host, port, options) }
}

/**
 * Connects to a Unix domain socket.
 *
 * ```
 * val (reader, writer) = openUnixConnection(Path.of("/run/app/socket"))
 * ```
 *
 * Cancelling the coroutine, at any instant, leaves no socket open.
 *
 * asyncio: `open_unix_connection`.
 *
 * @param path the socket's file
 * @param limit the reader's limit, in bytes, more than 0: how long a line can be, and half of what is
 *   buffered at most
 * @param tls how to speak TLS, from the first byte; null for not at all. There is no host to check: the
 *   options must say the server's name, with `withServerHostname`
 * @throws java.nio.file.NoSuchFileException when there is nothing at the path
 * @throws java.net.ConnectException when nobody listens at the path, it is no socket or too long, or
 *   permission is missing
 * @throws io.weir.TlsException when the handshake fails
 */
public suspend fun openUnixConnection(
    path: Path,
    limit: Int = ConnectOptions.DEFAULTS.limit(),
    tls: TlsOptions? = ConnectOptions.DEFAULTS.tls(),
): StreamConnection {
    val options = connectOptions(limit, tls)
    return open { AsyncStreams.openUnixConnection(path, options) }
}

/**
 * Makes a connection of a connected channel, which belongs to the connection from then on, also when
 * this fails: do not use or close it. It is made non-blocking.
 *
 * Cancelling the coroutine, at any instant, closes the channel.
 *
 * asyncio: `open_connection(sock=…)`, `open_unix_connection(sock=…)`.
 *
 * @param channel a connected channel, of TCP or of a Unix domain socket
 * @param limit the reader's limit, in bytes, more than 0: how long a line can be, and half of what is
 *   buffered at most
 * @param tls how to speak TLS, from the first byte; null for not at all. There is no host to check: the
 *   options must say the server's name, with `withServerHostname`
 * @throws io.weir.TlsException when the handshake fails
 * @throws IllegalArgumentException when the channel is not connected
 */
public suspend fun openConnection(
    channel: SocketChannel,
    limit: Int = ConnectOptions.DEFAULTS.limit(),
    tls: TlsOptions? = ConnectOptions.DEFAULTS.tls(),
): StreamConnection {
    val options = connectOptions(limit, tls)
    return open { AsyncStreams.openConnection(channel, options) }
}

/**
 * Makes a connection of a connected channel, which belongs to the connection from then on, also when
 * this fails: do not use or close it. It stays on the threads of its own group.
 *
 * Cancelling the coroutine, at any instant, closes the channel.
 *
 * asyncio: `open_connection(sock=…)`.
 *
 * @param channel a connected channel
 * @param limit the reader's limit, in bytes, more than 0: how long a line can be, and half of what is
 *   buffered at most
 * @param tls how to speak TLS, from the first byte; null for not at all. There is no host to check: the
 *   options must say the server's name, with `withServerHostname`
 * @throws io.weir.TlsException when the handshake fails
 * @throws IllegalArgumentException when the channel is not connected
 */
public suspend fun openConnection(
    channel: AsynchronousSocketChannel,
    limit: Int = ConnectOptions.DEFAULTS.limit(),
    tls: TlsOptions? = ConnectOptions.DEFAULTS.tls(),
): StreamConnection {
    val options = connectOptions(limit, tls)
    return open { AsyncStreams.openConnection(channel, options) }
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
 * @param tls how to speak TLS, from the first byte, with a certificate; null for not at all. The
 *   [handler] gets a connection when hands have been shaken; [onError] is told of handshakes that fail.
 *   [Server.updateTls] changes the certificate later
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
    tls: TlsOptions? = ServerOptions.DEFAULTS.tls(),
    onError: ErrorListener = ServerOptions.DEFAULTS.errorListener(),
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server {
    val options = serverOptions(limit, startServing, tls, onError, backlog)
    return serve(handler) { AsyncStreams.startServer(it, host, port, options) }
}

/**
 * Starts a server on a Unix domain socket. It belongs to the coroutine that starts it, as one on TCP
 * does.
 *
 * A socket that is at the path already is replaced if nobody answers on it. One on which somebody
 * answers, and anything that is no socket, is kept, and the start fails. Closing the server removes the
 * file if it is still the server's own.
 *
 * ```
 * val server = startUnixServer(path, socketMode = "rw-------") { reader, writer ->
 *     writer.write(reader.readLine())
 *     writer.close()
 * }
 * server.use { it.serveForever() }
 * ```
 *
 * asyncio: `start_unix_server`.
 *
 * @param path where to make the socket's file
 * @param limit the limit of each connection's reader, in bytes, more than 0
 * @param backlog how many connections the kernel keeps until they are accepted, more than 0
 * @param startServing whether to accept at once, or with [Server.startServing] or [Server.serveForever]
 * @param socketMode the permissions of the file as `ls` shows them, `rw-------` for instance; null for
 *   those that the process gives to its files. To connect takes the permission to write
 * @param cleanupSocket whether closing the server removes the file
 * @param tls how to speak TLS, from the first byte, with a certificate; null for not at all. The
 *   [handler] gets a connection when hands have been shaken; [onError] is told of handshakes that fail.
 *   [Server.updateTls] changes the certificate later
 * @param onError is told what has nobody else to be told to; by default it is logged
 * @param handler serves a connection; its end does not close the connection
 * @throws java.net.BindException when somebody answers at the path, or something else is there
 */
public suspend fun startUnixServer(
    path: Path,
    limit: Int = ServerOptions.DEFAULTS.limit(),
    backlog: Int = ServerOptions.DEFAULTS.backlog(),
    startServing: Boolean = ServerOptions.DEFAULTS.startServing(),
    socketMode: String? = null,
    cleanupSocket: Boolean = ServerOptions.DEFAULTS.cleanupSocket(),
    tls: TlsOptions? = ServerOptions.DEFAULTS.tls(),
    onError: ErrorListener = ServerOptions.DEFAULTS.errorListener(),
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server {
    val common = serverOptions(limit, startServing, tls, onError, backlog, cleanupSocket)
    val options = if (socketMode == null) common else common.withSocketMode(socketMode)
    return serve(handler) { AsyncStreams.startUnixServer(it, path, options) }
}

/**
 * Starts a server on a bound channel, which belongs to the server from then on, also when this fails.
 * The server belongs to the coroutine that starts it, as one on an address does.
 *
 * With `System.inheritedChannel()` this is socket activation: a supervisor that has bound the socket
 * passes it on as the standard input.
 *
 * asyncio: `start_server(sock=…)`, `start_unix_server(sock=…)`.
 *
 * @param channel a bound channel, of TCP or of a Unix domain socket
 * @param limit the limit of each connection's reader, in bytes, more than 0
 * @param startServing whether to accept at once, or with [Server.startServing] or [Server.serveForever]
 * @param cleanupSocket whether closing the server removes the file of a Unix domain socket
 * @param tls how to speak TLS, from the first byte, with a certificate; null for not at all. The
 *   [handler] gets a connection when hands have been shaken; [onError] is told of handshakes that fail.
 *   [Server.updateTls] changes the certificate later
 * @param onError is told what has nobody else to be told to; by default it is logged
 * @param handler serves a connection; its end does not close the connection
 * @throws IllegalArgumentException when the channel is not bound
 */
public suspend fun startServer(
    channel: ServerSocketChannel,
    limit: Int = ServerOptions.DEFAULTS.limit(),
    startServing: Boolean = ServerOptions.DEFAULTS.startServing(),
    cleanupSocket: Boolean = ServerOptions.DEFAULTS.cleanupSocket(),
    tls: TlsOptions? = ServerOptions.DEFAULTS.tls(),
    onError: ErrorListener = ServerOptions.DEFAULTS.errorListener(),
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server {
    val options = serverOptions(limit, startServing, tls, onError, cleanupSocket = cleanupSocket)
    return serve(handler) { AsyncStreams.startServer(it, channel, options) }
}

/**
 * Starts a server on a bound channel, which belongs to the server from then on, also when this fails.
 * The server belongs to the coroutine that starts it, as one on an address does.
 *
 * asyncio: `start_server(sock=…)`.
 *
 * @param channel a bound channel
 * @param limit the limit of each connection's reader, in bytes, more than 0
 * @param startServing whether to accept at once, or with [Server.startServing] or [Server.serveForever]
 * @param tls how to speak TLS, from the first byte, with a certificate; null for not at all. The
 *   [handler] gets a connection when hands have been shaken; [onError] is told of handshakes that fail.
 *   [Server.updateTls] changes the certificate later
 * @param onError is told what has nobody else to be told to; by default it is logged
 * @param handler serves a connection; its end does not close the connection
 * @throws IllegalArgumentException when the channel is not bound
 */
public suspend fun startServer(
    channel: AsynchronousServerSocketChannel,
    limit: Int = ServerOptions.DEFAULTS.limit(),
    startServing: Boolean = ServerOptions.DEFAULTS.startServing(),
    tls: TlsOptions? = ServerOptions.DEFAULTS.tls(),
    onError: ErrorListener = ServerOptions.DEFAULTS.errorListener(),
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server {
    val options = serverOptions(limit, startServing, tls, onError)
    return serve(handler) { AsyncStreams.startServer(it, channel, options) }
}

private fun connectOptions(
    limit: Int,
    tls: TlsOptions?,
): ConnectOptions {
    val plain = ConnectOptions.DEFAULTS.withLimit(limit)
    return if (tls == null) plain else plain.withTls(tls)
}

private fun serverOptions(
    limit: Int,
    startServing: Boolean,
    tls: TlsOptions?,
    onError: ErrorListener,
    backlog: Int = ServerOptions.DEFAULTS.backlog(),
    cleanupSocket: Boolean = ServerOptions.DEFAULTS.cleanupSocket(),
): ServerOptions {
    val plain =
        ServerOptions.DEFAULTS
            .withLimit(limit)
            .withBacklog(backlog)
            .withStartServing(startServing)
            .withCleanupSocket(cleanupSocket)
            .withErrorListener(onError)
    return if (tls == null) plain else plain.withTls(tls)
}

private suspend fun open(start: () -> CompletableFuture<JavaStreamConnection>) =
    StreamConnection(start().awaitOrRelease { it.writer().transport().abort() })

private suspend fun serve(
    handler: suspend (StreamReader, StreamWriter) -> Unit,
    start: (ConnectionHandler) -> CompletableFuture<JavaServer>,
): Server {
    val family = HandlerFamily(currentCoroutineContext())
    return family.adopt { start(family.handler(handler)) }
}
