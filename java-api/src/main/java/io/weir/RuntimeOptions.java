package io.weir;

import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link AsyncRuntime} is made of. Immutable: each {@code with} method returns changed
 * options.
 *
 * <pre>{@code
 * AsyncRuntime.create(RuntimeOptions.DEFAULTS.withIoThreads(1).withThreadNames("feed"));
 * }</pre>
 */
public final class RuntimeOptions {

  private static final int MIN_IO_THREADS = 2;

  /**
   * As many I/O threads as there are processors, two at least, with names that begin with {@code
   * weir}; the JDK's resolver; futures that complete on the I/O thread.
   */
  public static final RuntimeOptions DEFAULTS = new RuntimeOptions(new Builder());

  private final int ioThreads;
  private final TcpImplementation tcpImplementation;
  private final String threadNames;
  private final @Nullable Executor callbackExecutor;
  private final @Nullable AddressResolver resolver;

  private RuntimeOptions(Builder values) {
    this.ioThreads = values.ioThreads;
    this.tcpImplementation = values.tcpImplementation;
    this.threadNames = values.threadNames;
    this.callbackExecutor = values.callbackExecutor;
    this.resolver = values.resolver;
  }

  /** How many threads carry connections, and how many run what else completes. */
  public int ioThreads() {
    return ioThreads;
  }

  /**
   * Sets how many threads carry connections; as many again run what timers and name resolution
   * complete. A callback that blocks stops the connections of its thread; with one thread, all.
   *
   * @param threads the number, more than 0
   */
  public RuntimeOptions withIoThreads(int threads) {
    Builder values = new Builder(this);
    values.ioThreads = Check.positive("ioThreads", threads);
    return new RuntimeOptions(values);
  }

  /** What carries TCP. */
  public TcpImplementation tcpImplementation() {
    return tcpImplementation;
  }

  /**
   * Sets what carries TCP. Channels that a program hands over stay what they are.
   *
   * @param implementation which of the two
   */
  public RuntimeOptions withTcpImplementation(TcpImplementation implementation) {
    Builder values = new Builder(this);
    values.tcpImplementation = Objects.requireNonNull(implementation, "implementation");
    return new RuntimeOptions(values);
  }

  /** What the names of the threads begin with. */
  public String threadNames() {
    return threadNames;
  }

  /**
   * Sets what the names of the threads begin with: {@code feed} makes {@code feed-io-1} and so on.
   *
   * @param prefix the beginning, not empty
   */
  public RuntimeOptions withThreadNames(String prefix) {
    Builder values = new Builder(this);
    values.threadNames = Check.notEmpty("prefix", prefix);
    return new RuntimeOptions(values);
  }

  /** Where futures complete unless a connection's options say otherwise; null: the I/O thread. */
  public @Nullable Executor callbackExecutor() {
    return callbackExecutor;
  }

  /**
   * Sets where the futures of connections and servers complete whose own options do not say.
   *
   * @param executor where to complete them
   */
  public RuntimeOptions withCallbackExecutor(Executor executor) {
    Builder values = new Builder(this);
    values.callbackExecutor = Objects.requireNonNull(executor, "executor");
    return new RuntimeOptions(values);
  }

  /**
   * Who finds the addresses of names unless a connection's options say otherwise; null: the JDK.
   */
  public @Nullable AddressResolver resolver() {
    return resolver;
  }

  /**
   * Sets who finds the addresses of names, for connections whose own options do not say and for
   * servers.
   *
   * @param addresses is asked for each name that is no address
   */
  public RuntimeOptions withResolver(AddressResolver addresses) {
    Builder values = new Builder(this);
    values.resolver = Objects.requireNonNull(addresses, "addresses");
    return new RuntimeOptions(values);
  }

  @Override
  public String toString() {
    return "RuntimeOptions[ioThreads="
        + ioThreads
        + ", tcpImplementation="
        + tcpImplementation
        + ", threadNames="
        + threadNames
        + ", callbackExecutor="
        + callbackExecutor
        + ", resolver="
        + resolver
        + "]";
  }

  /** The values on their way into new options. */
  private static final class Builder {

    int ioThreads = Math.max(MIN_IO_THREADS, Runtime.getRuntime().availableProcessors());
    TcpImplementation tcpImplementation = TcpImplementation.SELECTOR_LOOPS;
    String threadNames = "weir";
    @Nullable Executor callbackExecutor;
    @Nullable AddressResolver resolver;

    Builder() {}

    Builder(RuntimeOptions from) {
      ioThreads = from.ioThreads;
      tcpImplementation = from.tcpImplementation;
      threadNames = from.threadNames;
      callbackExecutor = from.callbackExecutor;
      resolver = from.resolver;
    }
  }
}
