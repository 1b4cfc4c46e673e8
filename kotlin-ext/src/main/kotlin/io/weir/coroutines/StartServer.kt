package io.weir.coroutines

import io.weir.AddressFamily
import io.weir.AsyncRuntime
import io.weir.AsyncStreams
import io.weir.ConnectionHandler
import io.weir.ConnectionObserver
import io.weir.ErrorListener
import io.weir.ServerOptions
import io.weir.TlsOptions
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.isActive
import java.net.SocketOption
import java.nio.channels.AsynchronousServerSocketChannel
import java.nio.channels.ServerSocketChannel
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import kotlin.time.Duration
import kotlin.time.toKotlinDuration
import io.weir.Server as JavaServer

/**
 * Starts a server on TCP. It listens on every address of the host, and with a [host] of null or "" on all
 * interfaces. With a [port] of 0 the kernel chooses a free port, which is [Server.port].
 *
 * Addresses that this machine does not have are skipped if another one can be bound. [Server.sockets]
 * returns the bound ones. If an address is in use or not permitted, none stays bound, and the call fails.
 *
 * **Structure.** The server belongs to [scope], by default to the coroutine that starts it, and its
 * [handler]s are children of that scope's job. The children are supervised: the failure of one affects no
 * other, goes to [onError] and closes its connection. The job completes only after the server is closed and
 * its connections have closed.
 *
 * A block such as `withContext`, `coroutineScope`, `async` or `withTimeout` is a separate coroutine. A server
 * that is started in it without a [scope] belongs to the block, which does not return while the server is
 * open:
 *
 * ```
 * val server = withTimeout(5.seconds) { startServer(host, port, handler = ::echo) } // always times out
 * ```
 *
 * Pass the scope that the server is to live in. Handlers run on the dispatcher of that scope:
 *
 * ```
 * coroutineScope {
 *     val scope = this
 *     val server =
 *         withTimeout(5.seconds) { startServer(host, port, scope = scope, handler = ::echo) }
 *     server.use { it.serveForever() }
 * }
 * ```
 *
 * **Cancelling** the scope stops accepting, cancels the handlers, and closes the connections when
 * their handlers have completed. With a [shutdownGrace] it shuts the server down first. The
 * handlers of a server with a [shutdownGrace] are not children of the scope's job, which still
 * waits for them. Cancelling the calling coroutine cancels the start. Later it affects the server
 * only if the server belongs to that coroutine.
 *
 * A handler counts as cancelled only when its own job is cancelled. When its `withTimeout` expires, or when it
 * awaits a `Deferred` that another coroutine has cancelled, [onError] receives an [IllegalStateException] with
 * the [kotlinx.coroutines.CancellationException] as its cause.
 *
 * ```
 * val echo = closing { reader, writer -> for (line in reader) writer.send(line) }
 * startServer("127.0.0.1", 8888, handler = echo).use { it.serveForever() }
 * ```
 *
 * asyncio: `start_server`.
 *
 * @param host the interface to listen on, by name or address
 * @param port the port, from 1 to 65535, or 0
 * @param limit the limit of each connection's reader, in bytes, more than 0
 * @param backlog the accept backlog: how many connections the kernel queues until they are accepted, more
 *   than 0
 * @param startServing whether to accept at once; otherwise [Server.startServing] or [Server.serveForever]
 *   starts accepting
 * @param tls the TLS options with a certificate; null for no TLS. TLS starts with the first byte. The
 *   [handler] runs after the TLS handshake, and failed handshakes go to [onError]. [Server.updateTls]
 *   replaces the certificate later
 * @param onError receives the errors that no call throws, for example of TLS handshakes and
 *   handlers; by default they are logged
 * @param reuseAddress whether to set `SO_REUSEADDR`: an address can then be bound while connections of a
 *   previous server on it are still closing
 * @param reusePort whether to set `SO_REUSEPORT`: servers that all set it can listen on one port. Where the
 *   system does not support the option, the call fails with an IOException that names it
 * @param family the family of the addresses to listen on. On all interfaces the JDK has one socket for both
 *   families, so a family other than ANY throws [IllegalArgumentException]
 * @param maxConnections the maximum number of open connections, more than 0. Others wait in the kernel's
 *   backlog, and up to one per listening socket in the server
 * @param socketOptions the socket options of every accepted connection, for example
 *   `mapOf(StandardSocketOptions.SO_KEEPALIVE to true)`. When an option cannot be set, the connection is
 *   closed, and [onError] receives an IOException that names the option
 * @param idleTimeout the maximum time without traffic in either direction, after which a connection is
 *   terminated; null for no limit
 * @param readTimeout the maximum time of one pending read, after which its connection is terminated; null
 *   for no limit. A peer that sends single bytes does not extend it
 * @param writeTimeout the maximum time for which the kernel accepts none of the queued bytes, because the
 *   peer does not read, after which its connection is terminated; null for no limit
 * @param observer observes the connections, for metrics; null for none
 * @param runtime the runtime of the server and its connections
 * @param scope the scope that the server belongs to; null for the coroutine that starts it
 * @param shutdownGrace the maximum time of the shutdown when the scope is cancelled, see
 *   [Server.shutdown]; handlers that still run afterwards are cancelled. Zero cancels the handlers at once
 * @param handler serves a connection, which stays open when the handler returns, see [closing]
 * @throws java.net.UnknownHostException when the host has no address
 * @throws java.net.BindException when an address is in use or not permitted, or this machine has none of them
 * @throws IllegalStateException when [scope] is cancelled or has completed
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
    writeTimeout: Duration? = ServerOptions.DEFAULTS.writeTimeout()?.toKotlinDuration(),
    observer: ConnectionObserver? = ServerOptions.DEFAULTS.observer(),
    runtime: AsyncRuntime = ServerOptions.DEFAULTS.runtime(),
    scope: CoroutineScope? = null,
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
        writeTimeout = writeTimeout,
        observer = observer,
        runtime = runtime,
        scope = scope,
        shutdownGrace = shutdownGrace,
        handler = handler,
    )

/**
 * Starts a server on several hosts. It listens on every address of each host, and binds a shared address
 * once. Addresses that this machine does not have are skipped if any other one can be bound. If an address
 * is in use or not permitted, none stays bound. With a [port] of 0 all addresses get the same port.
 *
 * Otherwise equivalent to [startServer] with one host.
 *
 * asyncio: `start_server` with a sequence of hosts.
 *
 * @param hosts the interfaces to listen on, at least one, by name or address; null or "" for all interfaces
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
    writeTimeout: Duration? = ServerOptions.DEFAULTS.writeTimeout()?.toKotlinDuration(),
    observer: ConnectionObserver? = ServerOptions.DEFAULTS.observer(),
    runtime: AsyncRuntime = ServerOptions.DEFAULTS.runtime(),
    scope: CoroutineScope? = null,
    shutdownGrace: Duration = Duration.ZERO,
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server {
    val options =
        serverOptions(limit, startServing, tls, onError, maxConnections, socketOptions)
            .withTimeouts(idleTimeout, readTimeout, writeTimeout)
            .withObserver(observer)
            .withRuntime(runtime)
            .withBacklog(backlog)
            .withReuseAddress(reuseAddress)
            .withReusePort(reusePort)
            .withFamily(family)
    return serve(
        handler,
        scope,
        shutdownGrace,
    ) { AsyncStreams.startServer(it, hosts, port, options) }
}

/**
 * Starts a server on a Unix domain socket. It belongs to its scope, by default the coroutine that starts
 * it, like a server on TCP.
 *
 * A stale socket at the path, on which no server listens, is replaced. Anything else at the path is kept,
 * and the call fails. Closing the server deletes the file if it is still the server's own.
 *
 * ```
 * val server = startUnixServer(path, socketMode = "rw-------") { reader, writer ->
 *     writer.write(reader.readLine())
 *     writer.close()
 * }
 * server.use { it.serveForever() }
 * ```
 *
 * The other parameters are those of [startServer] with a host.
 *
 * asyncio: `start_unix_server`.
 *
 * @param path the file of the socket, which is created
 * @param socketMode the permissions of the file in the format of `ls`, for example `rw-------`; null for
 *   the process's default. A client needs write permission to connect
 * @param cleanupSocket whether closing the server deletes the file
 * @throws java.net.BindException when a server listens at the path, or another file exists there
 */
