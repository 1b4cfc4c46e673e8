package io.weir;

import io.weir.internal.server.ServerSettings;
import io.weir.internal.stream.Timeouts;
import io.weir.internal.tls.TlsSetup;
import java.net.SocketOption;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The options of a server and of the connections that it accepts. Instances are immutable, so any
 * thread may use them. Each {@code with} method returns a copy with one option changed.
 *
 * <pre>{@code
 * AsyncStreams.startServer(
 *     handler, "127.0.0.1", 8888, ServerOptions.DEFAULTS.withHandlerExecutor(executor));
 * }</pre>
 *
 * <p>A {@code with} method throws {@link IllegalArgumentException} for a value out of range, and
 * {@link NullPointerException} for a null that is not marked {@code Nullable}.
 */
public final class ServerOptions {

  private static final int DEFAULT_BACKLOG = 100;

  /**
   * The defaults: a limit of 64 KiB, a backlog of 100, no TLS and no timeouts. The server accepts
   * immediately, handlers run and futures complete on the I/O threads, and errors are logged.
   */
  public static final ServerOptions DEFAULTS = new ServerOptions(new Values());

  private final Values values; // never changed after construction

  private ServerOptions(Values values) {
    this.values = values;
  }

  private ServerOptions with(Consumer<Values> change) {
    Values changed = values.clone();
    change.accept(changed);
    return new ServerOptions(changed);
  }

  /** Returns the limit of each connection's reader, in bytes. */
  public int limit() {
    return values.limit;
  }

  /**
   * Sets the limit of each connection's reader: the maximum length of a line. The reader stops
   * reading from the socket when it buffers more than twice the limit.
   *
   * @param bytes the limit in bytes, more than 0
   */
  public ServerOptions withLimit(int bytes) {
    return with(v -> v.limit = Check.positive("limit", bytes));
  }

  /** Returns the accept backlog, in connections. */
  public int backlog() {
    return values.backlog;
  }

  /**
   * Sets the accept backlog: how many connections the kernel queues until the server accepts them.
   * The kernel may use a smaller number. The option has no effect on a channel that is already
   * bound.
   *
   * @param connections the number of connections, more than 0
   */
  public ServerOptions withBacklog(int connections) {
    return with(v -> v.backlog = Check.positive("backlog", connections));
  }

  /** Returns whether the server accepts connections as soon as it is started. */
  public boolean startServing() {
    return values.startServing;
  }

  /**
   * Sets whether the server accepts connections as soon as it is started, true by default.
   * Otherwise it accepts them after {@link Server#startServing} or {@link Server#serveForever}. The
   * JDK listens as soon as it binds a socket, so earlier connections wait in the backlog.
   *
   * @param startServing whether the server accepts immediately
   */
  public ServerOptions withStartServing(boolean startServing) {
    return with(v -> v.startServing = startServing);
  }

  /**
   * Returns the permissions of the Unix domain socket's file, or null for the process's default.
   */
  public @Nullable Set<PosixFilePermission> socketMode() {
    return values.socketMode;
  }

  /**
   * Sets the permissions of the file that {@link AsyncStreams#startUnixServer} creates. The option
   * has no effect on other servers. A client needs write permission to connect. The file is never
   * visible with other permissions.
   *
   * @param permissions the permissions in the format of {@code ls}, for example {@code rw-------}
   * @throws IllegalArgumentException when {@code permissions} does not have that format
   */
  public ServerOptions withSocketMode(String permissions) {
    return with(v -> v.socketMode = Check.permissions("permissions", permissions));
  }

  /**
   * Returns whether closing the server deletes the file of its Unix domain socket. Null, the
   * default, means that it deletes a file that the server has created, and keeps the file of an
   * adopted channel.
   */
  public @Nullable Boolean cleanupSocket() {
    return values.cleanupSocket;
  }

