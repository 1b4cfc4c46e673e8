package io.weir;

import io.weir.internal.runtime.IoRuntime;
import java.util.Objects;

/**
 * The threads that serve connections and servers, with the clock, the resolver and the callback
 * executor that they use.
 *
 * <p>The whole program shares one runtime, {@link #shared}, which is the default of all options. A
 * program creates its own with {@link #create}, for example to set the number and the names of the
 * threads, or to stop all threads at a certain point. Runtimes do not affect each other.
 *
 * <pre>{@code
 * try (AsyncRuntime feed = AsyncRuntime.create(RuntimeOptions.DEFAULTS.withThreadNames("feed"))) {
 *   ConnectOptions options = ConnectOptions.DEFAULTS.withRuntime(feed);
 *   ...
 * }
 * }</pre>
 *
 * <p><b>Threads.</b> All threads are daemon threads. Their names start with the prefix in the
 * options, and each starts when it is first needed. Each I/O thread is a selector loop that serves
 * its share of the connections. A connection stays on one loop, where its callbacks run. A callback
 * that blocks delays all connections of its loop, and no others. One more thread accepts
 * connections, and runs no callbacks. ({@link RuntimeOptions#withChannelProvider} selects the JDK's
 * asynchronous channels for TCP instead.)
 *
 * <p>Callback threads complete the futures of servers, and of connects that fail. They also run
 * tasks of timers, and the rest of a TLS handshake after its CPU-intensive tasks. Callbacks run
 * only on these and on the I/O threads, or on the clock's thread when an {@link OutOfMemoryError}
 * prevents the dispatch to another thread. When callbacks block all callback threads, no timeout
 * takes effect. One more thread, whose name ends in {@code -cleaner}, closes connections that the
 * program dropped without closing them.
 *
 * <p><b>Class loaders.</b> A closed runtime leaves no thread and no reference to its user. The
 * threads inherit nothing from the thread that causes their start. A plugin or a web application
 * that is unloaded before the JVM exits must use its own runtime and close it: the threads of the
 * shared one never terminate.
 */
public final class AsyncRuntime implements AutoCloseable {

  /** Holds the shared runtime, which is created when this class is first used. */
  private static final class Shared {

    static final AsyncRuntime RUNTIME =
        new AsyncRuntime(RuntimeOptions.DEFAULTS, /* closable= */ false);
  }

  private final IoRuntime io;

  private AsyncRuntime(RuntimeOptions options, boolean closable) {
    this.io = new IoRuntime(options.settings(), closable);
  }

  /**
   * Returns the runtime that the whole program shares. The first call creates it. It cannot be
   * closed.
   */
  public static AsyncRuntime shared() {
    return Shared.RUNTIME;
  }

  /**
   * Creates a runtime, which the caller must close. No thread starts yet.
   *
   * @param options the options of the runtime
   */
  public static AsyncRuntime create(RuntimeOptions options) {
    return new AsyncRuntime(Objects.requireNonNull(options, "options"), /* closable= */ true);
  }

  /** Returns the threads behind this view. */
  IoRuntime io() {
    return io;
  }

  /**
   * Closes everything on this runtime and stops the threads. Closes the servers, aborts the
   * connections, and fails pending connects and server starts. After the buffered bytes, reads of
   * these connections fail with {@link ConnectionLostException}, because a truncated message must
   * not look complete. For an orderly close, call {@link Server#shutdown} and {@link
   * StreamWriter#closeGracefully} first.
   *
   * <p>Returns when the threads have terminated, after five seconds at most. A callback that blocks
   * continues, and so does a name resolution, which the JDK cannot interrupt. A second call, at the
   * same time or later, closes nothing, and waits for the threads in the same way.
   *
   * <p>On a thread of Weir, for example in a callback, the method closes everything and does not
   * wait, because the thread would wait for itself. The thread terminates when the callback has
   * returned.
   *
   * @throws UnsupportedOperationException on the shared runtime
   */
  @Override
  public void close() {
    io.close();
  }

  @Override
  public String toString() {
    return io.toString();
  }
}
