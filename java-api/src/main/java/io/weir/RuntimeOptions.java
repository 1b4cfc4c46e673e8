package io.weir;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
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
  public static final RuntimeOptions DEFAULTS = new RuntimeOptions(new Values());

  private final Values values; // never changed after construction

  private RuntimeOptions(Values values) {
    this.values = values;
  }

  private RuntimeOptions with(Consumer<Values> change) {
    Values changed = values.clone();
    change.accept(changed);
    return new RuntimeOptions(changed);
  }

  /** How many threads carry connections, and how many run what else completes. */
  public int ioThreads() {
    return values.ioThreads;
  }

  /**
   * Sets how many threads carry connections; as many again run what timers and name resolution
   * complete. A callback that blocks stops the connections of its thread; with one thread, all.
   *
   * @param threads the number, more than 0
   */
  public RuntimeOptions withIoThreads(int threads) {
    return with(v -> v.ioThreads = Check.positive("ioThreads", threads));
  }

  /** What carries TCP. */
  public TcpImplementation tcpImplementation() {
    return values.tcpImplementation;
  }

  /**
   * Sets what carries TCP. Channels that a program hands over stay what they are.
   *
   * @param implementation which of the two
   */
  public RuntimeOptions withTcpImplementation(TcpImplementation implementation) {
    return with(
        v -> v.tcpImplementation = Objects.requireNonNull(implementation, "implementation"));
  }

  /** What the names of the threads begin with. */
  public String threadNames() {
    return values.threadNames;
  }

  /**
   * Sets what the names of the threads begin with: {@code feed} makes {@code feed-io-1} and so on.
   *
   * @param prefix the beginning, not empty
   */
  public RuntimeOptions withThreadNames(String prefix) {
    return with(v -> v.threadNames = Check.notEmpty("prefix", prefix));
  }

  /** Where futures complete unless a connection's options say otherwise; null: the I/O thread. */
  public @Nullable Executor callbackExecutor() {
    return values.callbackExecutor;
  }

  /**
   * Sets where the futures of connections and servers complete whose own options do not say.
   *
   * @param executor where to complete them
   */
  public RuntimeOptions withCallbackExecutor(Executor executor) {
    return with(v -> v.callbackExecutor = Objects.requireNonNull(executor, "executor"));
  }

  /**
   * Who finds the addresses of names unless a connection's options say otherwise; null: the JDK.
   */
  public @Nullable AddressResolver resolver() {
    return values.resolver;
  }

  /**
   * Sets who finds the addresses of names, for connections whose own options do not say and for
   * servers.
   *
   * @param addresses is asked for each name that is no address
   */
  public RuntimeOptions withResolver(AddressResolver addresses) {
    return with(v -> v.resolver = Objects.requireNonNull(addresses, "addresses"));
  }

  @Override
  public String toString() {
    return "RuntimeOptions[ioThreads="
        + values.ioThreads
        + ", tcpImplementation="
        + values.tcpImplementation
        + ", threadNames="
        + values.threadNames
        + ", callbackExecutor="
        + values.callbackExecutor
        + ", resolver="
        + values.resolver
        + "]";
  }

  /** Holds the value of each option, with its default. */
  private static final class Values implements Cloneable {

    int ioThreads = Math.max(MIN_IO_THREADS, Runtime.getRuntime().availableProcessors());
    TcpImplementation tcpImplementation = TcpImplementation.SELECTOR_LOOPS;
    String threadNames = "weir";
    @Nullable Executor callbackExecutor;
    @Nullable AddressResolver resolver;

    @Override
    public Values clone() {
      try {
        return (Values) super.clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError("Values is Cloneable", e);
      }
    }
  }
}
