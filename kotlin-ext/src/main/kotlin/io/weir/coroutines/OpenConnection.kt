package io.weir.coroutines

import io.weir.AddressFamily
import io.weir.AsyncRuntime
import io.weir.AsyncStreams
import io.weir.ConnectOptions
import io.weir.TlsOptions
import java.net.InetAddress
import java.net.SocketOption
import java.nio.channels.AsynchronousSocketChannel
import java.nio.channels.SocketChannel
import java.nio.file.Path
import java.util.concurrent.CompletableFuture
import kotlin.time.Duration
import kotlin.time.toJavaDuration
import kotlin.time.toKotlinDuration
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
 * The addresses of the host are dialled a little after one another, IPv6 and IPv4 in turns, and the
 * first that answers counts ("happy eyeballs", RFC 8305).
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
 * @param connectTimeout how long it may take to find the addresses, to dial them all and to shake hands
 *   on TLS, more than 0; null for as long as it takes
 * @param happyEyeballsDelay how long the next address waits for the one before it; zero for until that
 *   has failed
 * @param interleave how many addresses of the family that the resolver prefers are dialled before the
 *   first of the other, from where they take turns; 0 leaves the resolver's order
 * @param family which addresses of the host are dialled
 * @param localAddress host and port of this machine to connect from, as in `"127.0.0.2" to 0`, where a
 *   port of 0 is one that is free; null for any. Of a name with several addresses the first counts that
 *   has the family of the address being dialled
 * @param resolver finds the addresses of a host, the best first; null for the JDK. It runs in a child of
 *   this coroutine, and is cancelled when nobody waits for it any more. Hosts that are addresses
 *   themselves are not asked for
 * @param socketOptions options of the socket, which are set before it connects, such as
 *   `mapOf(StandardSocketOptions.SO_KEEPALIVE to true)`. One that the system does not have fails the
 *   call, by name
 * @param idleTimeout how long the connection may carry nothing, in either direction, until it ends by
 *   itself; null for any time
 * @param readTimeout how long one read may wait until the connection ends by itself; null for any time
 * @param runtime what carries the connection
 * @throws java.net.UnknownHostException when the host has no address
 * @throws java.net.ConnectException when no address of the host can be connected to
 * @throws java.net.SocketTimeoutException when the [connectTimeout] has passed
 * @throws io.weir.TlsException when the handshake fails
 */
