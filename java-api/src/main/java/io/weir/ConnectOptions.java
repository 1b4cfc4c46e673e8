package io.weir;

import io.weir.internal.connect.ConnectSettings;
import io.weir.internal.connect.HostPort;
import io.weir.internal.runtime.IoRuntime;
import java.net.InetAddress;
import java.net.SocketOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The options of a connection that a client opens. Instances are immutable, so any thread may use
 * them. Each {@code with} method returns a copy with one option changed.
 *
 * <pre>{@code
 * AsyncStreams.openConnection(
 *     "localhost", 8888, ConnectOptions.DEFAULTS.withConnectTimeout(Duration.ofSeconds(5)));
 * }</pre>
 *
 * <p>A {@code with} method throws {@link IllegalArgumentException} for a value out of range, and
 * {@link NullPointerException} for a null that is not marked {@code Nullable}.
 */
public final class ConnectOptions {

  private static final Duration RECOMMENDED_DELAY = Duration.ofMillis(250); // RFC 8305, section 8

  /**
   * The defaults: a limit of 64 KiB, futures that complete on the I/O thread, no TLS and no
   * timeouts. Addresses of both families are tried, 250 milliseconds apart.
   */
  public static final ConnectOptions DEFAULTS = new ConnectOptions(new Values());

  private final Values values; // never changed after construction

  private ConnectOptions(Values values) {
    this.values = values;
  }

  private ConnectOptions with(Consumer<Values> change) {
    Values changed = values.clone();
    change.accept(changed);
    return new ConnectOptions(changed);
  }

  /** Returns the limit of the reader, in bytes. */
  public int limit() {
    return values.limit;
  }

