package io.weir.coroutines

import io.weir.AsyncRuntime
import io.weir.ConnectOptions
import io.weir.ErrorListener
import io.weir.ServerOptions
import io.weir.TlsOptions
import java.net.SocketOption
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/** The options that every way to a connection has. */
internal fun connectOptions(
    limit: Int,
    tls: TlsOptions?,
    connectTimeout: Duration?,
    idleTimeout: Duration?,
    readTimeout: Duration?,
    runtime: AsyncRuntime,
): ConnectOptions =
    ConnectOptions.DEFAULTS
        .withLimit(limit)
        .withTls(tls)
        .withConnectTimeout(connectTimeout?.toJavaDuration())
        .withIdleTimeout(idleTimeout?.toJavaDuration())
        .withReadTimeout(readTimeout?.toJavaDuration())
        .withRuntime(runtime)

/** The options that every server has. */
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

/** The timeouts of every connection of a server. */
internal fun ServerOptions.withTimeouts(
    idle: Duration?,
    read: Duration?,
): ServerOptions =
    withIdleTimeout(idle?.toJavaDuration())
        .withReadTimeout(read?.toJavaDuration())

/** Changes options when there is a value, and leaves the default when there is none. */
internal inline fun <O, V : Any> O.ifNotNull(
    value: V?,
    change: O.(V) -> O,
): O = if (value == null) this else change(value)

/** Sets every option of a socket; what Kotlin's compiler cannot check of the values is checked here. */
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
