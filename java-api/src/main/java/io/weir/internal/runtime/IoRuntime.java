package io.weir.internal.runtime;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.internal.channel.DirectBuffers;
import io.weir.internal.channel.FileReads;
import io.weir.internal.channel.SelectorChannelGroup;
import io.weir.internal.channel.TcpSockets;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.DaemonPool;
import io.weir.internal.concurrent.DaemonThread;
import io.weir.internal.concurrent.DaemonTimers;
import io.weir.internal.concurrent.IoThread;
import io.weir.internal.concurrent.SlowCallbacks;
import io.weir.internal.concurrent.Timers;
import io.weir.internal.concurrent.TurnPool;
import io.weir.internal.tls.BufferPool;
import io.weir.internal.tls.TlsEnvironment;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Owns the threads of a runtime: the selector loops, the clock and six executors. Also keeps a
 * register of the objects that run on them, which {@link #close} closes. {@code
 * io.weir.AsyncRuntime} is the public API of this class.
 *
 * <p>Each executor has daemon threads that start on demand and stop when idle. They are separate
 * because a blocked task must not delay the others:
 *
 * <ul>
 *   <li>{@link #completions} completes futures that no I/O thread completes.
 *   <li>{@link #lookups} runs name resolution, which can block for many seconds. The look-up of a
 *       connect that has timed out loses its turn.
 *   <li>{@link #blocking} runs what may block for milliseconds: connects to Unix domain sockets,
 *       and reports of slow callbacks.
 *   <li>{@link #binding} binds Unix domain sockets under a file lock, which it awaits for some
 *       seconds. Connects must not delay a bind, because they may be waiting for its server.
 *   <li>{@link #files} reads files for transfers. A read may block without limit, on a file server
 *       that does not answer. The read of a cancelled transfer loses its turn.
 *   <li>The executor of {@link #tls} runs the delegated tasks of TLS handshakes, which use the CPU,
 *       and block where a trust manager of the program does. The task of a handshake that has timed
 *       out loses its turn.
 * </ul>
 */
public final class IoRuntime implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger("io.weir");

  private static final int BLOCKING_THREADS = 8;

  /** Eight calls with a turn, and the calls that have lost their turn and still block. */
  private static final int MAX_TURN_THREADS = 64;

  /** The maximum time that {@link #close} waits for threads to terminate. */
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final RuntimeSettings settings;
  private final boolean closable;
  private final ExecutorService completions;
  private final ExecutorService blocking;
  private final ExecutorService binding;
  private final ThreadPoolExecutor lookups;
  private final TurnPool lookupTurns;
  private final ThreadPoolExecutor fileReads;
  private final ThreadPoolExecutor tlsTasks;
  private final DaemonTimers clock;
  private final Timers timers;
  private final @Nullable SlowCallbacks slow;
  private final SelectorChannelGroup loops;
  private final TlsEnvironment tls;
  private final FileReads files;
  private final LostConnections lost;
  private final Map<Object, Runnable> registered = new ConcurrentHashMap<>();

  @GuardedBy("this")
  private @Nullable AsynchronousChannelGroup otherGroup; // of another provider's TCP channels

  private final CountDownLatch stopping = new CountDownLatch(1); // open once the threads stop

  private volatile boolean closed; // written under the lock of this, read without it

  /**
   * Creates a runtime. No thread starts yet.
   *
   * @param settings the number and names of its threads, and its defaults
   * @param closable whether {@link #close} is allowed; the shared runtime is never closed, so it
   *     keeps no register
   */
  public IoRuntime(RuntimeSettings settings, boolean closable) {
    this.settings = settings;
    this.closable = closable;
    String names = settings.threadNames();
    clock = new DaemonTimers(names + "-timers");
    blocking = DaemonPool.forBlockingCalls(names + "-blocking", BLOCKING_THREADS);
    slow = slowCallbacks(settings.slowCallbacks());
    completions =
        DaemonPool.forCompletions(
            IoThread.factory(names + "-callback", slow), settings.ioThreads());
    timers = clock.on(completions);
    binding = DaemonPool.forBlockingCalls(names + "-binding", BLOCKING_THREADS);
    lookups = DaemonPool.forBlockingCalls(names + "-resolver", BLOCKING_THREADS);
    lookupTurns = new TurnPool(lookups, MAX_TURN_THREADS);
    fileReads = DaemonPool.forBlockingCalls(names + "-file", BLOCKING_THREADS);
    files =
        new FileReads(new TurnPool(fileReads, MAX_TURN_THREADS), completions, new DirectBuffers());
    tlsTasks = DaemonPool.forBlockingCalls(names + "-tls", BLOCKING_THREADS);
    loops =
        new SelectorChannelGroup(
            settings.selectors(),
            settings.ioThreads(),
            IoThread.factory(names + "-io", slow),
            IoThread.factory(names + "-acceptor"));
    tls = new TlsEnvironment(timers, tlsTaskRunner(), completions, new BufferPool());
    lost = new LostConnections(names + "-cleaner", timers);
  }

  private TlsEnvironment.TaskRunner tlsTaskRunner() {
    TurnPool turns = new TurnPool(tlsTasks, MAX_TURN_THREADS);
    return (needed, task) ->
        turns.execute(
            needed,
            () -> {
              task.run();
              return () -> {};
            });
  }

  private @Nullable SlowCallbacks slowCallbacks(@Nullable Duration threshold) {
    return threshold == null ? null : new SlowCallbacks(threshold, clock, blocking);
  }

  // ---- resources ----

  /**
   * Returns the factory of TCP sockets.
   *
   * @throws IllegalStateException when this runtime is closed
   */
  public TcpSockets tcp() throws IOException {
    return new TcpSockets(group(), completions);
  }

  private AsynchronousChannelGroup group() throws IOException {
    AsynchronousChannelProvider other = settings.otherProvider();
    return other == null ? loops() : groupOf(other);
  }

  private synchronized AsynchronousChannelGroup groupOf(AsynchronousChannelProvider other)
      throws IOException {
    checkOpen();
    if (otherGroup == null) {
      otherGroup =
          other.openAsynchronousChannelGroup(
              settings.ioThreads(), IoThread.factory(settings.threadNames() + "-aio", slow));
    }
    return otherGroup;
  }

  /**
   * Returns the selector loops, which serve Unix domain sockets, adopted channels and, unless the
   * settings say otherwise, TCP.
   *
   * @throws IllegalStateException when this runtime is closed
   */
  public SelectorChannelGroup loops() {
    checkOpen();
    return loops;
  }

  /** Returns the reader of files for transfers, which has the buffers of all transfers. */
  public FileReads files() {
    return files;
  }

  /** Returns the clock. */
  public Timers timers() {
    return timers;
  }

  /** Returns the program's resolver of host names, or null for the JDK's. */
  public @Nullable Function<String, CompletionStage<List<InetAddress>>> resolver() {
    return settings.resolver();
  }

  /**
   * Returns the program's executor for callbacks, or null if it set none.
   *
   * @param own the executor of a connection or server, which takes precedence; null if it has none
   */
  public @Nullable Executor callbackExecutorOr(@Nullable Executor own) {
    return own == null ? settings.callbackExecutor() : own;
  }

  /**
   * Returns the executor that completes futures without a connection: the program's executor if it
   * set one, else a callback thread.
   *
   * @param own the executor of a connection or server, which takes precedence; null if it has none
   */
  public CompletionExecutor completionsOn(@Nullable Executor own) {
    Executor program = callbackExecutorOr(own);
    CompletionExecutor ours = CompletionExecutor.on(completions);
    return program == null ? ours : ours.submittingTo(program);
  }

  /** Returns the executor of the callback threads. Its tasks must not block. */
  public Executor completions() {
    return completions;
  }

  /** Returns the executor for calls that block for milliseconds at most. */
  public Executor blocking() {
    return blocking;
  }

  /** Returns the executor that binds servers under a file lock. {@link #close} interrupts it. */
  public Executor binding() {
    return binding;
  }

  /** Returns the executor for name resolution. */
  public TurnPool lookups() {
    return lookupTurns;
  }

  /** Returns what TLS channels share: the clock, an executor for delegated tasks, and buffers. */
  public TlsEnvironment tls() {
    return tls;
  }

  /** Returns the watch for connections that the program drops. */
  public LostConnections lost() {
    return lost;
  }

  // ---- the register ----

  /**
   * Registers an object that runs on this runtime, until {@link #unregister}. When the runtime is
   * closed already, closes the object in this call.
   *
   * @param object the object
   * @param close closes the object when this runtime is closed
   */
  public void register(Object object, Runnable close) {
    if (!closable) {
      return;
    }
    registered.put(object, close);
    if (closed && registered.remove(object, close)) {
      close.run();
    }
  }

  /** Removes an object that has closed from the register. */
  public void unregister(Object object) {
    registered.remove(object);
  }

  private void checkOpen() {
    if (closed) {
      throw closedException();
    }
  }

  /** Returns the exception for an operation that starts when this runtime is closed. */
  public IllegalStateException closedException() {
    return new IllegalStateException(
        this + " is closed: create another with AsyncRuntime.create, or use the shared one");
  }

  /** Returns the exception of a closed runtime if this one is closed, else the failure. */
  public Throwable closedOr(Throwable failure) {
    return closed ? closedException() : failure;
  }

  // ---- close ----

  /**
   * Closes the registered objects and stops the threads. Waits for both for at most five seconds,
   * but not on a thread of the library. Another call, meanwhile or later, waits for the threads as
   * well.
   *
   * @throws UnsupportedOperationException when this runtime is not closable
   */
  @Override
  public void close() {
    if (!closable) {
      throw new UnsupportedOperationException(
          "the shared runtime cannot be closed, because the whole program uses it: close only"
              + " runtimes that AsyncRuntime.create returned");
    }
    boolean isFirst;
    AsynchronousChannelGroup lastGroup;
    synchronized (this) {
      isFirst = !closed;
      closed = true;
      lastGroup = otherGroup;
    }
    boolean mayWait = !DaemonThread.isCurrent();
    long deadline = System.nanoTime() + CLOSE_TIMEOUT.toNanos();
    if (isFirst) {
      try {
        closeRegistered(mayWait ? completions : Runnable::run, deadline);
        stopThreads(lastGroup);
      } finally {
        stopping.countDown();
      }
    }
    if (mayWait) {
      awaitThreads(lastGroup, deadline);
    }
  }

  /** Closes the registered objects on an executor, because that can run callbacks that block. */
  private void closeRegistered(Executor executor, long deadline) {
    List<CompletableFuture<Void>> closing = new ArrayList<>();
    registered.forEach(
        (object, close) -> {
          if (registered.remove(object, close)) { // else register() closes it, or it has closed
            closing.add(CompletableFuture.runAsync(close, executor));
          }
        });
    CompletableFuture<Void> all =
        CompletableFuture.allOf(closing.toArray(CompletableFuture[]::new));
    try {
      all.get(remaining(deadline), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.log(Level.WARNING, "closing " + this + ": some connections or servers did not close", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the objects close without being awaited
    }
  }

  private List<ExecutorService> pools() {
    return List.of(completions, blocking, binding, lookups, fileReads, tlsTasks);
  }

  private void stopThreads(@Nullable AsynchronousChannelGroup lastGroup) {
    if (lastGroup != null) {
      try {
        lastGroup.shutdownNow(); // closes channels that are not registered yet, too
      } catch (IOException e) {
        LOG.log(Level.DEBUG, "closing the channels of " + this + " failed", e);
      }
    }
    loops.shutdownNow();
    lost.stop();
    clock.stop();
    pools().forEach(ExecutorService::shutdown);
    binding.shutdownNow(); // a lock may be held for seconds by another program
  }

  private void awaitThreads(@Nullable AsynchronousChannelGroup lastGroup, long deadline) {
    try {
      stopping.await(remaining(deadline), TimeUnit.NANOSECONDS);
      if (lastGroup != null) {
        lastGroup.awaitTermination(remaining(deadline), TimeUnit.NANOSECONDS);
      }
      loops.awaitTermination(remaining(deadline), TimeUnit.NANOSECONDS);
      lost.watch().awaitEnd(remaining(deadline));
      clock.awaitEnd(remaining(deadline));
      for (ExecutorService pool : pools()) {
        pool.awaitTermination(remaining(deadline), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the threads terminate without being awaited
    }
  }

  private static long remaining(long deadline) {
    return deadline - System.nanoTime();
  }

  /** Returns the text of the public AsyncRuntime, because error texts show it to users. */
  @Override
  public String toString() {
    return "AsyncRuntime["
        + settings.threadNames()
        + (closable ? ", " + registered.size() + " running" : "")
        + (closed ? ", closed" : "")
        + "]";
  }
}