  /**
   * Sets the limit of the reader: the maximum length of a line. The reader stops reading from the
   * socket when it buffers more than twice the limit.
   *
   * @param bytes the limit in bytes, more than 0
   */
  public ConnectOptions withLimit(int bytes) {
    return with(v -> v.limit = Check.positive("limit", bytes));
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
   * <p>When it is a bounded pool, its tasks must not wait for futures of this library: when all
   * threads wait, none is left to complete what they wait for.
   *
   * @param executor the executor that completes futures
   */
  public ConnectOptions withCallbackExecutor(Executor executor) {
    return with(v -> v.callbackExecutor = Objects.requireNonNull(executor, "executor"));
  }

  /** Returns the TLS options, or null for a connection without TLS. */
  public @Nullable TlsOptions tls() {
    return values.tls;
  }

  /**
   * Uses TLS from the first byte. The future completes after the TLS handshake. The server's
   * certificate must match the host name in the call that opens the connection.
   *
   * <p>A connection without a host name, to a Unix domain socket for example, needs {@link
   * TlsOptions#withServerHostname} or {@link TlsOptions#dangerouslyAcceptingAnyHostname}. Otherwise
   * the call that opens it throws {@link IllegalArgumentException}.
   *
   * <p>asyncio: {@code ssl=}.
   *
   * @param options the TLS options, or null for no TLS
   */
  public ConnectOptions withTls(@Nullable TlsOptions options) {
    return with(v -> v.tls = options);
  }

  /** Returns the maximum time until the connection is open, or null for no limit. */
  public @Nullable Duration connectTimeout() {
    return values.connectTimeout;
  }

  /**
   * Limits the time until the connection is open. The limit covers name resolution, the connection
   * attempts to all addresses and the TLS handshake. When the time expires, the future fails with
   * {@link java.net.SocketTimeoutException}, and no socket stays open. There is no limit by
   * default.
   *
   * @param timeout the maximum time, more than 0; null for no limit
   */
  public ConnectOptions withConnectTimeout(@Nullable Duration timeout) {
    return with(v -> v.connectTimeout = Check.positiveOrNull("timeout", timeout));
  }

  /**
   * Returns the delay between connection attempts; zero waits until the previous one has failed.
   */
  public Duration happyEyeballsDelay() {
    return values.happyEyeballsDelay;
  }

  /**
   * Sets the delay between the connection attempts to the addresses of a host (RFC 8305), 250
   * milliseconds by default. The next attempt starts after the delay, or when the previous one
   * fails. The first established connection is used, and the other attempts are closed.
   *
   * <p>asyncio: {@code happy_eyeballs_delay=}, which is off by default in asyncio.
   *
   * @param delay the delay; zero starts an attempt only when the previous one has failed
   */
  public ConnectOptions withHappyEyeballsDelay(Duration delay) {
    return with(v -> v.happyEyeballsDelay = Check.notNegative("delay", delay));
  }

  /**
   * Returns how many addresses of the preferred family are tried first; 0 keeps the resolver's
   * order.
   */
  public int interleave() {
    return values.interleave;
  }

  /**
   * Sets how many addresses of the preferred family are tried before the first address of the other
   * family, 1 by default. From then on the two families alternate. The preferred family is that of
   * the resolver's first address.
   *
   * <p>asyncio: {@code interleave=}. RFC 8305, section 4.
   *
   * @param count the number of addresses; 0 keeps the resolver's order
   */
  public ConnectOptions withInterleave(int count) {
    return with(v -> v.interleave = Check.notNegative("count", count));
  }

  /** Returns the family of the addresses that are tried. */
  public AddressFamily family() {
    return values.family;
  }

  /**
   * Tries only addresses of one family. The future fails with {@link java.net.UnknownHostException}
   * when the host has none.
   *
   * <p>asyncio: {@code family=}.
   *
   * @param family the family, or {@link AddressFamily#ANY}
   */
  public ConnectOptions withFamily(AddressFamily family) {
    return with(v -> v.family = Objects.requireNonNull(family, "family"));
  }

  /**
   * Binds the socket to a local address before it connects. When a name has several addresses, uses
   * the first that has the family of the remote address and can be bound.
   *
   * <p>asyncio: {@code local_addr=}.
   *
   * @param host a name or an address of this machine
   * @param port the port, or 0 for any free port
   */
  public ConnectOptions withLocalAddress(String host, int port) {
    return with(v -> v.localAddress = new HostPort(Check.host("host", host), Check.port(port, 0)));
  }

  /** Returns the resolver of host names, or null for that of the runtime. */
  public @Nullable AddressResolver resolver() {
    return values.resolver;
  }

  /**
   * Sets the resolver of host names. The default is {@link RuntimeOptions#resolver}, else the
   * JDK's.
   *
   * @param resolver the resolver
   */
  public ConnectOptions withResolver(AddressResolver resolver) {
    return with(v -> v.resolver = Objects.requireNonNull(resolver, "resolver"));
  }

  /**
   * Sets a socket option before the socket connects, such as {@link
   * java.net.StandardSocketOptions#SO_KEEPALIVE}. When the system does not support the option, the
   * future fails with an {@link java.io.IOException} that names it.
   *
   * @param option the option
   * @param value its value
   */
  public <T> ConnectOptions withSocketOption(SocketOption<T> option, T value) {
    return with(v -> v.setSocketOption(option, value));
  }

  /** Returns the maximum time without traffic on the connection, or null for no limit. */
  public @Nullable Duration idleTimeout() {
    return values.idleTimeout;
  }

  /**
   * Terminates the connection when it transfers no bytes in either direction for {@code timeout}.
   * There is no limit by default. The timeout also applies while the connection closes, so a peer
   * that stops reading cannot hold it open.
   *
   * <p>Received bytes are still delivered. After them, reads, {@code drain} and {@code waitClosed}
   * fail with {@link ConnectionLostException}, caused by a {@link java.net.SocketTimeoutException}.
   * {@link StreamWriter#closeReason} reports {@link CloseReason.Kind#TIMED_OUT}.
   *
   * @param timeout the maximum time, more than 0; null for no limit
   */
  public ConnectOptions withIdleTimeout(@Nullable Duration timeout) {
    return with(v -> v.idleTimeout = Check.positiveOrNull("timeout", timeout));
  }

  /** Returns the maximum time that one read may be pending, or null for no limit. */
  public @Nullable Duration readTimeout() {
    return values.readTimeout;
  }

  /**
   * Terminates the connection when one read is pending for {@code timeout}. There is no limit by
   * default. The time runs from the start of the read until it has all the bytes that it requires.
   * A peer that sends a line byte by byte does not extend it. The connection then fails as
   * described at {@link #withIdleTimeout}.
   *
   * @param timeout the maximum time, more than 0; null for no limit
   */
  public ConnectOptions withReadTimeout(@Nullable Duration timeout) {
    return with(v -> v.readTimeout = Check.positiveOrNull("timeout", timeout));
  }

  /** Returns the maximum time that a write may make no progress, or null for no limit. */
  public @Nullable Duration writeTimeout() {
    return values.writeTimeout;
  }

  /**
   * Terminates the connection when bytes are queued and the kernel accepts none of them for {@code
   * timeout}, because the peer does not read. There is no limit by default. Each accepted byte
   * restarts the time. Received bytes do not. The timeout also applies while the connection closes.
   * The connection then fails as described at {@link #withIdleTimeout}.
   *
   * @param timeout the maximum time, more than 0; null for no limit
   */
  public ConnectOptions withWriteTimeout(@Nullable Duration timeout) {
    return with(v -> v.writeTimeout = Check.positiveOrNull("timeout", timeout));
  }

  /** Returns the observer of the connection, or null for none. */
  public @Nullable ConnectionObserver observer() {
    return values.observer;
  }

  /**
   * Observes the connection, for metrics. There is no observer by default.
   *
   * @param observer the observer, or null for none
   */
  public ConnectOptions withObserver(@Nullable ConnectionObserver observer) {
    return with(v -> v.observer = observer);
  }

  /** Returns the runtime on which the connection runs, the shared runtime by default. */
  public AsyncRuntime runtime() {
    return values.runtimeOrShared();
  }

  /**
   * Runs the connection on {@code runtime} instead of the shared runtime. An adopted {@link
   * java.nio.channels.AsynchronousSocketChannel} stays on the threads of its own channel group.
   *
   * @param runtime the runtime
   */
  public ConnectOptions withRuntime(AsyncRuntime runtime) {
    return with(v -> v.runtime = Objects.requireNonNull(runtime, "runtime"));
  }

  /** Returns the settings of a connect attempt, with the defaults of the runtime. */
  ConnectSettings settings() {
    IoRuntime runtime = runtime().io();
    Function<String, CompletionStage<List<InetAddress>>> ownResolver =
        values.resolver == null ? null : values.resolver::resolve;
    return new ConnectSettings(
        values.connectionSettings(),
        values.observer,
        values.connectTimeout,
        values.happyEyeballsDelay,
        values.interleave,
        values.family.addressType(),
        values.localAddress,
        ownResolver == null ? runtime.resolver() : ownResolver,
        values.socketOptions);
  }

  @Override
  public String toString() {
    return "ConnectOptions[limit="
        + values.limit
        + ", callbackExecutor="
        + values.callbackExecutor
        + ", tls="
        + values.tls
        + ", connectTimeout="
        + values.connectTimeout
        + ", happyEyeballsDelay="
        + values.happyEyeballsDelay
        + ", interleave="
        + values.interleave
        + ", family="
        + values.family
        + ", localAddress="
        + values.localAddress
        + (values.resolver == null ? "" : ", resolver=" + values.resolver)
        + ", socketOptions="
        + values.socketOptions
        + ", "
        + values.timeouts()
        + ", observer="
        + values.observer
        + ", runtime="
        + values.runtime
        + "]";
  }

  /** Holds the value of each option, with its default. */
  private static final class Values extends StreamValues {

    @Nullable Duration connectTimeout;
    Duration happyEyeballsDelay = RECOMMENDED_DELAY;
    int interleave = 1;
    AddressFamily family = AddressFamily.ANY;
    @Nullable HostPort localAddress;
    @Nullable AddressResolver resolver;

    @Override
    public Values clone() {
      return (Values) super.clone();
    }
  }
}
