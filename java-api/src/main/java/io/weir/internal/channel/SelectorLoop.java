package io.weir.internal.channel;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;

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
    while (true) {
      try {
        selector.select(SelectorLoop::ready);
      } catch (IOException e) {
        LOG.log(Level.ERROR, "select failed; trying again", e);
      }
    }
  }

  private static void ready(SelectionKey key) {
    if (key.isValid()) {
      ((Registered) key.attachment()).ready(key.readyOps());
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

  /** Runs a handler where handlers run. */
  public void complete(Runnable completion) {
    completions.execute(completion);
  }
}
