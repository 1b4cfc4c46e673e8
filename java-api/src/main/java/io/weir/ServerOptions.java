package io.weir;

import java.net.SocketOption;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How to serve. Immutable: each {@code with} method returns changed options.
 *
 * <pre>{@code
 * AsyncStreams.startServer(
 *     handler, "127.0.0.1", 8888, ServerOptions.DEFAULTS.withHandlerExecutor(executor));
 * }</pre>
 */
public final class ServerOptions {

  private static final int DEFAULT_BACKLOG = 100;

  /**
   * A limit of 64 KiB, a backlog of 100, serving at once, handlers and futures on I/O threads,
   * errors to the log.
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

  /** The limit of each connection's reader, in bytes. */
  public int limit() {
    return values.limit;
  }

  /**
   * Sets the limit of each connection's reader: how long a line can be, and half of what is
   * buffered at most.
   *
   * @param bytes the limit, more than 0
   */
  public ServerOptions withLimit(int bytes) {
    return with(v -> v.limit = Check.positive("limit", bytes));
  }

  /** How many connections the kernel keeps until they are accepted. */
  public int backlog() {
    return values.backlog;
  }

  /**
   * Sets how many connections the kernel keeps until they are accepted; it may take less. It has no
   * effect on a channel that is bound already.
   *
   * @param connections the number, more than 0
   */
  public ServerOptions withBacklog(int connections) {
    return with(v -> v.backlog = Check.positive("backlog", connections));
  }

  /** Whether the server accepts as soon as it is started. */
  public boolean startServing() {
    return values.startServing;
  }

  /**
   * Sets whether the server accepts as soon as it is started, or waits for {@link
   * Server#startServing} or {@link Server#serveForever}. The JDK listens from the moment it binds:
   * clients that come before wait in the backlog.
   *
   * @param atOnce whether to accept at once
   */
  public ServerOptions withStartServing(boolean atOnce) {
    return with(v -> v.startServing = atOnce);
  }

  /**
   * The permissions of a Unix socket's file; null for those that the process gives to its files.
   */
  public @Nullable Set<PosixFilePermission> socketMode() {
    return values.socketMode;
  }

  /**
   * Sets the permissions of the file that {@link AsyncStreams#startUnixServer} makes; it has no
   * effect on other servers. To connect takes the permission to write. There is no moment in which
   * the file has others.
   *
   * @param permissions as {@code ls} shows them, {@code rw-------} for instance
   * @throws IllegalArgumentException when they are not of that form
   */
  public ServerOptions withSocketMode(String permissions) {
    return with(v -> v.socketMode = Check.permissions("permissions", permissions));
  }

  /** Whether a Unix socket's file goes with the server. */
  public boolean cleanupSocket() {
    return values.cleanupSocket;
  }

  /**
   * Sets whether closing the server removes the file of its Unix socket, if it is still its own.
   *
   * <p>asyncio: {@code cleanup_socket}.
   *
   * @param remove whether to remove it
   */
  public ServerOptions withCleanupSocket(boolean remove) {
    return with(v -> v.cleanupSocket = remove);
  }

  /** Where handlers run; null for the I/O threads. */
  public @Nullable Executor handlerExecutor() {
    return values.handlerExecutor;
  }

  /**
   * Lets handlers run on an executor, where they may block; with an executor of one virtual thread
   * a task, each connection has a thread.
   *
   * @param executor where to run them; a connection whose handler it refuses is closed, and the
   *     error listener is told
   */
  public ServerOptions withHandlerExecutor(Executor executor) {
    return with(v -> v.handlerExecutor = Objects.requireNonNull(executor, "executor"));
  }

  /** Where futures complete; null for the I/O thread. */
  public @Nullable Executor callbackExecutor() {
    return values.callbackExecutor;
  }

  /**
   * Lets futures that had to wait complete on an executor, so that what depends on them may block.
   * One that refuses a task (as it has been shut down) has it run on the I/O thread.
   *
   * @param executor where to complete them
   */
  public ServerOptions withCallbackExecutor(Executor executor) {
    return with(v -> v.callbackExecutor = Objects.requireNonNull(executor, "executor"));
  }

  /** Who is told of errors. */
  public ErrorListener errorListener() {
    return values.errorListener;
  }

  /**
   * Sets who is told of errors; otherwise they are logged to the {@link System.Logger} named {@code
   * io.weir}: peers' misbehaviour at {@code DEBUG}, everything else as a warning. {@link
   * ErrorListener} says what is which.
   *
   * @param listener is told
   */
  public ServerOptions withErrorListener(ErrorListener listener) {
    return with(v -> v.errorListener = Objects.requireNonNull(listener, "listener"));
  }

  /** How to speak TLS; null for not at all. */
  public @Nullable TlsOptions tls() {
    return values.tls;
  }

  /**
   * Speaks TLS on every connection from the first byte. The handler is called when hands have been
   * shaken; a handshake that fails is told to the error listener alone. {@link Server#updateTls}
   * changes the certificate while the server runs.
   *
   * <p>asyncio: {@code ssl=}.
   *
   * @param options how to speak it, with a certificate; null for not at all
   * @throws IllegalArgumentException when the options have no certificate
   */
  public ServerOptions withTls(@Nullable TlsOptions options) {
    return with(v -> v.tls = options == null ? null : TlsLayer.forServer(options).options());
  }

  /** How many connections are served at once; {@link Integer#MAX_VALUE} for any number. */
  public int maxConnections() {
    return values.maxConnections;
  }

