package io.weir;

import io.weir.internal.channel.DaemonPool;
import io.weir.internal.channel.IoThread;
import io.weir.internal.channel.SelectorLoop;
import io.weir.internal.connect.JdkResolver;
import io.weir.internal.time.DaemonTimers;
import io.weir.internal.time.Timers;
import io.weir.internal.tls.BufferPool;
import io.weir.internal.tls.TlsChannel;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.channels.AsynchronousChannelGroup;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The threads that carry everything: I/O threads, the timers' thread, threads for name resolution
 * and for other calls that block, one that notices forgotten connections. All are daemon threads
 * with names that begin with {@code weir-}, and each starts when it is first needed.
 *
 * <p>The I/O threads are a fixed pool, as many as there are processors and at least two, so that
 * one callback that blocks does not stop the rest. (The JDK's default pool grows instead, which
 * costs 40 to 50 percent more processor time a message.) TCP has one such pool, as a channel group
 * of the JDK. Another carries the completions of the selector loop, of the timers and of name
 * resolution: user's code runs on these two alone, and a callback that blocks never stops the clock
 * or a look-up.
 */
final class AsyncRuntime {

  private static final int MIN_IO_THREADS = 2;
  private static final int BLOCKING_THREADS = 8;

  private static @Nullable AsyncRuntime shared; // guarded by the class

  private final int ioThreads =
      Math.max(MIN_IO_THREADS, Runtime.getRuntime().availableProcessors());
  private final Executor completions = DaemonPool.forCompletions("weir-callback", ioThreads);
  private final Executor blocking = DaemonPool.forBlockingCalls("weir-blocking", BLOCKING_THREADS);
  private final Executor binding = DaemonPool.forBlockingCalls("weir-binding", 1);
  private final JdkResolver resolver =
      new JdkResolver(DaemonPool.forBlockingCalls("weir-resolver", BLOCKING_THREADS), completions);
  private final Timers timers = new DaemonTimers("weir-timers", completions);
  private final TlsChannel.Surroundings tls =
      new TlsChannel.Surroundings(
          timers,
          DaemonPool.forBlockingCalls("weir-tls", BLOCKING_THREADS),
          completions,
          new BufferPool());
  private final Cleaner cleaner = Cleaner.create(IoThread.factory("weir-cleaner"));

  private @Nullable AsynchronousChannelGroup group; // guarded by this
  private @Nullable SelectorLoop loop; // guarded by this

  private AsyncRuntime() {}

  /** The runtime that everybody shares; it is made when first asked for. */
  static synchronized AsyncRuntime shared() {
    if (shared == null) {
      shared = new AsyncRuntime();
    }
    return shared;
  }

  /** Carries TCP. */
  synchronized AsynchronousChannelGroup group() throws IOException {
    if (group == null) {
      group = AsynchronousChannelGroup.withFixedThreadPool(ioThreads, IoThread.factory("weir-io"));
    }
    return group;
  }

  /** Carries Unix domain sockets and sockets that were handed over. */
  synchronized SelectorLoop loop() throws IOException {
    if (loop == null) {
      loop = SelectorLoop.start(IoThread.factory("weir-selector"), completions);
    }
    return loop;
  }

  Timers timers() {
    return timers;
  }

  JdkResolver resolver() {
    return resolver;
  }

  /** Where futures complete that no I/O thread completes. It is not for calls that block. */
  Executor completions() {
    return completions;
  }

  /** Where calls may block that are not name resolution. */
  Executor blocking() {
    return blocking;
  }

  /** Where servers are bound that take a lock on a file; connects that wait cannot hold it up. */
  Executor binding() {
    return binding;
  }

  /** What TLS needs: the clock, and threads for the tasks of a handshake, which take time. */
  TlsChannel.Surroundings tls() {
    return tls;
  }

  Cleaner cleaner() {
    return cleaner;
  }
}
