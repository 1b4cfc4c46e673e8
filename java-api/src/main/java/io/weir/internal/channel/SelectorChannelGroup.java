package io.weir.internal.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.internal.concurrent.DaemonTimers;
import io.weir.internal.concurrent.IoThread;
import io.weir.internal.concurrent.SubmittedTask;
import io.weir.internal.concurrent.Timers;
import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A group whose channels are served by selector loops. Each connection stays on one loop. Listening
 * sockets have a loop that runs no callbacks of programs, so that a server can stop listening at
 * any time. Loops start on demand.
 *
 * <p>With a fixed number of threads, each thread runs a loop and calls its handlers. With an
 * executor, the group runs one loop on a thread of its own, and the executor calls the handlers,
 * because they may block.
 */
public final class SelectorChannelGroup extends AsynchronousChannelGroup
    implements SelectorLoop.Group, Executor {

  private static final int BUFFER_SIZE = 64 * 1024;

  /** The maximum number of accepted connections that wait for a loop's thread. */
  static final int MAX_EXPECTED = 64;

  private final int count;
  private final ThreadFactory connectionThreads;
  private final ThreadFactory acceptorThreads;
  private final @Nullable ExecutorService handlers; // null when the loops call the handlers

  @GuardedBy("this")
  private final List<SelectorLoop> connectionLoops = new ArrayList<>();

  @GuardedBy("this")
  private final List<Runnable> waitingForRoom = new ArrayList<>();

  private volatile boolean isAwaited; // whether a task waits for room; written under the lock

  @GuardedBy("this")
  private int lastUsed; // the index of the loop of the last connection

  @GuardedBy("this")
  private @Nullable SelectorLoop acceptorLoop;

  @GuardedBy("this")
  private @Nullable DaemonTimers timers;

  @GuardedBy("this")
  private int open; // channels

  @GuardedBy("this")
  private boolean shutdown; // no channel opens any more

  @GuardedBy("this")
  private boolean stopped; // no loop starts any more

  @GuardedBy("this")
  private int running; // loops that have not terminated, once stopped

  private final CountDownLatch stopping = new CountDownLatch(1);

  /**
   * Creates a group whose threads call the handlers. No thread starts yet.
   *
   * @param count the number of loops for connections
   * @param connectionThreads creates the threads of these loops
   * @param acceptorThreads creates the thread for listening sockets
   */
  public SelectorChannelGroup(
      AsynchronousChannelProvider provider,
      int count,
      ThreadFactory connectionThreads,
      ThreadFactory acceptorThreads) {
    this(provider, count, connectionThreads, acceptorThreads, null);
  }

  /**
   * Creates a group whose handlers run on an executor, which is shut down with the group.
   *
   * @param handlers runs the handlers
   */
  public SelectorChannelGroup(AsynchronousChannelProvider provider, ExecutorService handlers) {
    this(
        provider,
        1,
        IoThread.factory("weir-group-io"),
        IoThread.factory("weir-group-acceptor"),
        handlers);
  }

  private SelectorChannelGroup(
      AsynchronousChannelProvider provider,
      int count,
      ThreadFactory connectionThreads,
      ThreadFactory acceptorThreads,
      @Nullable ExecutorService handlers) {
    super(provider);
    this.count = count;
    this.connectionThreads = connectionThreads;
    this.acceptorThreads = acceptorThreads;
    this.handlers = handlers;
  }

  // ---- loops ----

  /** Returns the loop for the next connection, round-robin. */
  synchronized SelectorLoop next() throws IOException {
    checkRunning();
    if (connectionLoops.size() < count) {
      startAnother();
    }
    lastUsed = (lastUsed + 1) % connectionLoops.size();
    return connectionLoops.get(lastUsed);
  }

  /**
   * Returns the loop for the next accepted connection: the one with the fewest accepted connections
   * waiting for its thread, round-robin among equals.
   */
  synchronized SelectorLoop nextForAccepted() throws IOException {
    SelectorLoop best = next();
    for (SelectorLoop other : connectionLoops) {
      if (other.expected() < best.expected()) {
        best = other;
      }
    }
    return best;
  }

  /**
   * Returns whether a connection can be accepted: a loop can start or has fewer than {@link
   * #MAX_EXPECTED} waiting.
   */
  synchronized boolean hasRoom() {
    return connectionLoops.size() < count
        || connectionLoops.stream().anyMatch(loop -> loop.expected() < MAX_EXPECTED);
  }

  /** Runs a task once, when there is room. */
  void whenRoom(Runnable task) {
    synchronized (this) {
      waitingForRoom.add(task);
      isAwaited = true; // before hasRoom(): the loops read it after they make room
    }
    if (hasRoom()) {
      roomMade();
    }
  }

  @Override
  public void roomMade() {
    if (!isAwaited) {
      return;
    }
    List<Runnable> tasks;
    synchronized (this) {
      tasks = List.copyOf(waitingForRoom);
      waitingForRoom.clear();
      isAwaited = false;
    }
    tasks.forEach(Runnable::run);
  }

  /** Returns a loop that may run callbacks of programs. */
  synchronized SelectorLoop any() throws IOException {
    checkRunning();
    if (connectionLoops.isEmpty()) {
      startAnother();
    }
    return connectionLoops.get(0);
  }

  /**
   * Starts another loop. Falls back to the running loops when it cannot be started, because file
   * descriptors, threads or memory are exhausted.
   */
  @GuardedBy("this")
  private void startAnother() throws IOException {
    try {
      connectionLoops.add(SelectorLoop.start(this, connectionThreads, BUFFER_SIZE));
    } catch (IOException | OutOfMemoryError e) {
      if (connectionLoops.isEmpty()) {
        throw e;
      }
    }
  }

  /** Returns the loop for listening sockets. */
  synchronized SelectorLoop acceptor() throws IOException {
    checkRunning();
    if (acceptorLoop == null) {
      acceptorLoop = SelectorLoop.start(this, acceptorThreads, 0);
    }
    return acceptorLoop;
  }

  @Override
  public synchronized Timers timers() {
    if (timers == null) {
      timers = new DaemonTimers("weir-group-timers");
    }
    return timers;
  }

  /**
   * Returns the number of channels on the loops, including those whose sockets are not closed yet.
   */
  int channels() {
    return started().stream().mapToInt(SelectorLoop::channels).sum();
  }

  private synchronized List<SelectorLoop> started() {
    return Stream.concat(connectionLoops.stream(), Stream.ofNullable(acceptorLoop)).toList();
  }

  // ---- handlers ----

  @Override
  public void dispatch(Runnable handler, SelectorLoop loop) {
    if (handlers == null || !isRunBy(handlers, handler)) {
      loop.completions().run(() -> runSafely(handler)); // every operation must complete
    }
  }

  /** Submits a handler. Returns false when the executor does not run it. */
  private static boolean isRunBy(ExecutorService executor, Runnable handler) {
    SubmittedTask task = new SubmittedTask(handler);
    try {
      executor.execute(task);
    } catch (Throwable rejected) { // or no thread could be started, which is an Error
      if (task.withdraw()) {
        return false;
      }
      throw rejected; // the executor has run the handler in the call
    }
    return true;
  }

  /**
   * Runs a handler. Passes what it throws to the thread's uncaught exception handler, and returns.
   */
  private static void runSafely(Runnable handler) {
    try {
      handler.run();
    } catch (Throwable thrown) {
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
    }
  }

  /** Runs a task on a thread of this group until it terminates, as a group of the JDK does. */
  @Override
  public void execute(Runnable task) {
    try {
      dispatch(Objects.requireNonNull(task, "task"), runningLoop());
    } catch (IOException | ShutdownChannelGroupException noLoop) {
      throw new RejectedExecutionException(noLoop);
    }
  }

  private synchronized SelectorLoop runningLoop() throws IOException {
    if (!shutdown) {
      return next();
    }
    if (stopped || connectionLoops.isEmpty()) {
      throw new ShutdownChannelGroupException();
    }
    return connectionLoops.get(0);
  }

  // ---- termination ----

  @Override
  public synchronized void channelOpened() {
    checkRunning();
    open++;
  }

  @Override
  public void channelClosed() {
    boolean last;
    synchronized (this) {
      open--;
      last = shutdown && open == 0;
    }
    if (last) {
      stop();
    }
  }

  @Override
  public void checkNotTerminated() {
    if (stopping.getCount() == 0) { // without the lock, because each operation calls this
      throw new ShutdownChannelGroupException();
    }
  }

  @GuardedBy("this")
  private void checkRunning() {
    if (shutdown) {
      throw new ShutdownChannelGroupException();
    }
  }

  @Override
  public synchronized boolean isShutdown() {
    return shutdown;
  }

  @Override
  public void shutdown() {
    boolean none;
    synchronized (this) {
      shutdown = true;
      none = open == 0;
    }
    if (none) {
      stop();
    }
  }

  /** Shuts the group down, and closes its channels. */
  @Override
  public void shutdownNow() {
    synchronized (this) {
      shutdown = true;
    }
    started().forEach(SelectorLoop::closeChannels);
    stop();
  }

  /** Terminates the threads. The loops close their channels. */
  private void stop() {
    DaemonTimers clock;
    List<SelectorLoop> loops;
    synchronized (this) {
      if (stopped) {
        return;
      }
      stopped = true;
      clock = timers;
      loops = started();
      running = loops.size();
    }
    loops.forEach(SelectorLoop::stop);
    if (clock != null) {
      clock.stop();
    }
    if (loops.isEmpty()) {
      shutDownExecutor();
    }
    stopping.countDown();
  }

  @Override
  public void loopEnded() {
    boolean last;
    synchronized (this) {
      running--;
      last = running == 0;
    }
    if (last) {
      shutDownExecutor();
    }
  }

  private void shutDownExecutor() {
    if (handlers != null) {
      handlers.shutdown();
    }
  }

  @Override
  public boolean isTerminated() {
    return stopping.getCount() == 0
        && started().stream().noneMatch(SelectorLoop::isAlive)
        && (handlers == null || handlers.isTerminated());
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    long deadline = System.nanoTime() + unit.toNanos(timeout);
    if (!stopping.await(timeout, unit)) {
      return false;
    }
    for (SelectorLoop loop : started()) {
      loop.awaitTermination(deadline - System.nanoTime());
    }
    if (handlers != null) {
      handlers.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
    return isTerminated();
  }

  @Override
  public String toString() {
    return "SelectorChannelGroup" + started();
  }
}
