package io.weir;

import io.weir.channels.SelectorChannelProvider;
import io.weir.internal.runtime.RuntimeSettings;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The options of an {@link AsyncRuntime}. Instances are immutable, so any thread may use them. Each
 * {@code with} method returns a copy with one option changed.
 *
 * <pre>{@code
 * AsyncRuntime.create(RuntimeOptions.DEFAULTS.withIoThreads(1).withThreadNames("feed"));
 * }</pre>
 *
 * <p>A {@code with} method throws {@link IllegalArgumentException} for a value out of range, and
 * {@link NullPointerException} for a null that is not marked {@code Nullable}.
 */
public final class RuntimeOptions {

  private static final int MIN_IO_THREADS = 2;

  /** The minimum of the slow-callback time. A timer checks callbacks twice in that time. */
  private static final Duration MIN_SLOW = Duration.ofMillis(1);

  /** Has no group and no thread: each runtime creates its group. */
  private static final SelectorChannelProvider SELECTORS = new SelectorChannelProvider();

  /**
   * The defaults: one I/O thread per processor, at least two, and thread names that start with
   * {@code weir}. The JDK resolves host names, selector loops serve TCP, and futures complete on
   * the I/O thread.
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

  /** Returns the number of I/O threads, which is also the number of callback threads. */
  public int ioThreads() {
    return values.ioThreads;
  }

  /**
   * Sets the number of I/O threads, which serve connections. The runtime has the same number of
   * callback threads, which run timers and complete futures that no I/O thread completes. A
   * callback that blocks stops the connections of its I/O thread. With one I/O thread, these are
   * all connections.
   *
   * @param threads the number of threads, more than 0
   */
  public RuntimeOptions withIoThreads(int threads) {
    return with(v -> v.ioThreads = Check.positive("ioThreads", threads));
  }

  /** Returns the provider of TCP channels. */
  public AsynchronousChannelProvider channelProvider() {
    return values.channelProvider;
  }

  /**
   * Sets the provider of TCP channels. The default is a {@link SelectorChannelProvider}; the JDK's
   * is {@link AsynchronousChannelProvider#provider()}. Streams behave the same with every provider
   * that follows the JDK's documentation. Adopted channels keep their own provider, and Unix domain
   * sockets always use the default.
   *
   * <p>With the default, a connection belongs to one I/O thread, and a callback that blocks delays
   * the others of that thread. With the JDK's, any I/O thread can serve any connection, so a
   * blocked callback delays no others while a thread is free. A message costs more system calls.
   *
   * @param provider the provider, which opens a group of {@link #ioThreads} threads
   */
  public RuntimeOptions withChannelProvider(AsynchronousChannelProvider provider) {
    return with(v -> v.channelProvider = Objects.requireNonNull(provider, "provider"));
  }

  /** Returns the prefix of the thread names. */
  public String threadNames() {
    return values.threadNames;
  }

  /**
   * Sets the prefix of the thread names. With {@code feed}, the first I/O thread is {@code
   * feed-io-1}.
   *
   * @param prefix the prefix, not empty
   */
  public RuntimeOptions withThreadNames(String prefix) {
    return with(v -> v.threadNames = Check.notEmpty("prefix", prefix));
  }

  /**
   * Returns the executor on which futures complete when the options of their connection or server
   * set none. Null selects the I/O thread.
   */
  public @Nullable Executor callbackExecutor() {
    return values.callbackExecutor;
  }

  /**
   * Sets the executor on which futures complete when the options of their connection or server set
   * none.
   *
   * <p>When it is a bounded pool, its tasks must not wait for futures of this library: when all
   * threads wait, none is left to complete what they wait for.
   *
   * @param executor the executor that completes futures
   */
  public RuntimeOptions withCallbackExecutor(Executor executor) {
    return with(v -> v.callbackExecutor = Objects.requireNonNull(executor, "executor"));
  }

  /**
   * Returns the resolver of host names for connections whose own options set none, and for servers.
   * Null selects the JDK's.
   */
  public @Nullable AddressResolver resolver() {
    return values.resolver;
  }

  /**
   * Sets the resolver of host names for connections whose own options set none, and for servers.
   * The runtime calls the resolver for each host that is not a literal address.
   *
   * @param resolver the resolver
   */
  public RuntimeOptions withResolver(AddressResolver resolver) {
    return with(v -> v.resolver = Objects.requireNonNull(resolver, "resolver"));
  }

  /** Returns the time after which a callback on an I/O thread is logged, or null for never. */
  public @Nullable Duration slowCallbackTime() {
    return values.slowCallbackTime;
  }

  /**
   * Logs a callback that runs on an I/O thread or callback thread for longer than {@code time}, 2
   * seconds by default, as a {@code WARNING} with the stack of the thread. Such a callback delays
   * the other connections of the thread. When it waits for one of them, it waits for ever. Each
   * callback is logged once, at most half of {@code time} late. JDK Flight Recorder has the event
   * {@code io.weir.SlowCallback}.
   *
   * <p>asyncio: {@code loop.slow_callback_duration}, in debug mode.
   *
   * @param time the time, 1 ms or more; null for no log
   */
  public RuntimeOptions withSlowCallbackTime(@Nullable Duration time) {
    return with(
        v -> v.slowCallbackTime = time == null ? null : Check.atLeast(MIN_SLOW, "time", time));
  }

  /** Returns the settings of the runtime. */
  RuntimeSettings settings() {
    return new RuntimeSettings(
        values.threadNames,
        values.ioThreads,
        SELECTORS,
        values.channelProvider instanceof SelectorChannelProvider ? null : values.channelProvider,
        values.callbackExecutor,
        values.slowCallbackTime,
        values.resolver == null ? null : values.resolver::resolve);
  }

  @Override
  public String toString() {
    return "RuntimeOptions[ioThreads="
        + values.ioThreads
        + ", channelProvider="
        + values.channelProvider.getClass().getName()
        + ", threadNames="
        + values.threadNames
        + ", callbackExecutor="
        + values.callbackExecutor
        + ", slowCallbackTime="
        + values.slowCallbackTime
        + ", resolver="
        + values.resolver
        + "]";
  }

  /** Holds the value of each option, with its default. */
  private static final class Values implements Cloneable {

    int ioThreads = Math.max(MIN_IO_THREADS, Runtime.getRuntime().availableProcessors());
    AsynchronousChannelProvider channelProvider = SELECTORS;
    String threadNames = "weir";
    @Nullable Executor callbackExecutor;
    @Nullable AddressResolver resolver;
    @Nullable Duration slowCallbackTime = Duration.ofSeconds(2);

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
