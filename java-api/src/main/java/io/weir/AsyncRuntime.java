package io.weir;

import io.weir.internal.channel.IoThread;
import io.weir.internal.connect.AddressResolver;
import io.weir.internal.time.DaemonTimers;
import io.weir.internal.time.Timers;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.channels.AsynchronousChannelGroup;
import org.jspecify.annotations.Nullable;

/**
 * The threads that carry everything: I/O threads, the timers' thread, threads for name resolution,
 * one that notices forgotten connections. All are daemon threads with names that begin with {@code
 * weir-}.
 *
 * <p>The I/O threads are a fixed pool, as many as there are processors and at least two, so that
 * one callback that blocks does not stop the rest. (The JDK's default pool grows instead, which
 * costs 40 to 50 percent more processor time a message.)
 */
final class AsyncRuntime {

  private static final int MIN_IO_THREADS = 2;

  private static @Nullable AsyncRuntime shared; // guarded by the class

  private final AsynchronousChannelGroup group;
  private final Timers timers = new DaemonTimers("weir-timers");
  private final AddressResolver resolver = new AddressResolver("weir-resolver");
  private final Cleaner cleaner;

  private AsyncRuntime() throws IOException {
    int threads = Math.max(MIN_IO_THREADS, Runtime.getRuntime().availableProcessors());
    group = AsynchronousChannelGroup.withFixedThreadPool(threads, IoThread.factory("weir-io"));
    cleaner = Cleaner.create(AsyncRuntime::cleanerThread);
  }

  /** The runtime that everybody shares; it is made when first asked for. */
  static synchronized AsyncRuntime shared() throws IOException {
    if (shared == null) {
      shared = new AsyncRuntime();
    }
    return shared;
  }

  private static Thread cleanerThread(Runnable task) {
    Thread thread = new Thread(task, "weir-cleaner");
    thread.setDaemon(true);
    return thread;
  }

  AsynchronousChannelGroup group() {
    return group;
  }

  Timers timers() {
    return timers;
  }

  AddressResolver resolver() {
    return resolver;
  }

  Cleaner cleaner() {
    return cleaner;
  }
}
