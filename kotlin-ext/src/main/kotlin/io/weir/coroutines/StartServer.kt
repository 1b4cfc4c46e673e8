package io.weir.coroutines

import io.weir.AddressFamily
import io.weir.AsyncRuntime
import io.weir.AsyncStreams
import io.weir.ConnectionHandler
import io.weir.ErrorListener
import io.weir.ServerOptions
import io.weir.TlsOptions
import kotlinx.coroutines.currentCoroutineContext
import java.net.SocketOption
import java.nio.channels.AsynchronousServerSocketChannel
import java.nio.channels.ServerSocketChannel
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import kotlin.time.Duration
import kotlin.time.toKotlinDuration
import io.weir.Server as JavaServer

/**
 * Starts a server on TCP; with a [host] of null or "" on all interfaces, with a [port] of 0 on one that
 * is free, which `server.sockets` tells.
 *
 * It listens on every address of the host. One that this machine does not have is left out as long as
 * another can be bound; `server.sockets` tells which are. When one is taken or refused, none is bound.
 *
 * The server belongs to the coroutine that starts it. Its [handler]s are children of that coroutine, of
 * which one that fails touches no other: its error goes to [onError] and its connection is closed. The
 * coroutine is not over before the server is closed and its connections have ended. Cancelling it stops
 * accepting, cancels the handlers, and closes the connections when the handlers have ended; with a
 * [shutdownGrace] it lets them end: they are no children then, but the coroutine waits for them all the
 * same.
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
 * @param reuseAddress whether an address can be bound on which connections of another server are still
 *   ending
 * @param reusePort whether several servers, which all say so, can listen on one port. Where the system
 *   has no such option the start fails, by its name
 * @param family which addresses of the host to listen on. On all interfaces the JDK has one socket for
 *   both, which it cannot limit to one: to name a family there throws [IllegalArgumentException]
 * @param maxConnections how many connections are served at once, more than 0. More than that wait in the
 *   kernel's backlog, and one for each listening socket here, until there is room
 * @param socketOptions options of every connection that is accepted, such as
 *   `mapOf(StandardSocketOptions.SO_KEEPALIVE to true)`. A connection on which one cannot be set is
 *   closed, and [onError] is told its name
 * @param idleTimeout how long a connection may carry nothing, in either direction, until it ends by
 *   itself; null for any time
 * @param readTimeout how long one read may wait until its connection ends by itself, so that nobody holds
 *   a connection with one byte now and then; null for any time
 * @param runtime what carries the server and its connections
 * @param shutdownGrace how long the server may take to end when the coroutine that has started it is
 *   cancelled: it is shut down as by [Server.shutdown], and then the handlers are cancelled that still
 *   run. Zero cancels the handlers at once
 * @param handler serves a connection; its end does not close the connection
 * @throws java.net.UnknownHostException when the host has no address
 * @throws java.net.BindException when an address is taken or refused, or this machine has none of them
 */
