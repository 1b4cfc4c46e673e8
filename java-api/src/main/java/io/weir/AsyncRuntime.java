package io.weir;

import io.weir.internal.channel.JdkTcp;
import io.weir.internal.channel.SelectorLoops;
import io.weir.internal.channel.SelectorTcp;
import io.weir.internal.channel.TcpSockets;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.DaemonPool;
import io.weir.internal.concurrent.DaemonTimers;
import io.weir.internal.concurrent.IoThread;
import io.weir.internal.concurrent.Timers;
import io.weir.internal.connect.JdkResolver;
import io.weir.internal.tls.BufferPool;
import io.weir.internal.tls.TlsEnvironment;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.ref.Cleaner;
import java.nio.channels.AsynchronousChannelGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The threads of connections and servers, and their clock, resolver and callback executor.
 *
 * <p>By default all connections and servers use the {@linkplain #shared shared} runtime. A program
 * {@linkplain #create creates} another one to separate a part of its work, to choose the number and
 * the names of the threads, or to be sure that nothing is left behind. Runtimes are independent of
 * each other.
 *
 * <pre>{@code
 * try (AsyncRuntime feed = AsyncRuntime.create(RuntimeOptions.DEFAULTS.withThreadNames("feed"))) {
 *   ConnectOptions options = ConnectOptions.DEFAULTS.withRuntime(feed);
 *   ...
 * }
 * }</pre>
 *
 * <p><b>Threads.</b> All are daemon threads, with names that begin as the options say, and each
 * starts when it is first needed. Each I/O thread is a selector loop with connections of its own. A
 * connection stays on one loop, and its callbacks run there unless the options give an executor. A
 * callback that blocks holds up the connections of its loop, and no others. The acceptor's thread
 * accepts for all servers and runs no callbacks.
 *
 * <p>A few callback threads run the tasks of timers, continue after name resolution and after the
 * tasks of a TLS handshake, and complete the futures of servers and of connects that fail. With
 * {@link TcpImplementation#JDK_CHANNELS} a connection has no thread of its own: its callbacks run
 * on the threads of the JDK's channel group, and those of completions that are found in a call of
 * the program run on the callback threads; they run one after another, in order. If callbacks block
 * all callback threads, no timeout fires.
 *
 * <p>A callback on any of these threads must not wait: {@code join} and {@code get} of an
 * unfinished future throw {@link IllegalStateException} there. One thread, {@code weir-cleaner},
 * serves all runtimes: it notices connections that were forgotten without being closed.
 */
public final class AsyncRuntime implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("io.weir");

  private static final int BLOCKING_THREADS = 8;

  /** How long closing waits for threads that have something to finish. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static @Nullable AsyncRuntime shared; // guarded by the class
  private static @Nullable Cleaner cleaner; // guarded by the class

  private final RuntimeOptions options;
  private final boolean closable;
  private final ExecutorService completions;
  private final ExecutorService blocking;
  private final ExecutorService binding;
  private final ExecutorService lookUps;
  private final ExecutorService tlsTasks;
  private final JdkResolver resolver;
  private final DaemonTimers timers;
  private final SelectorLoops loops;
  private final TlsEnvironment tls;
  private final Map<Object, Runnable> running = new ConcurrentHashMap<>();

  private @Nullable AsynchronousChannelGroup group; // guarded by this
  private volatile boolean closed; // written under this

  private AsyncRuntime(RuntimeOptions options, boolean closable) {
    this.options = options;
    this.closable = closable;
    String names = options.threadNames();
    completions = DaemonPool.forCompletions(names + "-callback", options.ioThreads());
    blocking = DaemonPool.forBlockingCalls(names + "-blocking", BLOCKING_THREADS);
    binding = DaemonPool.forBlockingCalls(names + "-binding", 1);
    lookUps = DaemonPool.forBlockingCalls(names + "-resolver", BLOCKING_THREADS);
    tlsTasks = DaemonPool.forBlockingCalls(names + "-tls", BLOCKING_THREADS);
    resolver = new JdkResolver(lookUps, completions);
    timers = new DaemonTimers(names + "-timers", completions);
    loops =
        new SelectorLoops(
            options.ioThreads(),
            IoThread.factory(names + "-io"),
            IoThread.factory(names + "-acceptor"));
    tls = new TlsEnvironment(timers, tlsTasks, completions, new BufferPool());
  }

  /** The runtime that everybody shares; it is made when first asked for, and cannot be closed. */
  public static synchronized AsyncRuntime shared() {
    if (shared == null) {
      shared = new AsyncRuntime(RuntimeOptions.DEFAULTS, /* closable= */ false);
    }
    return shared;
  }

  /**
   * Makes a runtime, which whoever makes it closes. No thread starts yet.
   *
   * @param options what it is made of
   */
  public static AsyncRuntime create(RuntimeOptions options) {
    return new AsyncRuntime(options, /* closable= */ true);
  }

  /** Notices what nobody uses any more, in all runtimes. */
  static synchronized Cleaner cleaner() {
    if (cleaner == null) {
      cleaner = Cleaner.create(IoThread.factory("weir-cleaner"));
    }
    return cleaner;
  }

  // ---- what it offers ----

  /** Opens TCP sockets. */
  TcpSockets tcp() throws IOException {
    return switch (options.tcpImplementation()) {
      case SELECTOR_LOOPS -> new SelectorTcp(loops());
      case JDK_CHANNELS -> new JdkTcp(group(), completions);
    };
  }

  private synchronized AsynchronousChannelGroup group() throws IOException {
    refuseIfClosed();
    if (group == null) {
      group =
          AsynchronousChannelGroup.withFixedThreadPool(
              options.ioThreads(), IoThread.factory(options.threadNames() + "-aio"));
    }
    return group;
  }

  /** Carry Unix domain sockets and sockets that were handed over, and TCP where it is theirs. */
  SelectorLoops loops() {
    refuseIfClosed();
    return loops;
  }

  Timers timers() {
    return timers;
  }

  JdkResolver resolver() {
    return resolver;
  }

  /** Who is asked for names, if the options of a connection say; null for the JDK. */
  @Nullable AddressResolver resolverOr(@Nullable AddressResolver own) {
    return own == null ? options.resolver() : own;
  }

  /** The program's executor for callbacks, from the options of a connection or server or these. */
  @Nullable Executor callbackExecutorOr(@Nullable Executor own) {
    return own == null ? options.callbackExecutor() : own;
  }

  /** Completes futures that belong to no connection: on the program's executor, if it has one. */
  CompletionExecutor completionsOn(@Nullable Executor own) {
    Executor program = callbackExecutorOr(own);
    CompletionExecutor ours = CompletionExecutor.on(completions);
    return program == null ? ours : ours.submittingTo(program);
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
  TlsEnvironment tls() {
    return tls;
  }

  // ---- the end ----

  /**
   * Something runs here from now on; it is remembered where it has to be ended some day.
   *
   * @param what the thing, until {@link #ended}
   * @param end ends it when the runtime is closed; at once when it is already
   */
  void begun(Object what, Runnable end) {
    if (!closable) {
      return;
    }
    running.put(what, end);
    if (closed && running.remove(what, end)) {
      end.run();
    }
  }

  /** Something that ran here has ended. */
  void ended(Object what) {
    running.remove(what);
  }

  private void refuseIfClosed() {
    if (closed) {
      throw isClosed();
    }
  }

  /** What is told to who wants to begin something when it is closed. */
  IllegalStateException isClosed() {
    return new IllegalStateException(
        this + " is closed: make another with AsyncRuntime.create, or use the shared one");
  }

  /**
   * Closes what runs here, and ends its threads: servers are closed, connections aborted, and what
   * is being opened or started fails. To end them in order, use {@link Server#shutdown} and {@link
   * StreamWriter#closeGracefully} before. Does nothing the second time.
   *
   * <p>It returns when the threads have ended, after five seconds at most: a callback that blocks
   * goes on, and so does a look-up of a name, which the JDK cannot interrupt. On an I/O thread it
   * does not wait.
   *
   * @throws UnsupportedOperationException on the shared runtime, which is everybody's
   */
  @Override
  public void close() {
    if (!closable) {
      throw new UnsupportedOperationException(
          "the shared runtime is everybody's and cannot be closed: close what AsyncRuntime.create"
              + " makes");
    }
    AsynchronousChannelGroup lastGroup;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      lastGroup = group;
    }
    boolean mayWait = !IoThread.isCurrent();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    endWhatRuns(mayWait ? completions : Runnable::run, deadline);
    stopThreads(lastGroup);
    if (mayWait) {
      awaitThreads(lastGroup, deadline);
    }
  }

  /** Ends run callbacks of users, which may block: not for the thread that closes. */
  private void endWhatRuns(Executor executor, long deadline) {
    List<CompletableFuture<Void>> ends = new ArrayList<>();
    running.forEach(
        (what, end) -> {
          if (running.remove(what, end)) { // else it has ended, or is ended by who has begun it
            ends.add(CompletableFuture.runAsync(end, executor));
          }
        });
    CompletableFuture<Void> all = CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
    try {
      all.get(left(deadline), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.log(Level.WARNING, "closing " + this + ": not everything has ended", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // and the rest ends in its own time
    }
  }

  private List<ExecutorService> pools() {
    return List.of(completions, blocking, binding, lookUps, tlsTasks);
  }

  private void stopThreads(@Nullable AsynchronousChannelGroup lastGroup) {
    if (lastGroup != null) {
      try {
        lastGroup.shutdownNow(); // with the channels that were connected or accepted just now
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "closing the channels of " + this, e);
      }
    }
    loops.stop();
    timers.stop();
    pools().forEach(ExecutorService::shutdown);
  }

  private void awaitThreads(@Nullable AsynchronousChannelGroup lastGroup, long deadline) {
    try {
      if (lastGroup != null) {
        lastGroup.awaitTermination(left(deadline), TimeUnit.NANOSECONDS);
      }
      loops.awaitEnd(left(deadline));
      timers.awaitEnd(left(deadline));
      for (ExecutorService pool : pools()) {
        pool.awaitTermination(left(deadline), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // and the threads end in their own time
    }
  }

  private static long left(long deadline) {
    return deadline - System.nanoTime();
  }

  @Override
  public String toString() {
    return "AsyncRuntime["
        + options.threadNames()
        + (closable ? ", " + running.size() + " running" : "")
        + (closed ? ", closed" : "")
        + "]";
  }
}
