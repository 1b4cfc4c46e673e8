package io.weir;

import java.net.SocketOption;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How to connect. Immutable: each {@code with} method returns changed options.
 *
 * <pre>{@code
 * AsyncStreams.openConnection(
 *     "localhost", 8888, ConnectOptions.DEFAULTS.withConnectTimeout(Duration.ofSeconds(5)));
 * }</pre>
 */
public final class ConnectOptions {

  private static final Duration RECOMMENDED_DELAY = Duration.ofMillis(250); // RFC 8305, section 8

  /**
   * A limit of 64 KiB, futures that complete on the I/O thread, no TLS, no timeout, addresses of
   * both families dialled 250 milliseconds after one another.
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

  /**
   * A host and a port of it.
   *
   * @param host a name or an address
   * @param port a port, 0 for any
   */
  record HostPort(String host, int port) {

    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /** The reader's limit, in bytes. */
  public int limit() {
    return values.limit;
  }

  /**
   * Sets the reader's limit: how long a line can be, and half of what is buffered at most.
   *
   * @param bytes the limit, more than 0
   */
  public ConnectOptions withLimit(int bytes) {
    return with(v -> v.limit = Check.positive("limit", bytes));
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
  public ConnectOptions withCallbackExecutor(Executor executor) {
    return with(v -> v.callbackExecutor = Objects.requireNonNull(executor, "executor"));
  }

  /** How to speak TLS; null for not at all. */
  public @Nullable TlsOptions tls() {
    return values.tls;
  }

  /**
   * Speaks TLS from the first byte: the connection is handed over when hands have been shaken. The
   * server's certificate must have the name of the host that is dialled; where none is, as on a
   * Unix socket, the options must say which.
   *
   * <p>asyncio: {@code ssl=}.
   *
   * @param options how to speak it, null for not at all
   */
  public ConnectOptions withTls(@Nullable TlsOptions options) {
    return with(v -> v.tls = options);
  }

  /** How long all of it may take; null for as long as it takes. */
  public @Nullable Duration connectTimeout() {
    return values.connectTimeout;
  }

  /**
   * Sets how long it may take until the connection is handed over: to find the addresses, to dial
   * them all, and to shake hands on TLS. Then the future fails with {@link
   * java.net.SocketTimeoutException}, and nothing stays open. There is no limit by default.
   *
   * @param timeout the time, more than 0; null for as long as it takes
   */
  public ConnectOptions withConnectTimeout(@Nullable Duration timeout) {
    return with(v -> v.connectTimeout = Check.positiveOrNull("timeout", timeout));
  }

  /** How long an address waits for the one before; zero for until that has failed. */
  public Duration happyEyeballsDelay() {
    return values.happyEyeballsDelay;
  }

  /**
   * Sets how long the next address of a host waits for the one before it, 250 milliseconds by
   * default. The first that answers counts, and the others are closed.
   *
   * <p>asyncio: {@code happy_eyeballs_delay=}, which is off there unless given. RFC 8305.
   *
   * @param delay the time; zero dials one address after another, when the one before has failed
   */
  public ConnectOptions withHappyEyeballsDelay(Duration delay) {
    return with(v -> v.happyEyeballsDelay = Check.notNegative("delay", delay));
  }

  /** How many addresses of the first family come before the families take turns; 0 for no turns. */
  public int interleave() {
    return values.interleave;
  }

  /**
   * Sets how many addresses of the family that the resolver prefers are dialled before the first of
   * the other; from then on they take turns. It is 1 by default.
   *
   * <p>asyncio: {@code interleave=}. RFC 8305, section 4.
   *
   * @param count the number; 0 leaves the resolver's order
   */
  public ConnectOptions withInterleave(int count) {
    return with(v -> v.interleave = Check.notNegative("count", count));
  }

  /** Which addresses of the host are dialled. */
  public AddressFamily family() {
    return values.family;
  }

  /**
   * Dials only addresses of one family.
   *
   * <p>asyncio: {@code family=}.
   *
   * @param only the family, or {@link AddressFamily#ANY}
   */
  public ConnectOptions withFamily(AddressFamily only) {
    return with(v -> v.family = Objects.requireNonNull(only, "only"));
  }

  @Nullable HostPort localAddress() {
    return values.localAddress;
  }

  /**
   * Connects from an address of this machine. Of a name with several addresses the first counts
   * that has the family of the address being dialled.
   *
   * <p>asyncio: {@code local_addr=}.
   *
   * @param host a name or an address of this machine
   * @param port the port, or 0 for one that is free
   */
  public ConnectOptions withLocalAddress(String host, int port) {
    return with(v -> v.localAddress = new HostPort(Check.host("host", host), Check.port(port, 0)));
  }

  /** Who finds addresses; null for the JDK. */
  public @Nullable AddressResolver resolver() {
    return values.resolver;
  }

  /**
   * Sets who finds the addresses of hosts.
   *
   * @param finder the resolver
   */
  public ConnectOptions withResolver(AddressResolver finder) {
    return with(v -> v.resolver = Objects.requireNonNull(finder, "finder"));
  }

  Map<SocketOption<?>, Object> socketOptions() {
    return values.socketOptions;
  }

  /**
   * Sets an option of the socket before it connects, such as {@link
   * java.net.StandardSocketOptions#SO_KEEPALIVE}. One that the system does not have fails the
   * future, by name.
   *
   * @param option the option
   * @param value its value
   */
  public <T> ConnectOptions withSocketOption(SocketOption<T> option, T value) {
    return with(v -> v.setSocketOption(option, value));
  }

  /** How long the connection may carry nothing; null for any time. */
  public @Nullable Duration idleTimeout() {
    return values.idleTimeout;
  }

  /**
   * Ends the connection that has carried nothing, in either direction, for some time; any time by
   * default. It ends so while it is being closed, too, by a peer that takes nothing. What has
   * arrived is still delivered; then reads, {@code drain} and {@code waitClosed} fail with {@link
   * ConnectionLostException}, caused by a {@link java.net.SocketTimeoutException}, and {@link
   * StreamWriter#closeReason} says {@link CloseReason.Kind#TIMED_OUT}.
   *
   * @param timeout how long, more than 0; null for any time
   */
  public ConnectOptions withIdleTimeout(@Nullable Duration timeout) {
    return with(v -> v.idleTimeout = Check.positiveOrNull("timeout", timeout));
  }

  /** How long one read may wait; null for any time. */
  public @Nullable Duration readTimeout() {
    return values.readTimeout;
  }

  /**
   * Ends the connection on which one read has waited for some time; any time by default. A peer
   * that sends a line a byte at a time does not get around it: what counts is the time until the
   * read has all that it asks for. Nothing counts while nobody reads. It ends as by {@link
   * #withIdleTimeout}.
   *
   * @param timeout how long, more than 0; null for any time
   */
  public ConnectOptions withReadTimeout(@Nullable Duration timeout) {
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
   * Lets a runtime other than the shared one carry the connection. (A channel of the JDK that is
   * handed over stays on the threads of its own group.)
   *
   * @param carrier the runtime
   */
  public ConnectOptions withRuntime(AsyncRuntime carrier) {
    return with(v -> v.runtime = Objects.requireNonNull(carrier, "carrier"));
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
