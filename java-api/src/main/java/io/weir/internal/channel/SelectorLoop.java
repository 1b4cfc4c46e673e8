package io.weir.internal.channel;

import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.Trampoline;
import io.weir.internal.log.Printable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * One thread that waits for sockets to become ready, carries their bytes, and runs what completes
 * with that, as well as tasks. Waiting with nothing registered costs nothing.
 *
 * <p>Any thread may register a channel and change what it waits for. Interest is kept as long as it
 * is of use rather than set anew for each operation: who is ready and waits for nothing loses it.
 */
public final class SelectorLoop implements Executor {

  /** A channel on a loop. Called on the loop's thread. */
  interface Registered {

    /** Does what the socket is ready for. Must not throw and not block. */
    void ready(int operations);

    /** Closes the channel, as the loop ends; who waits is told by a task of the loop. */
    default void onLoopStopped() {}
  }

  private static final System.Logger LOG = System.getLogger("io.weir");

  private final Selector selector;
  private final Thread thread;
  private final ByteBuffer buffer; // of the thread
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final CompletionExecutor completions = new Completions();
  private volatile boolean stopped;
  private volatile boolean terminated; // runs no tasks any more

  private SelectorLoop(Selector selector, ThreadFactory threads, int bufferSize) {
    this.selector = selector;
    this.buffer = ByteBuffer.allocateDirect(bufferSize);
    this.thread = threads.newThread(this::run);
  }

  /**
   * Starts a loop.
   *
   * @param threads makes its thread
   * @param bufferSize how many bytes one read can bring, of channels that use the loop's buffer
   */
  public static SelectorLoop start(ThreadFactory threads, int bufferSize) throws IOException {
    Selector selector = Selector.open();
    try {
      SelectorLoop loop = new SelectorLoop(selector, threads, bufferSize);
      loop.thread.start();
      return loop;
    } catch (Throwable noThreadOrMemory) {
      Closeables.closeQuietly(selector);
      throw noThreadOrMemory;
    }
  }

  private void run() {
    Trampoline.yieldTo(this);
    while (!stopped) {
      try {
        turnOrReport();
      } catch (Throwable noMemory) {
        // The loop goes on, see docs/memory.md.
      }
    }
    try {
      selector.keys().forEach(SelectorLoop::closeChannel);
      Closeables.closeQuietly(selector);
    } finally {
      terminated = true;
      runTasks();
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
    if (tasks.isEmpty()) { // who adds one from now on wakes the selector
      selector.select(SelectorLoop::ready);
    } else {
      selector.selectNow(SelectorLoop::ready);
    }
    runTasks();
  }

  /** Runs the tasks that there are by now; what they add has to wait for sockets that are ready. */
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
    } catch (Throwable bug) { // or no memory, see docs/memory.md
      report("a task failed on the selector loop", bug);
    }
  }

  /** A callback's interrupt would hit another's, and end every select from now on. */
  private static void forgetInterrupt() {
    Thread.interrupted();
  }

  private static void report(String what, Throwable error) {
    try {
      LOG.log(Level.ERROR, what, Printable.error(error));
    } catch (Throwable alsoFailed) { // the program's log is broken, or no memory
      // The loop goes on, see docs/memory.md.
    }
  }

  /** Ends the loop's thread, and closes the channels that are still on it. */
  public void stop() {
    stopped = true;
    selector.wakeup();
  }

  /** Waits for the thread to end. */
  public void awaitTermination(long nanos) throws InterruptedException {
    TimeUnit.NANOSECONDS.timedJoin(thread, nanos);
  }

  private static void closeChannel(SelectionKey key) {
    try {
      ((Registered) key.attachment()).onLoopStopped();
    } catch (Throwable bug) { // or no memory: the other channels are closed as well
      report("a channel failed to end with the selector loop", bug);
    }
    Closeables.closeQuietly(key.channel());
  }

  private static void ready(SelectionKey key) {
    try {
      ((Registered) key.attachment()).ready(key.readyOps());
    } catch (CancelledKeyException closed) { // by another thread, in this moment
      return;
    } catch (Throwable bug) { // or no memory, see docs/memory.md
      report("a channel failed on the selector loop", bug);
    } finally {
      forgetInterrupt();
    }
  }

  /** Puts a channel on the loop, waiting for nothing yet. */
  SelectionKey register(SelectableChannel channel, Registered registered)
      throws ClosedChannelException {
    return channel.register(selector, 0, registered);
  }

  /**
   * Makes the selector take note of interests that were added and of keys that were cancelled; the
   * sockets of the latter close no earlier.
   */
  void wakeUp() {
    if (Thread.currentThread() != thread) {
      selector.wakeup();
    }
  }

  /**
   * As {@link #wakeUp}, and returns when the sockets of the keys that were cancelled are closed.
   * That takes no longer than the loop's next turn; not to be called under a channel's lock, nor
   * for a loop that runs users' code.
   */
  void settle() {
    if (Thread.currentThread() == thread) {
      return;
    }
    CountDownLatch settled = new CountDownLatch(1);
    execute(() -> settleNow(settled));
    boolean interrupted = false;
    while (settled.getCount() > 0) {
      try {
        settled.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Selects once more, as the selector may have looked at closed channels before they came. */
  private void settleNow(CountDownLatch settled) {
    try {
      if (selector.isOpen()) { // else all are closed
        selector.selectNow(SelectorLoop::ready);
      }
    } catch (IOException e) {
      report("select failed", e);
    } finally {
      settled.countDown();
    }
  }

  /**
   * Runs a task on the loop's thread, soon and never inside this call; when the loop has
   * terminated, on this thread. Tasks run in the order in which they come.
   */
  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    wakeUp();
    if (terminated && tasks.remove(task)) {
      runSafely(task);
    }
  }

  /** Completes futures on the loop's thread, in order. */
  CompletionExecutor completions() {
    return completions;
  }

  /** For what the loop's thread reads, one channel after another. */
  ByteBuffer buffer() {
    return buffer;
  }

  private final class Completions extends CompletionExecutor {

    @Override
    public void run(Runnable completion) {
      if (Thread.currentThread() == thread) {
        Trampoline.current().run(completion);
      } else {
        runOn(SelectorLoop.this, completion);
      }
    }
  }

  /** How many channels are on the loop, with those whose sockets it has yet to close. */
  int channels() {
    return selector.isOpen() ? selector.keys().size() : 0;
  }

  @Override
  public String toString() {
    return "SelectorLoop[" + thread.getName() + ", " + channels() + " channels]";
  }
}