public suspend fun startUnixServer(
    path: Path,
    limit: Int = ServerOptions.DEFAULTS.limit(),
    backlog: Int = ServerOptions.DEFAULTS.backlog(),
    startServing: Boolean = ServerOptions.DEFAULTS.startServing(),
    socketMode: String? = null,
    cleanupSocket: Boolean = true,
    tls: TlsOptions? = ServerOptions.DEFAULTS.tls(),
    onError: ErrorListener = ServerOptions.DEFAULTS.errorListener(),
    maxConnections: Int = ServerOptions.DEFAULTS.maxConnections(),
    socketOptions: Map<out SocketOption<*>, Any> = emptyMap(),
    idleTimeout: Duration? = ServerOptions.DEFAULTS.idleTimeout()?.toKotlinDuration(),
    readTimeout: Duration? = ServerOptions.DEFAULTS.readTimeout()?.toKotlinDuration(),
    writeTimeout: Duration? = ServerOptions.DEFAULTS.writeTimeout()?.toKotlinDuration(),
    observer: ConnectionObserver? = ServerOptions.DEFAULTS.observer(),
    runtime: AsyncRuntime = ServerOptions.DEFAULTS.runtime(),
    scope: CoroutineScope? = null,
    shutdownGrace: Duration = Duration.ZERO,
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server {
    val options =
        serverOptions(limit, startServing, tls, onError, maxConnections, socketOptions)
            .withTimeouts(idleTimeout, readTimeout, writeTimeout)
            .withObserver(observer)
            .withRuntime(runtime)
            .withBacklog(backlog)
            .withCleanupSocket(cleanupSocket)
            .ifNotNull(socketMode) { withSocketMode(it) }
    return serve(handler, scope, shutdownGrace) { AsyncStreams.startUnixServer(it, path, options) }
}

/**
 * Starts a server on a bound channel. The channel belongs to the server from now on: do not use or close
 * it. When the call fails, the channel is closed, with two exceptions. When another argument is rejected (a
 * [limit] of 0, TLS without a certificate), the channel stays open and belongs to the caller. A channel that
 * was adopted before still belongs to its server, and is not closed. The new server belongs to its scope.
 *
 * With `System.inheritedChannel()` this is socket activation: a supervisor binds the socket and passes it
 * as the standard input, to one process after another.
 *
 * The other parameters are those of [startServer] with a host.
 *
 * asyncio: `start_server(sock=…)`, `start_unix_server(sock=…)`.
 *
 * @param channel a bound channel, of TCP or of a Unix domain socket
 * @param cleanupSocket whether closing the server deletes the file of a Unix domain socket. By default it is
 *   kept, because it belongs to the program or supervisor that has bound the channel
 * @throws IllegalArgumentException when the channel is not bound, or another argument is rejected
 * @throws IllegalStateException when the channel was adopted before; that server is not affected
 */
public suspend fun startServer(
    channel: ServerSocketChannel,
    limit: Int = ServerOptions.DEFAULTS.limit(),
    startServing: Boolean = ServerOptions.DEFAULTS.startServing(),
    cleanupSocket: Boolean = false,
    tls: TlsOptions? = ServerOptions.DEFAULTS.tls(),
    onError: ErrorListener = ServerOptions.DEFAULTS.errorListener(),
    maxConnections: Int = ServerOptions.DEFAULTS.maxConnections(),
    socketOptions: Map<out SocketOption<*>, Any> = emptyMap(),
    idleTimeout: Duration? = ServerOptions.DEFAULTS.idleTimeout()?.toKotlinDuration(),
    readTimeout: Duration? = ServerOptions.DEFAULTS.readTimeout()?.toKotlinDuration(),
    writeTimeout: Duration? = ServerOptions.DEFAULTS.writeTimeout()?.toKotlinDuration(),
    observer: ConnectionObserver? = ServerOptions.DEFAULTS.observer(),
    runtime: AsyncRuntime = ServerOptions.DEFAULTS.runtime(),
    scope: CoroutineScope? = null,
    shutdownGrace: Duration = Duration.ZERO,
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server {
    val options =
        serverOptions(limit, startServing, tls, onError, maxConnections, socketOptions)
            .withTimeouts(idleTimeout, readTimeout, writeTimeout)
            .withObserver(observer)
            .withRuntime(runtime)
            .withCleanupSocket(cleanupSocket)
    return serve(handler, scope, shutdownGrace) { AsyncStreams.startServer(it, channel, options) }
}

/**
 * Starts a server on a bound channel, which stays on the threads of its own channel group. Otherwise
 * equivalent to [startServer] with a [ServerSocketChannel].
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
    writeTimeout: Duration? = ServerOptions.DEFAULTS.writeTimeout()?.toKotlinDuration(),
    observer: ConnectionObserver? = ServerOptions.DEFAULTS.observer(),
    runtime: AsyncRuntime = ServerOptions.DEFAULTS.runtime(),
    scope: CoroutineScope? = null,
    shutdownGrace: Duration = Duration.ZERO,
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): Server {
    val options =
        serverOptions(limit, startServing, tls, onError, maxConnections, socketOptions)
            .withTimeouts(idleTimeout, readTimeout, writeTimeout)
            .withObserver(observer)
            .withRuntime(runtime)
    return serve(handler, scope, shutdownGrace) { AsyncStreams.startServer(it, channel, options) }
}

/**
 * Wraps a handler so that its connection is closed, as by [StreamWriter.close], when the handler returns.
 * The bytes that it has written are still sent. When it throws or is cancelled, the connection is closed as
 * with any other handler.
 *
 * ```
 * startServer("127.0.0.1", 8888, handler = closing { reader, writer -> writer.send(reader.readLine()) })
 * ```
 *
 * asyncio: `try: ... finally: writer.close()`.
 *
 * @param handler serves a connection
 */
public fun closing(
    handler: suspend (StreamReader, StreamWriter) -> Unit,
): suspend (StreamReader, StreamWriter) -> Unit =
    { reader, writer ->
        handler(reader, writer)
        writer.close()
    }

private suspend fun serve(
    handler: suspend (StreamReader, StreamWriter) -> Unit,
    scope: CoroutineScope?,
    shutdownGrace: Duration,
    start: (ConnectionHandler) -> CompletableFuture<JavaServer>,
): Server {
    val coroutines =
        ServerScope(scope?.coroutineContext ?: currentCoroutineContext(), shutdownGrace)
    val server =
        coroutines.adopt {
            start(coroutines.handler(handler))
        } // the server owns the channel from here on
    check(scope?.isActive != false) {
        // the completion of the scope has closed the server
        "The scope of the server is cancelled or has completed: $scope"
    }
    return server
}