public suspend fun openConnection(
    host: String,
    port: Int,
    limit: Int = ConnectOptions.DEFAULTS.limit(),
    tls: TlsOptions? = ConnectOptions.DEFAULTS.tls(),
    connectTimeout: Duration? = ConnectOptions.DEFAULTS.connectTimeout()?.toKotlinDuration(),
    happyEyeballsDelay: Duration = ConnectOptions.DEFAULTS.happyEyeballsDelay().toKotlinDuration(),
    interleave: Int = ConnectOptions.DEFAULTS.interleave(),
    family: AddressFamily = ConnectOptions.DEFAULTS.family(),
    localAddress: Pair<String, Int>? = null,
    resolver: (suspend (String) -> List<InetAddress>)? = null,
    socketOptions: Map<out SocketOption<*>, Any> = emptyMap(),
    idleTimeout: Duration? = ConnectOptions.DEFAULTS.idleTimeout()?.toKotlinDuration(),
    readTimeout: Duration? = ConnectOptions.DEFAULTS.readTimeout()?.toKotlinDuration(),
    runtime: AsyncRuntime = ConnectOptions.DEFAULTS.runtime(),
): StreamConnection {
    val options =
        connectOptions(limit, tls, connectTimeout, idleTimeout, readTimeout, runtime)
            .withHappyEyeballsDelay(happyEyeballsDelay.toJavaDuration())
            .withInterleave(interleave)
            .withFamily(family)
            .ifNotNull(
                localAddress,
            ) { (localHost, localPort) -> withLocalAddress(localHost, localPort) }
            .withSocketOptions(socketOptions)
    if (resolver == null) {
        return open { AsyncStreams.openConnection(host, port, options) }
    }
    return withResolver(resolver) {
        open { AsyncStreams.openConnection(host, port, options.withResolver(it)) }
    }
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
 * What is not told of the parameters is as in [openConnection] with a host.
 *
 * asyncio: `open_unix_connection`.
 *
 * @param path the socket's file
 * @param tls how to speak TLS, from the first byte; null for not at all. There is no host to check: the
 *   options must say the server's name, with `withServerHostname`
 * @param connectTimeout how long it may take to connect and to shake hands on TLS, more than 0; null
 *   for as long as it takes
 * @throws java.nio.file.NoSuchFileException when there is nothing at the path
 * @throws java.net.ConnectException when nobody listens at the path, it is no socket or too long, or
 *   permission is missing
 * @throws java.net.SocketTimeoutException when the [connectTimeout] has passed
 * @throws io.weir.TlsException when the handshake fails
 */
public suspend fun openUnixConnection(
    path: Path,
    limit: Int = ConnectOptions.DEFAULTS.limit(),
    tls: TlsOptions? = ConnectOptions.DEFAULTS.tls(),
    connectTimeout: Duration? = ConnectOptions.DEFAULTS.connectTimeout()?.toKotlinDuration(),
    socketOptions: Map<out SocketOption<*>, Any> = emptyMap(),
    idleTimeout: Duration? = ConnectOptions.DEFAULTS.idleTimeout()?.toKotlinDuration(),
    readTimeout: Duration? = ConnectOptions.DEFAULTS.readTimeout()?.toKotlinDuration(),
    runtime: AsyncRuntime = ConnectOptions.DEFAULTS.runtime(),
): StreamConnection {
    val options =
        connectOptions(
            limit,
            tls,
            connectTimeout,
            idleTimeout,
            readTimeout,
            runtime,
        ).withSocketOptions(socketOptions)
    return open { AsyncStreams.openUnixConnection(path, options) }
}

/**
 * Makes a connection of a connected channel, which belongs to the connection from then on, also when
 * this fails: do not use or close it. Only when another argument is refused (a [limit] of 0, TLS
 * without a name to check) is it still the caller's. It is made non-blocking.
 *
 * Cancelling the coroutine, at any instant, closes the channel.
 *
 * What is not told of the parameters is as in [openConnection] with a host.
 *
 * asyncio: `open_connection(sock=…)`, `open_unix_connection(sock=…)`.
 *
 * @param channel a connected channel, of TCP or of a Unix domain socket
 * @param tls how to speak TLS, from the first byte; null for not at all. There is no host to check: the
 *   options must say the server's name, with `withServerHostname`
 * @param connectTimeout how long it may take to shake hands on TLS, more than 0; null for as long as
 *   the options of TLS say
 * @throws java.net.SocketTimeoutException when the [connectTimeout] has passed
 * @throws io.weir.TlsException when the handshake fails
 * @throws IllegalArgumentException when the channel is not connected, or another argument is refused
 * @throws IllegalStateException when the channel has been handed over before; it is left alone
 */
public suspend fun openConnection(
    channel: SocketChannel,
    limit: Int = ConnectOptions.DEFAULTS.limit(),
    tls: TlsOptions? = ConnectOptions.DEFAULTS.tls(),
    connectTimeout: Duration? = ConnectOptions.DEFAULTS.connectTimeout()?.toKotlinDuration(),
    idleTimeout: Duration? = ConnectOptions.DEFAULTS.idleTimeout()?.toKotlinDuration(),
    readTimeout: Duration? = ConnectOptions.DEFAULTS.readTimeout()?.toKotlinDuration(),
    runtime: AsyncRuntime = ConnectOptions.DEFAULTS.runtime(),
): StreamConnection {
    val options = connectOptions(limit, tls, connectTimeout, idleTimeout, readTimeout, runtime)
    return open { AsyncStreams.openConnection(channel, options) }
}

/**
 * Makes a connection of a connected channel, which stays on the threads of its own group. All else is
 * as in [openConnection] with a [SocketChannel].
 *
 * asyncio: `open_connection(sock=…)`.
 *
 * @param channel a connected channel
 */
public suspend fun openConnection(
    channel: AsynchronousSocketChannel,
    limit: Int = ConnectOptions.DEFAULTS.limit(),
    tls: TlsOptions? = ConnectOptions.DEFAULTS.tls(),
    connectTimeout: Duration? = ConnectOptions.DEFAULTS.connectTimeout()?.toKotlinDuration(),
    idleTimeout: Duration? = ConnectOptions.DEFAULTS.idleTimeout()?.toKotlinDuration(),
    readTimeout: Duration? = ConnectOptions.DEFAULTS.readTimeout()?.toKotlinDuration(),
    runtime: AsyncRuntime = ConnectOptions.DEFAULTS.runtime(),
): StreamConnection {
    val options = connectOptions(limit, tls, connectTimeout, idleTimeout, readTimeout, runtime)
    return open { AsyncStreams.openConnection(channel, options) }
}

private suspend fun open(start: () -> CompletableFuture<JavaStreamConnection>) =
    StreamConnection(start().awaitOrRelease { it.writer().transport().abort() })