  /**
   * Sets how many connections are served at once; any number by default. A connection counts from
   * the moment it is accepted, before its TLS handshake, until it has ended. When that many are
   * open no more are accepted: they wait in the kernel's backlog, and one for each listening socket
   * here, until there is room.
   *
   * @param connections the number, more than 0
   */
  public ServerOptions withMaxConnections(int connections) {
    return with(v -> v.maxConnections = Check.positive("maxConnections", connections));
  }

  /** Whether an address can be bound on which connections of another server are still ending. */
  public boolean reuseAddress() {
    return values.reuseAddress;
  }

  /**
   * Sets {@code SO_REUSEADDR} of the listening sockets, which is on by default: a server can be
   * started again at once.
   *
   * <p>asyncio: {@code reuse_address=}.
   *
   * @param reuse whether to set it
   */
  public ServerOptions withReuseAddress(boolean reuse) {
    return with(v -> v.reuseAddress = reuse);
  }

  /** Whether several servers can listen on one port. */
  public boolean reusePort() {
    return values.reusePort;
  }

  /**
   * Sets {@code SO_REUSEPORT} of the listening sockets, which is off by default: servers that all
   * set it, also in several processes, can listen on one port, and the kernel deals the connections
   * out. Where the system has no such option the start fails, by its name.
   *
   * <p>asyncio: {@code reuse_port=}.
   *
   * @param reuse whether to set it
   */
  public ServerOptions withReusePort(boolean reuse) {
    return with(v -> v.reusePort = reuse);
  }

  /** Which addresses of its hosts a server listens on. */
  public AddressFamily family() {
    return values.family;
  }

  /**
   * Listens only on addresses of one family. A server on all interfaces has one socket for both,
   * which the JDK cannot limit to one: to start it with a family other than {@link
   * AddressFamily#ANY} throws {@link IllegalArgumentException}.
   *
   * <p>asyncio: {@code family=}.
   *
   * @param only the family, or {@link AddressFamily#ANY}
   */
  public ServerOptions withFamily(AddressFamily only) {
    return with(v -> v.family = Objects.requireNonNull(only, "only"));
  }

  Map<SocketOption<?>, Object> socketOptions() {
    return values.socketOptions;
  }

  /**
   * Sets an option of every connection that is accepted, such as {@link
   * java.net.StandardSocketOptions#SO_KEEPALIVE}. A connection on which it cannot be set is closed,
   * and the error listener is told its name.
   *
   * <p>asyncio: {@code keep_alive=}.
   *
   * @param option the option
   * @param value its value
   */
  public <T> ServerOptions withSocketOption(SocketOption<T> option, T value) {
    return with(v -> v.setSocketOption(option, value));
  }

  /** How long a connection may carry nothing; null for any time. */
  public @Nullable Duration idleTimeout() {
    return values.idleTimeout;
  }

  /**
   * Ends a connection that has carried nothing, in either direction, for some time; any time by
   * default. It ends so while it is being closed, too, by a peer that takes nothing. What has
   * arrived is still delivered; then reads, {@code drain} and {@code waitClosed} fail with {@link
   * ConnectionLostException}, caused by a {@link java.net.SocketTimeoutException}, and {@link
   * StreamWriter#closeReason} says {@link CloseReason.Kind#TIMED_OUT}.
   *
   * @param timeout how long, more than 0; null for any time
   */
  public ServerOptions withIdleTimeout(@Nullable Duration timeout) {
    return with(v -> v.idleTimeout = Check.positiveOrNull("timeout", timeout));
  }

  /** How long one read may wait; null for any time. */
  public @Nullable Duration readTimeout() {
    return values.readTimeout;
  }

  /**
   * Ends a connection on which one read has waited for some time; any time by default. A peer that
   * sends a line a byte at a time does not get around it: what counts is the time until the read
   * has all that it asks for. Nothing counts while nobody reads. It ends as by {@link
   * #withIdleTimeout}.
   *
   * @param timeout how long, more than 0; null for any time
   */
  public ServerOptions withReadTimeout(@Nullable Duration timeout) {
    return with(v -> v.readTimeout = Check.positiveOrNull("timeout", timeout));
  }

  Timeouts timeouts() {
    return values.timeouts();
  }

  /** What carries it; the shared runtime if nothing else is said. */
  public AsyncRuntime runtime() {
    return values.runtimeOrShared();
  }

  /**
   * Lets a runtime other than the shared one carry the server and its connections. (A channel of
   * the JDK that is handed over stays on the threads of its own group.)
   *
   * @param carrier the runtime
   */
  public ServerOptions withRuntime(AsyncRuntime carrier) {
    return with(v -> v.runtime = Objects.requireNonNull(carrier, "carrier"));
  }

  @Override
  public String toString() {
    return "ServerOptions[limit="
        + values.limit
        + ", backlog="
        + values.backlog
        + ", startServing="
        + values.startServing
        + ", socketMode="
        + values.socketMode
        + ", cleanupSocket="
        + values.cleanupSocket
        + ", handlerExecutor="
        + values.handlerExecutor
        + ", callbackExecutor="
        + values.callbackExecutor
        + ", tls="
        + values.tls
        + (values.maxConnections == Integer.MAX_VALUE
            ? ""
            : ", maxConnections=" + values.maxConnections)
        + ", reuseAddress="
        + values.reuseAddress
        + ", reusePort="
        + values.reusePort
        + ", family="
        + values.family
        + ", socketOptions="
        + values.socketOptions
        + ", idleTimeout="
        + values.idleTimeout
        + ", readTimeout="
        + values.readTimeout
        + ", runtime="
        + values.runtime
        + "]";
  }

  /** Holds the value of each option, with its default. */
  private static final class Values extends StreamValues {

    int backlog = DEFAULT_BACKLOG;
    boolean startServing = true;
    @Nullable Set<PosixFilePermission> socketMode;
    boolean cleanupSocket = true;
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
