package io.weir.internal.channel;

import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.Timers;
import io.weir.internal.concurrent.Trampoline;
import io.weir.internal.log.Printable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An event loop: one thread that selects, calls the channels that are ready, and runs tasks.
 * Without registered channels it waits in the selector and uses no CPU.
 *
 * <p>Any thread may register a channel and change its interest. Interest is kept between
 * operations, which saves system calls. A channel that is ready without a pending operation removes
 * its interest.
 */
public final class SelectorLoop implements Executor {

  /** A channel on a loop. Called on the loop's thread. */
  interface Registered {

    /**
     * Performs the operations that are ready, a set of {@link SelectionKey}'s constants. Must
     * neither throw nor block.
     */
    void ready(int operations);

    /**
     * Closes the channel because the loop stops. A task of the loop fails the pending operations.
     */
    default void onLoopStopped() {}
  }

  /** The group of the loop's channels. */
  interface Group {

    /** Returns the provider of the channels. */
    AsynchronousChannelProvider provider();

    /** Returns the timers of the operations' timeouts. */
    Timers timers();

    /**
     * Runs the handler of an operation on a thread of this group, and never inside another handler.
     *
     * @param loop the loop of the operation's channel
     */
    void dispatch(Runnable handler, SelectorLoop loop);

    /**
     * Counts a channel that opens.
     *
     * @throws java.nio.channels.ShutdownChannelGroupException when the group is shut down
     */
    void channelOpened();

    /** Counts a channel that has closed, after its handlers have been dispatched. */
    void channelClosed();

    /**
     * Checks that operations may start.
     *
     * @throws java.nio.channels.ShutdownChannelGroupException when the group has terminated
     */
    void checkNotTerminated();

    /** Reports that a loop's thread has reached an accepted connection. */
    void roomMade();

    /** Reports that a loop's thread terminates, and has dispatched its last handlers. */
    void loopEnded();
  }

  private static final System.Logger LOG = System.getLogger("io.weir");

  /** The number of bytes after which a channel writes no more in a turn on the loop's thread. */
  static final int MAX_WRITTEN_IN_A_TURN = 256 * 1024;

  private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Group group;
  private final Selector selector;
  private final Thread thread;
  private final ByteBuffer buffer; // confined to the thread
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final CompletionExecutor completions = new Completions();
  private final AtomicInteger expected = new AtomicInteger();
  private @Nullable Registered writing; // the last to write in this turn; confined to the thread
  private long written; // bytes of that channel in this turn; confined to the thread
  private final EmptyTurns emptyTurns = new EmptyTurns(); // confined to the thread
  private volatile boolean woken; // by wakeUp() since the last select
  private @Nullable Trampoline trampoline; // a thread local would hold it weakly; confined
  private volatile boolean stopped;
  private volatile boolean terminated; // execute() runs tasks on the calling thread

  private SelectorLoop(Group group, Selector selector, ThreadFactory threads, int bufferSize) {
    this.group = group;
    this.selector = selector;
    this.buffer = ByteBuffer.allocateDirect(bufferSize);
    this.thread = threads.newThread(this::run);
  }

  /**
   * Starts a loop.
   *
   * @param group the group of the loop's channels
   * @param threads creates the loop's thread
   * @param bufferSize the size of the shared buffer in bytes, which limits one read into it
   */
  public static SelectorLoop start(Group group, ThreadFactory threads, int bufferSize)
      throws IOException {
    return start(group, Selector.open(), threads, bufferSize);
  }

  /** Starts a loop with a selector, which the loop closes when it terminates. */
  static SelectorLoop start(Group group, Selector selector, ThreadFactory threads, int bufferSize) {
    try {
      SelectorLoop loop = new SelectorLoop(group, selector, threads, bufferSize);
      loop.thread.start();
      return loop;
    } catch (Throwable noThreadOrMemory) {
      Closeables.closeQuietly(selector);
      throw noThreadOrMemory;
    }
  }