  /**
   * Sets whether closing the server deletes the file of its Unix domain socket. By default closing
   * deletes the file that {@link AsyncStreams#startUnixServer} has created. The file of an adopted
   * channel is kept, because it belongs to the program or supervisor that has bound it. The file is
   * kept when it no longer belongs to this server.
   *
   * <p>asyncio: {@code cleanup_socket}, true by default, also for an adopted socket.
   *
   * @param remove whether closing deletes the file
   */
  public ServerOptions withCleanupSocket(boolean remove) {
    return with(v -> v.cleanupSocket = remove);
  }

  /** Returns the executor on which handlers run, or null for the I/O threads. */
  public @Nullable Executor handlerExecutor() {
    return values.handlerExecutor;
  }

  /**
   * Runs handlers on {@code executor}, where they may block. With an executor that starts a virtual
   * thread per task, each connection has its own thread. When the executor rejects a handler, the
   * server closes the connection and calls the error listener.
   *
   * <p>Do not use one bounded pool as this executor and as {@link #withCallbackExecutor}. Handlers
   * that block until a future completes occupy a thread each. With as many clients as threads, no
   * thread is left to complete a future, and all wait for ever. Without a callback executor, the
   * I/O thread completes futures.
   *
   * @param executor the executor that runs handlers
   */
  public ServerOptions withHandlerExecutor(Executor executor) {
    return with(v -> v.handlerExecutor = Objects.requireNonNull(executor, "executor"));
  }

  /** Returns the executor on which futures complete, or null for that of the runtime. */
  public @Nullable Executor callbackExecutor() {
    return values.callbackExecutor;
  }

  /**
   * Completes pending futures on {@code executor}, so that their dependent stages may block. The
   * default is {@link RuntimeOptions#callbackExecutor}, else the I/O thread. When the executor
   * rejects a task, after its shutdown for example, the future completes on the I/O thread instead.
   *
   * <p>When it is a bounded pool, its tasks must not wait for futures of this library. It must not
   * be the pool of {@link #withHandlerExecutor} when handlers wait: when all threads wait, none is
   * left to complete the futures.
   *
   * @param executor the executor that completes futures
   */
  public ServerOptions withCallbackExecutor(Executor executor) {
    return with(v -> v.callbackExecutor = Objects.requireNonNull(executor, "executor"));
  }

  /** Returns the listener that the server calls on errors. */
  public ErrorListener errorListener() {
    return values.errorListener;
  }

  /**
   * Sets the listener that the server calls on errors. By default, errors are logged to the {@link
   * System.Logger} named {@code io.weir}. Misbehaviour of peers is logged at {@code DEBUG}, every
   * other error at {@code WARNING}. {@link ErrorListener} defines misbehaviour.
   *
   * @param listener the listener
   */
  public ServerOptions withErrorListener(ErrorListener listener) {
    return with(v -> v.errorListener = Objects.requireNonNull(listener, "listener"));
  }

  /** Returns the TLS options, or null for connections without TLS. */
  public @Nullable TlsOptions tls() {
    return values.tls;
  }

  /**
   * Uses TLS on every connection from the first byte. The server calls the handler after the TLS
   * handshake. After a handshake failure it calls the error listener, and not the handler. {@link
   * Server#updateTls} replaces the certificate while the server runs.
   *
   * <p>asyncio: {@code ssl=}.
   *
   * @param options the TLS options with a certificate, or null for no TLS
   * @throws IllegalArgumentException when {@code options} has no certificate
   */
  public ServerOptions withTls(@Nullable TlsOptions options) {
    if (options != null) {
      options.settings().requireCertificate();
    }
    return with(v -> v.tls = options);
  }

  /** Returns the maximum number of open connections; {@link Integer#MAX_VALUE} means no limit. */
  public int maxConnections() {
    return values.maxConnections;
  }

  /**
   * Limits the number of open connections. There is no limit by default. A connection counts from
   * its accept, before the TLS handshake, until it is closed.
   *
   * <p>At the limit, new connections wait in the kernel's backlog until an open one closes. The
   * server itself also holds up to one accepted connection per listening socket, which waits too.
   *
   * @param connections the number of connections, more than 0
   */
  public ServerOptions withMaxConnections(int connections) {
    return with(v -> v.maxConnections = Check.positive("maxConnections", connections));
  }