public suspend fun startServer(
    host: String?,
    port: Int,
    limit: Int = ServerOptions.DEFAULTS.limit(),
    backlog: Int = ServerOptions.DEFAULTS.backlog(),
    startServing: Boolean = ServerOptions.DEFAULTS.startServing(),
    tls: TlsOptions? = ServerOptions.DEFAULTS.tls(),
    onError: ErrorListener = ServerOptions.DEFAULTS.errorListener(),
    reuseAddress: Boolean = ServerOptions.DEFAULTS.reuseAddress(),
    reusePort: Boolean = ServerOptions.DEFAULTS.reusePort(),
    family: AddressFamily = ServerOptions.DEFAULTS.family(),
    maxConnections: Int = ServerOptions.DEFAULTS.maxConnections(),
    socketOptions: Map<out SocketOption<*>, Any> = emptyMap(),
    idleTimeout: Duration? = ServerOptions.DEFAULTS.idleTimeout()?.toKotlinDuration(),
    readTimeout: Duration? = ServerOptions.DEFAULTS.readTimeout()?.toKotlinDuration(),
    runtime: AsyncRuntime = ServerOptions.DEFAULTS.runtime(),
    shutdownGrace: Duration = Duration.ZERO,
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server =
    startServer(
        listOf(host),
        port,
        limit = limit,
        backlog = backlog,
        startServing = startServing,
        tls = tls,
        onError = onError,
        reuseAddress = reuseAddress,
        reusePort = reusePort,
        family = family,
        maxConnections = maxConnections,
        socketOptions = socketOptions,
        idleTimeout = idleTimeout,
        readTimeout = readTimeout,
        runtime = runtime,
        shutdownGrace = shutdownGrace,
        handler = handler,
    )

/**
 * Starts a server on several hosts. It listens on every address of each; an address that two of them
 * have is bound once. One that this machine does not have is left out as long as any other can be
 * bound; when one is taken or refused, none is bound. With a [port] of 0 all get the same port.
 *
 * All else is as in [startServer] with one host.
 *
 * asyncio: `start_server` with a sequence of hosts.
 *
 * @param hosts the interfaces to listen on, one at least, by name or address; null or "" for all
 */
public suspend fun startServer(
    hosts: List<String?>,
    port: Int,
    limit: Int = ServerOptions.DEFAULTS.limit(),
    backlog: Int = ServerOptions.DEFAULTS.backlog(),
    startServing: Boolean = ServerOptions.DEFAULTS.startServing(),
    tls: TlsOptions? = ServerOptions.DEFAULTS.tls(),
    onError: ErrorListener = ServerOptions.DEFAULTS.errorListener(),
    reuseAddress: Boolean = ServerOptions.DEFAULTS.reuseAddress(),
    reusePort: Boolean = ServerOptions.DEFAULTS.reusePort(),
    family: AddressFamily = ServerOptions.DEFAULTS.family(),
    maxConnections: Int = ServerOptions.DEFAULTS.maxConnections(),
    socketOptions: Map<out SocketOption<*>, Any> = emptyMap(),
    idleTimeout: Duration? = ServerOptions.DEFAULTS.idleTimeout()?.toKotlinDuration(),
    readTimeout: Duration? = ServerOptions.DEFAULTS.readTimeout()?.toKotlinDuration(),
    runtime: AsyncRuntime = ServerOptions.DEFAULTS.runtime(),
    shutdownGrace: Duration = Duration.ZERO,
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server {
    val options =
        serverOptions(limit, startServing, tls, onError, maxConnections, socketOptions)
            .withTimeouts(idleTimeout, readTimeout)
            .withRuntime(runtime)
            .withBacklog(backlog)
            .withReuseAddress(reuseAddress)
            .withReusePort(reusePort)
            .withFamily(family)
    return serve(handler, shutdownGrace) { AsyncStreams.startServer(it, hosts, port, options) }
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
 * What is not told of the parameters is as in [startServer] with a host.
 *
 * asyncio: `start_unix_server`.
 *
 * @param path where to make the socket's file
 * @param socketMode the permissions of the file as `ls` shows them, `rw-------` for instance; null for
 *   those that the process gives to its files. To connect takes the permission to write
 * @param cleanupSocket whether closing the server removes the file
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
    maxConnections: Int = ServerOptions.DEFAULTS.maxConnections(),
    socketOptions: Map<out SocketOption<*>, Any> = emptyMap(),
    idleTimeout: Duration? = ServerOptions.DEFAULTS.idleTimeout()?.toKotlinDuration(),
    readTimeout: Duration? = ServerOptions.DEFAULTS.readTimeout()?.toKotlinDuration(),
    runtime: AsyncRuntime = ServerOptions.DEFAULTS.runtime(),
    shutdownGrace: Duration = Duration.ZERO,
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server {
    val options =
        serverOptions(limit, startServing, tls, onError, maxConnections, socketOptions)
            .withTimeouts(idleTimeout, readTimeout)
            .withRuntime(runtime)
            .withBacklog(backlog)
            .withCleanupSocket(cleanupSocket)
            .ifNotNull(socketMode) { withSocketMode(it) }
    return serve(handler, shutdownGrace) { AsyncStreams.startUnixServer(it, path, options) }
}

/**
 * Starts a server on a bound channel, which belongs to the server from then on, also when this fails.
 * Only when another argument is refused (a [limit] of 0, TLS without a certificate) is it still the
 * caller's. The server belongs to the coroutine that starts it, as one on an address does.
 *
 * With `System.inheritedChannel()` this is socket activation: a supervisor that has bound the socket
 * passes it on as the standard input.
 *
 * What is not told of the parameters is as in [startServer] with a host.
 *
 * asyncio: `start_server(sock=…)`, `start_unix_server(sock=…)`.
 *
 * @param channel a bound channel, of TCP or of a Unix domain socket
 * @param cleanupSocket whether closing the server removes the file of a Unix domain socket
 * @throws IllegalArgumentException when the channel is not bound, or another argument is refused
 * @throws IllegalStateException when the channel has been handed over before; it is left alone
 */
public suspend fun startServer(
    channel: ServerSocketChannel,
    limit: Int = ServerOptions.DEFAULTS.limit(),
    startServing: Boolean = ServerOptions.DEFAULTS.startServing(),
    cleanupSocket: Boolean = ServerOptions.DEFAULTS.cleanupSocket(),
    tls: TlsOptions? = ServerOptions.DEFAULTS.tls(),
    onError: ErrorListener = ServerOptions.DEFAULTS.errorListener(),
    maxConnections: Int = ServerOptions.DEFAULTS.maxConnections(),
    socketOptions: Map<out SocketOption<*>, Any> = emptyMap(),
    idleTimeout: Duration? = ServerOptions.DEFAULTS.idleTimeout()?.toKotlinDuration(),
    readTimeout: Duration? = ServerOptions.DEFAULTS.readTimeout()?.toKotlinDuration(),
    runtime: AsyncRuntime = ServerOptions.DEFAULTS.runtime(),
    shutdownGrace: Duration = Duration.ZERO,
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server {
    val options =
        serverOptions(limit, startServing, tls, onError, maxConnections, socketOptions)
            .withTimeouts(idleTimeout, readTimeout)
            .withRuntime(runtime)
            .withCleanupSocket(cleanupSocket)
    return serve(handler, shutdownGrace) { AsyncStreams.startServer(it, channel, options) }
}

/**
 * Starts a server on a bound channel, which stays on the threads of its own group. All else is as in
 * [startServer] with a [ServerSocketChannel].
 *
 * asyncio: `start_server(sock=…)`.
 *
 * @param channel a bound channel
 */
public suspend fun startServer(
    channel: AsynchronousServerSocketChannel,
    limit: Int = ServerOptions.DEFAULTS.limit(),
    startServing: Boolean = ServerOptions.DEFAULTS.startServing(),
    tls: TlsOptions? = ServerOptions.DEFAULTS.tls(),
    onError: ErrorListener = ServerOptions.DEFAULTS.errorListener(),
    maxConnections: Int = ServerOptions.DEFAULTS.maxConnections(),
    socketOptions: Map<out SocketOption<*>, Any> = emptyMap(),
    idleTimeout: Duration? = ServerOptions.DEFAULTS.idleTimeout()?.toKotlinDuration(),
    readTimeout: Duration? = ServerOptions.DEFAULTS.readTimeout()?.toKotlinDuration(),
    runtime: AsyncRuntime = ServerOptions.DEFAULTS.runtime(),
    shutdownGrace: Duration = Duration.ZERO,
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server {
    val options =
        serverOptions(limit, startServing, tls, onError, maxConnections, socketOptions)
            .withTimeouts(idleTimeout, readTimeout)
            .withRuntime(runtime)
    return serve(handler, shutdownGrace) { AsyncStreams.startServer(it, channel, options) }
}

private suspend fun serve(
    handler: suspend (StreamReader, StreamWriter) -> Unit,
    shutdownGrace: Duration,
    start: (ConnectionHandler) -> CompletableFuture<JavaServer>,
): Server {
    val scope = ServerScope(currentCoroutineContext(), shutdownGrace)
    return scope.adopt { start(scope.handler(handler)) }
}