  private void run() {
    trampoline = Trampoline.yieldTo(this);
    while (!stopped) {
      try {
        turnOrReport();
      } catch (Throwable noMemory) {
        // The loop continues, see docs/memory.md.
      }
    }
    try {
      closeChannels();
      Closeables.closeQuietly(selector);
    } finally {
      terminated = true;
      runTasks();
      group.loopEnded();
    }
  }

  private void turnOrReport() {
    try {
      turn();
    } catch (Throwable e) {
      report("select failed; trying again", e);
    }
  }

  private void turn() throws IOException {
    if (tasks.isEmpty()) { // execute() wakes the selector up
      noteReady(selector.select(SelectorLoop::ready));
    } else {
      selector.selectNow(SelectorLoop::ready);
      emptyTurns.note(true);
    }
    runTasks();
    writing = null;
    forgetInterrupt(); // of another thread: every select would return at once
  }

  private void noteReady(int channels) {
    boolean hasReason = channels > 0 || woken || !tasks.isEmpty();
    woken = false;
    if (emptyTurns.note(hasReason)) {
      report(
          "the selector returns repeatedly without a ready channel", new IOException(toString()));
    }
  }

  /**
   * Runs the tasks that are queued now. Tasks that they add run in the next turn, after the
   * channels that are ready.
   */
  private void runTasks() {
    for (int left = tasks.size(); left > 0; left--) {
      Runnable task = tasks.poll();
      if (task != null) {
        runSafely(task);
        forgetInterrupt();
      }
    }
  }

  private static void runSafely(Runnable task) {
    try {
      task.run();
    } catch (Throwable bug) { // or an OutOfMemoryError, see docs/memory.md
      report("a task failed on the selector loop", bug);
    }
  }

  /**
   * Clears the interrupt flag. An interrupt that a callback leaves would affect other callbacks,
   * and make every select return at once.
   */
  private static void forgetInterrupt() {
    Thread.interrupted();
  }

  private static void report(String what, Throwable error) {
    try {
      LOG.log(Level.ERROR, what, Printable.error(error));
    } catch (Throwable alsoFailed) { // a broken logger, or an OutOfMemoryError
      // The loop continues, see docs/memory.md.
    }
  }

  /** Closes the channels of the loop. */
  void closeChannels() {
    try {
      selector.keys().forEach(SelectorLoop::closeChannel);
    } catch (ClosedSelectorException terminated) {
      // The loop has closed them.
    }
  }

  /** Terminates the thread and closes the channels of the loop. */
  public void stop() {
    stopped = true;
    selector.wakeup();
  }

  /** Waits until the thread has terminated. */
  public void awaitTermination(long nanos) throws InterruptedException {
    TimeUnit.NANOSECONDS.timedJoin(thread, nanos);
  }

  /** Returns whether the thread has not terminated. */
  boolean isAlive() {
    return thread.isAlive();
  }

  /** Returns the group of the loop's channels. */
  Group group() {
    return group;
  }

  private static void closeChannel(SelectionKey key) {
    try {
      ((Registered) key.attachment()).onLoopStopped();
    } catch (Throwable bug) { // or an OutOfMemoryError: the other channels are closed too
      report("a channel failed to close with the selector loop", bug);
    }
    Closeables.closeQuietly(key.channel());
  }

  private static void ready(SelectionKey key) {
    try {
      ((Registered) key.attachment()).ready(key.readyOps());
    } catch (CancelledKeyException closed) { // by another thread, at any moment
      return;
    } catch (Throwable bug) { // or an OutOfMemoryError, see docs/memory.md
      report("a channel failed on the selector loop", bug);
    } finally {
      forgetInterrupt();
    }
  }