  /** Returns whether {@code SO_REUSEADDR} is set on the listening sockets. */
  public boolean reuseAddress() {
    return values.reuseAddress;
  }

  /**
   * Sets {@code SO_REUSEADDR} on the listening sockets, true by default. A server can then bind an
   * address while connections of a previous server on it are still closing. A restart needs no
   * wait.
   *
   * <p>asyncio: {@code reuse_address=}.
   *
   * @param reuse whether to set the socket option
   */
  public ServerOptions withReuseAddress(boolean reuse) {
    return with(v -> v.reuseAddress = reuse);
  }

  /** Returns whether {@code SO_REUSEPORT} is set on the listening sockets. */
  public boolean reusePort() {
    return values.reusePort;
  }

  /**
   * Sets {@code SO_REUSEPORT} on the listening sockets, false by default. Servers that all set it,
   * also in several processes, can listen on one port. The kernel distributes the connections among
   * them. When the system does not support the option, starting the server fails with an {@link
   * java.io.IOException} that names it.
   *
   * <p>asyncio: {@code reuse_port=}.
   *
   * @param reuse whether to set the socket option
   */
  public ServerOptions withReusePort(boolean reuse) {
    return with(v -> v.reusePort = reuse);
  }

  /** Returns the family of the addresses on which the server listens. */
  public AddressFamily family() {
    return values.family;
  }

  /**
   * Listens only on addresses of one family. A server on all interfaces has one socket for both
   * families, which the JDK cannot restrict to one. Starting such a server with a family other than
   * {@link AddressFamily#ANY} throws {@link IllegalArgumentException}.
   *
   * <p>asyncio: {@code family=}.
   *
   * @param family the family, or {@link AddressFamily#ANY}
   */
  public ServerOptions withFamily(AddressFamily family) {
    return with(v -> v.family = Objects.requireNonNull(family, "family"));
  }

  /** Returns the socket options, in insertion order. */
  Map<SocketOption<?>, Object> socketOptions() {
    return values.socketOptions;
  }

  /**
   * Sets a socket option on every accepted connection, such as {@link
   * java.net.StandardSocketOptions#SO_KEEPALIVE}. When the option cannot be set, the server closes
   * the connection and reports an {@link java.io.IOException} that names the option to the error
   * listener.
   *
   * <p>asyncio: {@code keep_alive=}.
   *
   * @param option the option
   * @param value its value
   */
  public <T> ServerOptions withSocketOption(SocketOption<T> option, T value) {
    return with(v -> v.setSocketOption(option, value));
  }

  /** Returns the maximum time without traffic on a connection, or null for no limit. */
  public @Nullable Duration idleTimeout() {
    return values.idleTimeout;
  }

  /**
   * Terminates a connection when it transfers no bytes in either direction for {@code timeout}.
   * There is no limit by default. The timeout also applies while the connection closes, so a peer
   * that stops reading cannot hold it open.
   *
   * <p>Received bytes are still delivered. After them, reads, {@code drain} and {@code waitClosed}
   * fail with {@link ConnectionLostException}, caused by a {@link java.net.SocketTimeoutException}.
   * {@link StreamWriter#closeReason} reports {@link CloseReason.Kind#TIMED_OUT}.
   *
   * @param timeout the maximum time, more than 0; null for no limit
   */
  public ServerOptions withIdleTimeout(@Nullable Duration timeout) {
    return with(v -> v.idleTimeout = Check.positiveOrNull("timeout", timeout));
  }

  /** Returns the maximum time that one read may be pending, or null for no limit. */
  public @Nullable Duration readTimeout() {
    return values.readTimeout;
  }

  /**
   * Terminates a connection when one read is pending for {@code timeout}. There is no limit by
   * default. The time runs from the start of the read until it has all the bytes that it requires.
   * A peer that sends a line byte by byte does not extend it. The connection then fails as
   * described at {@link #withIdleTimeout}.
   *
   * @param timeout the maximum time, more than 0; null for no limit
   */
  public ServerOptions withReadTimeout(@Nullable Duration timeout) {
    return with(v -> v.readTimeout = Check.positiveOrNull("timeout", timeout));
  }

