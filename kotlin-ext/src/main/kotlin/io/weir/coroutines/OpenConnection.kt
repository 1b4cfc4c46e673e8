package io.weir.coroutines

import io.weir.AddressFamily
import io.weir.AsyncRuntime
import io.weir.AsyncStreams
import io.weir.ConnectOptions
import io.weir.ConnectionObserver
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
 * Connects over TCP.
 *
 * ```
 * val (reader, writer) = openConnection("localhost", 8888)
 * ```
 *
 * With TLS the function returns after the TLS handshake:
 *
 * ```
 * val (reader, writer) = openConnection("example.org", 443, tls = TlsOptions.defaults())
 * ```
 *
 * The addresses of the host are tried a short delay apart, IPv6 and IPv4 alternating. The first
 * established connection is used ("happy eyeballs", RFC 8305).
 *
 * **Cancelling** the coroutine at any moment leaves no socket open, even during the TLS handshake.
 *
 * asyncio: `open_connection`; [tls] replaces `ssl=` and the arguments that start with `ssl_`.
 *
 * @param host the peer's name or address
 * @param port the peer's port, from 1 to 65535
 * @param limit the limit of the reader, in bytes, more than 0: the maximum length of a line. The reader
 *   stops reading from the socket while it buffers more than twice the limit
 * @param tls the TLS options; null for no TLS. TLS starts with the first byte. The server's certificate
 *   must match [host], unless the options contain another name
 * @param connectTimeout the maximum time to resolve the host, to connect and to perform the TLS handshake,
 *   more than 0; null for no limit
 * @param happyEyeballsDelay the delay between two attempts; zero starts an attempt only when the previous
 *   one has failed
 * @param interleave how many addresses of the preferred family are tried before the first one of the other
 *   family. From then on the families alternate. The preferred family is that of the resolver's first
 *   address. 0 keeps the resolver's order
 * @param family the family of the addresses to try
 * @param localAddress the local host and port to connect from, for example `"127.0.0.2" to 0`, where port 0
 *   stands for any free port; null for any. When the local host has several addresses, the first
 *   one in the family of the remote address is used
 * @param resolver returns the addresses of a host name, in order of preference; null for the resolver of
 *   the runtime. It runs in a child of this coroutine, and is cancelled when its result is no longer needed.
 *   IP addresses are not resolved
 * @param socketOptions the socket options to set before connecting, for example
 *   `mapOf(StandardSocketOptions.SO_KEEPALIVE to true)`. An unsupported option fails the call with an
 *   IOException that names it
 * @param idleTimeout the maximum time without traffic in either direction, after which the connection is
 *   terminated; null for no limit
 * @param readTimeout the maximum time of one pending read, after which the connection is terminated; null
 *   for no limit
 * @param writeTimeout the maximum time for which the kernel accepts none of the queued bytes, because the
 *   peer does not read, after which the connection is terminated; null for no limit
 * @param observer observes the connection, for metrics; null for none
 * @param runtime the runtime of the connection
 * @throws java.net.UnknownHostException when the host has no address
 * @throws java.net.ConnectException when no address of the host can be connected to
 * @throws java.net.SocketTimeoutException when [connectTimeout] expires
 * @throws io.weir.TlsException when the TLS handshake fails
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
    writeTimeout: Duration? = ConnectOptions.DEFAULTS.writeTimeout()?.toKotlinDuration(),
    observer: ConnectionObserver? = ConnectOptions.DEFAULTS.observer(),
    runtime: AsyncRuntime = ConnectOptions.DEFAULTS.runtime(),
): StreamConnection {
    val options =
        connectOptions(
            limit,
            tls,
            connectTimeout,
            idleTimeout,
            readTimeout,
            writeTimeout,
            observer,
            runtime,
        ).withHappyEyeballsDelay(happyEyeballsDelay.toJavaDuration())
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
 * **Cancelling** the coroutine at any moment leaves no socket open.
 *
 * The other parameters are those of [openConnection] with a host.
 *
 * asyncio: `open_unix_connection`.
 *
 * @param path the file of the socket
 * @param tls the TLS options; null for no TLS. TLS starts with the first byte. There is no host name to
 *   check, so the options need `withServerHostname`
 * @param connectTimeout the maximum time to connect and to perform the TLS handshake, more than 0; null for
 *   no limit
 * @throws java.nio.file.NoSuchFileException when the path does not exist
 * @throws java.net.ConnectException when no server listens at the path, when the path is not a socket or too
 *   long, or when permission is missing
 * @throws java.net.SocketTimeoutException when [connectTimeout] expires
 * @throws io.weir.TlsException when the TLS handshake fails
 */
public suspend fun openUnixConnection(
    path: Path,
    limit: Int = ConnectOptions.DEFAULTS.limit(),
    tls: TlsOptions? = ConnectOptions.DEFAULTS.tls(),
    connectTimeout: Duration? = ConnectOptions.DEFAULTS.connectTimeout()?.toKotlinDuration(),
    socketOptions: Map<out SocketOption<*>, Any> = emptyMap(),
    idleTimeout: Duration? = ConnectOptions.DEFAULTS.idleTimeout()?.toKotlinDuration(),
    readTimeout: Duration? = ConnectOptions.DEFAULTS.readTimeout()?.toKotlinDuration(),
    writeTimeout: Duration? = ConnectOptions.DEFAULTS.writeTimeout()?.toKotlinDuration(),
    observer: ConnectionObserver? = ConnectOptions.DEFAULTS.observer(),
    runtime: AsyncRuntime = ConnectOptions.DEFAULTS.runtime(),
): StreamConnection {
    val options =
        connectOptions(
            limit,
            tls,
            connectTimeout,
            idleTimeout,
            readTimeout,
            writeTimeout,
            observer,
            runtime,
        ).withSocketOptions(socketOptions)
    return open { AsyncStreams.openUnixConnection(path, options) }
}

/**
 * Adopts a connected channel and sets it to non-blocking mode. The channel belongs to the connection from
 * now on: do not use or close it. When the call fails, the channel is closed, with two exceptions. When
 * another argument is rejected (a [limit] of 0, TLS without a name to check), the channel stays open and
 * belongs to the caller. A channel that was adopted before still belongs to its connection, and is not closed.
 *
 * **Cancelling** the coroutine at any moment closes the channel.
 *
 * The other parameters are those of [openConnection] with a host.
 *
 * asyncio: `open_connection(sock=…)`, `open_unix_connection(sock=…)`.
 *
 * @param channel a connected channel, of TCP or of a Unix domain socket
 * @param tls the TLS options; null for no TLS. TLS starts with the first byte. There is no host name to
 *   check, so the options need `withServerHostname`
 * @param connectTimeout the maximum time of the TLS handshake, more than 0; null for the limit in the TLS
 *   options
 * @throws java.net.SocketTimeoutException when [connectTimeout] expires
 * @throws io.weir.TlsException when the TLS handshake fails
 * @throws IllegalArgumentException when the channel is not connected, or another argument is rejected
 * @throws IllegalStateException when the channel was adopted before; that connection is not affected
 */
public suspend fun openConnection(
    channel: SocketChannel,
    limit: Int = ConnectOptions.DEFAULTS.limit(),
    tls: TlsOptions? = ConnectOptions.DEFAULTS.tls(),
    connectTimeout: Duration? = ConnectOptions.DEFAULTS.connectTimeout()?.toKotlinDuration(),
    idleTimeout: Duration? = ConnectOptions.DEFAULTS.idleTimeout()?.toKotlinDuration(),
    readTimeout: Duration? = ConnectOptions.DEFAULTS.readTimeout()?.toKotlinDuration(),
    writeTimeout: Duration? = ConnectOptions.DEFAULTS.writeTimeout()?.toKotlinDuration(),
    observer: ConnectionObserver? = ConnectOptions.DEFAULTS.observer(),
    runtime: AsyncRuntime = ConnectOptions.DEFAULTS.runtime(),
): StreamConnection {
    val options =
        connectOptions(
            limit,
            tls,
            connectTimeout,
            idleTimeout,
            readTimeout,
            writeTimeout,
            observer,
            runtime,
        )
    return open { AsyncStreams.openConnection(channel, options) }
}

/**
 * Adopts a connected channel, which stays on the threads of its own channel group. Otherwise equivalent to
 * [openConnection] with a [SocketChannel].
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
    writeTimeout: Duration? = ConnectOptions.DEFAULTS.writeTimeout()?.toKotlinDuration(),
    observer: ConnectionObserver? = ConnectOptions.DEFAULTS.observer(),
    runtime: AsyncRuntime = ConnectOptions.DEFAULTS.runtime(),
): StreamConnection {
    val options =
        connectOptions(
            limit,
            tls,
            connectTimeout,
            idleTimeout,
            readTimeout,
            writeTimeout,
            observer,
            runtime,
        )
    return open { AsyncStreams.openConnection(channel, options) }
}

private suspend fun open(start: () -> CompletableFuture<JavaStreamConnection>) =
    StreamConnection(start().awaitOrRelease { it.writer().transport().abort() })