  /**
   * Registers a channel without interest.
   *
   * @throws ShutdownChannelGroupException when the loop has stopped
   */
  SelectionKey register(SelectableChannel channel, Registered registered)
      throws ClosedChannelException {
    try {
      SelectionKey key = channel.register(selector, 0, registered);
      if (!stopped) { // else the loop may have closed its channels already
        return key;
      }
    } catch (ClosedSelectorException terminated) {
      // The loop has stopped.
    }
    throw new ShutdownChannelGroupException();
  }

  /** Counts an accepted connection as waiting until the loop's thread reaches it. */
  void expectConnection() {
    expected.incrementAndGet();
    try {
      execute(this::connectionSeen);
    } catch (Throwable noMemory) {
      expected.decrementAndGet();
      throw noMemory;
    }
  }

  private void connectionSeen() {
    expected.decrementAndGet();
    group.roomMade();
  }

  /** Returns how many accepted connections wait for the loop's thread. */
  int expected() {
    return expected.get();
  }

  /** Returns whether the calling thread is the loop's. */
  boolean isCurrent() {
    return Thread.currentThread() == thread;
  }

  /**
   * Makes the selector notice added interest and cancelled keys. The JDK closes the socket of a
   * cancelled key only then.
   */
  void wakeUp() {
    if (!isCurrent()) {
      woken = true;
      selector.wakeup();
    }
  }

  /**
   * Wakes the selector up, and waits until the sockets of the cancelled keys are closed. That takes
   * at most one turn of the loop. After a second it returns anyway, so that a loop that hangs does
   * not block the caller. Must not be called under a channel's lock, nor for a loop that runs
   * callbacks of programs.
   */
  void settle() {
    settle(SETTLE_NANOS);
  }

  /** Does what {@link #settle()} does, with another limit. */
  void settle(long nanos) {
    if (isCurrent()) {
      return;
    }
    LimitedLatch settled = new LimitedLatch();
    execute(() -> settleNow(settled));
    settled.await(nanos);
  }

  /**
   * Selects once more, because the select of this turn may have started before the keys were
   * cancelled.
   */
  private void settleNow(LimitedLatch settled) {
    try {
      if (selector.isOpen()) { // else all sockets are closed
        selector.selectNow(SelectorLoop::ready);
      }
    } catch (IOException e) {
      report("select failed", e);
    } finally {
      settled.open();
    }
  }

  /**
   * Runs a task on the loop's thread, never inside this call, in the order of the calls. After the
   * loop has terminated, runs it on this thread.
   */
  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    wakeUp();
    if (terminated && tasks.remove(task)) {
      runSafely(task);
    }
  }

  /**
   * Returns whether a channel may write now. On the loop's thread a channel that has written much
   * in this turn must wait for the next one. Other threads are not limited, because they do not
   * delay the loop.
   */
  boolean mayWrite(Registered channel) {
    if (!isCurrent()) {
      return true;
    }
    if (writing != channel) {
      writing = channel;
      written = 0;
    }
    return written < MAX_WRITTEN_IN_A_TURN;
  }

  /** Adds the bytes that a channel has written after {@link #mayWrite}. */
  void wrote(long count) {
    if (isCurrent()) {
      written += count;
    }
  }

  /** Returns the executor that completes futures on the loop's thread, in order. */
  CompletionExecutor completions() {
    return completions;
  }

  /** Returns the shared buffer, into which the loop's thread reads. */
  ByteBuffer buffer() {
    return buffer;
  }

  private final class Completions extends CompletionExecutor {

    @Override
    public void run(Runnable completion) {
      Trampoline ofThread = isCurrent() ? trampoline : null;
      if (ofThread != null) {
        ofThread.run(completion);
      } else {
        runOn(SelectorLoop.this, completion);
      }
    }

    @Override
    public void runLater(Runnable step) {
      execute(step); // in the next turn, after the channels that are ready
    }
  }

  /** Returns the number of channels whose sockets are not closed yet. */
  int channels() {
    return selector.isOpen() ? selector.keys().size() : 0;
  }

  @Override
  public String toString() {
    return "SelectorLoop[" + thread.getName() + ", " + channels() + " channels]";
  }
}
