package io.weir.coroutines

import io.weir.AsyncRuntime
import io.weir.ConnectOptions
import io.weir.ConnectionObserver
import io.weir.ErrorListener
import io.weir.ServerOptions
import io.weir.TlsOptions
import java.net.SocketOption
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/** Returns the options that all kinds of connections have. */
internal fun connectOptions(
    limit: Int,
    tls: TlsOptions?,
    connectTimeout: Duration?,
    idleTimeout: Duration?,
    readTimeout: Duration?,
    writeTimeout: Duration?,
    observer: ConnectionObserver?,
    runtime: AsyncRuntime,
): ConnectOptions =
    ConnectOptions.DEFAULTS
        .withLimit(limit)
        .withTls(tls)
        .withConnectTimeout(connectTimeout?.toJavaDuration())
        .withIdleTimeout(idleTimeout?.toJavaDuration())
        .withReadTimeout(readTimeout?.toJavaDuration())
        .withWriteTimeout(writeTimeout?.toJavaDuration())
        .withObserver(observer)
        .withRuntime(runtime)

/** Returns the options that all kinds of servers have. */
internal fun serverOptions(
    limit: Int,
    startServing: Boolean,
    tls: TlsOptions?,
    onError: ErrorListener,
    maxConnections: Int,
    socketOptions: Map<out SocketOption<*>, Any>,
): ServerOptions =
    ServerOptions.DEFAULTS
        .withLimit(limit)
        .withStartServing(startServing)
        .withTls(tls)
        .withErrorListener(onError)
        .withMaxConnections(maxConnections)
        .withSocketOptions(socketOptions)

/** Sets the timeouts of the connections of a server. */
internal fun ServerOptions.withTimeouts(
    idle: Duration?,
    read: Duration?,
    write: Duration?,
): ServerOptions =
    withIdleTimeout(idle?.toJavaDuration())
        .withReadTimeout(read?.toJavaDuration())
        .withWriteTimeout(write?.toJavaDuration())

/** Applies [change] unless [value] is null, which keeps the default. */
internal inline fun <O, V : Any> O.ifNotNull(
    value: V?,
    change: O.(V) -> O,
): O = if (value == null) this else change(value)

/** Sets socket options. Checks the types of the values, which the compiler cannot. */
internal fun ConnectOptions.withSocketOptions(all: Map<out SocketOption<*>, Any>): ConnectOptions =
    all.entries.fold(this) { options, (option, value) -> options.with(option, value) }

private fun <T : Any> ConnectOptions.with(
    option: SocketOption<T>,
    value: Any,
) = withSocketOption(option, option.typed(value))

private fun ServerOptions.withSocketOptions(all: Map<out SocketOption<*>, Any>): ServerOptions =
    all.entries.fold(this) { options, (option, value) -> options.with(option, value) }

private fun <T : Any> ServerOptions.with(
    option: SocketOption<T>,
    value: Any,
) = withSocketOption(option, option.typed(value))

private fun <T : Any> SocketOption<T>.typed(value: Any): T {
    require(type().isInstance(value)) {
        "socketOptions has $value for ${name()}: it must be of type ${type().kotlin.simpleName}"
    }
    return type().cast(value)
}
