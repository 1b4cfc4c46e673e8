package io.weir.internal.channel;

import io.weir.internal.log.Printable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * One thread that waits for sockets to become ready and carries their bytes. It runs the channels'
 * own code and nothing else: completions go to an executor, so that no user's code holds it up.
 * Waiting with nothing registered costs nothing.
 *
 * <p>Any thread may register a channel and change what it waits for. Interest is kept as long as it
 * is of use rather than set anew for each operation: who is ready and waits for nothing loses it.
 */
public final class SelectorLoop {

  /** A channel on a loop. Called on the loop's thread. */
  interface Registered {

    /** Does what the socket is ready for. Must not throw and not block. */
    void ready(int operations);
  }

  private static final System.Logger LOG = System.getLogger("io.weir");

  private final Selector selector;
  private final Executor completions;
  private final Thread thread;
  private final Queue<CountDownLatch> settling = new ConcurrentLinkedQueue<>();
  private volatile boolean stopped;

  private SelectorLoop(ThreadFactory threads, Executor completions) throws IOException {
    this.selector = Selector.open();
    this.completions = completions;
    this.thread = threads.newThread(this::run);
  }

  /**
   * Starts a loop.
   *
   * @param threads makes its thread
   * @param completions runs the handlers of its channels
   */
  public static SelectorLoop start(ThreadFactory threads, Executor completions) throws IOException {
    SelectorLoop loop = new SelectorLoop(threads, completions);
    loop.thread.start();
    return loop;
  }

  private void run() {
    while (!stopped) {
      try {
        if (settling.isEmpty()) { // who came in tellSettled has had his wake-up used up there
          selector.select(SelectorLoop::ready);
        }
        tellSettled();
      } catch (Throwable e) { // the loop is everybody's, and goes on
        LOG.log(Level.ERROR, "select failed; trying again", Printable.error(e));
      }
    }
    Closing.quietly(selector);
    settling.forEach(CountDownLatch::countDown);
  }

  /** Ends the loop's thread. The channels on it have been closed. */
  public void stop() {
    stopped = true;
    selector.wakeup();
  }

  /** Waits for the thread to end. */
  public void awaitEnd(long nanos) throws InterruptedException {
    TimeUnit.NANOSECONDS.timedJoin(thread, nanos);
  }

  private static void ready(SelectionKey key) {
    try {
      ((Registered) key.attachment()).ready(key.readyOps());
    } catch (CancelledKeyException closed) { // by another thread, in this moment
      return;
    } catch (Throwable bug) { // or no memory: ends one channel's operation, not the loop
      LOG.log(Level.ERROR, "a channel failed on the selector loop", Printable.error(bug));
    }
  }

  /** Selects once more, as the selector may have looked at closed channels before they came. */
  private void tellSettled() throws IOException {
    CountDownLatch first = settling.poll();
    if (first == null) {
      return;
    }
    List<CountDownLatch> waiting = new ArrayList<>(List.of(first));
    for (CountDownLatch next = settling.poll(); next != null; next = settling.poll()) {
      waiting.add(next);
    }
    try {
      selector.selectNow(SelectorLoop::ready);
    } finally {
      waiting.forEach(CountDownLatch::countDown);
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
   * That takes no longer than the loop's next turn; not to be called under a channel's lock.
   */
  void settle() {
    if (Thread.currentThread() == thread) {
      return;
    }
    CountDownLatch settled = new CountDownLatch(1);
    settling.add(settled);
    if (stopped) { // then the loop may have looked for the last time
      return;
    }
    selector.wakeup();
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

  /** Runs a handler where handlers run. */
  public void complete(Runnable completion) {
    completions.execute(completion);
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