  /** Returns the maximum time that a write may make no progress, or null for no limit. */
  public @Nullable Duration writeTimeout() {
    return values.writeTimeout;
  }

  /**
   * Terminates a connection when bytes are queued and the kernel accepts none of them for {@code
   * timeout}, because the peer does not read. There is no limit by default. Each accepted byte
   * restarts the time. Received bytes do not. The timeout also applies while the connection closes.
   * The connection then fails as described at {@link #withIdleTimeout}.
   *
   * @param timeout the maximum time, more than 0; null for no limit
   */
  public ServerOptions withWriteTimeout(@Nullable Duration timeout) {
    return with(v -> v.writeTimeout = Check.positiveOrNull("timeout", timeout));
  }

  /** Returns the timeouts of an open connection. */
  Timeouts timeouts() {
    return values.timeouts();
  }

  /** Returns the observer of the connections, or null for none. */
  public @Nullable ConnectionObserver observer() {
    return values.observer;
  }

  /**
   * Observes the connections of the server, for metrics. There is no observer by default.
   *
   * @param observer the observer, or null for none
   */
  public ServerOptions withObserver(@Nullable ConnectionObserver observer) {
    return with(v -> v.observer = observer);
  }

  /** Returns the runtime that serves the connections, the shared runtime by default. */
  public AsyncRuntime runtime() {
    return values.runtimeOrShared();
  }

  /**
   * Runs the server and its connections on {@code runtime} instead of the shared runtime. An
   * adopted {@link java.nio.channels.AsynchronousServerSocketChannel} stays on the threads of its
   * own channel group.
   *
   * @param runtime the runtime
   */
  public ServerOptions withRuntime(AsyncRuntime runtime) {
    return with(v -> v.runtime = Objects.requireNonNull(runtime, "runtime"));
  }

  /** Returns the settings of a server with these options. */
  ServerSettings settings() {
    return new ServerSettings(
        values.connectionSettings(),
        values.observer,
        values.socketOptions,
        values.tls == null ? null : TlsSetup.forServer(values.tls.settings()),
        values.maxConnections,
        values.handlerExecutor,
        errorsTo(values.errorListener));
  }

  private static ServerSettings.Errors errorsTo(ErrorListener listener) {
    if (listener instanceof LoggedErrors log) {
      return log::onError;
    }
    return (stage, peer, error, ofPeer) -> listener.onError(stage, peer, error);
  }

  @Override
  public String toString() {
    StringJoiner all = new StringJoiner(", ", "ServerOptions[", "]");
    all.add("limit=" + values.limit);
    all.add("backlog=" + values.backlog);
    all.add("startServing=" + values.startServing);
    all.add("socketMode=" + values.socketMode);
    all.add("cleanupSocket=" + values.cleanupSocket);
    all.add("handlerExecutor=" + values.handlerExecutor);
    all.add("callbackExecutor=" + values.callbackExecutor);
    all.add("tls=" + values.tls);
    all.add("maxConnections=" + values.maxConnections);
    all.add("reuseAddress=" + values.reuseAddress);
    all.add("reusePort=" + values.reusePort);
    all.add("family=" + values.family);
    all.add("socketOptions=" + values.socketOptions);
    all.add(values.timeouts().toString());
    all.add("observer=" + values.observer);
    all.add("runtime=" + values.runtime);
    return all.toString();
  }

  /** Holds the value of each option, with its default. */
  private static final class Values extends StreamValues {

    int backlog = DEFAULT_BACKLOG;
    boolean startServing = true;
    @Nullable Set<PosixFilePermission> socketMode;
    @Nullable Boolean cleanupSocket;
    @Nullable Executor handlerExecutor;
    ErrorListener errorListener = new LoggedErrors();
    int maxConnections = Integer.MAX_VALUE;
    boolean reuseAddress = true;
    boolean reusePort;
    AddressFamily family = AddressFamily.ANY;

    @Override
    public Values clone() {
      return (Values) super.clone();
    }
  }
}
