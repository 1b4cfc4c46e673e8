package io.weir.internal.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.channels.ShutdownChannelGroupException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The loops of one runtime: some that carry connections, each of which stays on one, and one for
 * the sockets that listen. The latter runs no users' code, so that listening can be ended at any
 * time. Each starts when it is first needed.
 */
public final class SelectorLoops {

  private static final int BUFFER_SIZE = 64 * 1024;

  private final int count;
  private final ThreadFactory carriers;
  private final ThreadFactory acceptors;

  @GuardedBy("this")
  private final List<SelectorLoop> carrying = new ArrayList<>();

  @GuardedBy("this")
  private int turn; // whose the next connection is

  @GuardedBy("this")
  private @Nullable SelectorLoop accepting;

  @GuardedBy("this")
  private boolean stopped;

  /**
   * Starts nothing yet.
   *
   * @param count how many are to carry connections
   * @param carriers makes their threads
   * @param acceptors makes the thread for the sockets that listen
   */
  public SelectorLoops(int count, ThreadFactory carriers, ThreadFactory acceptors) {
    this.count = count;
    this.carriers = carriers;
    this.acceptors = acceptors;
  }

  /** The loop for the next connection: each in its turn. */
  synchronized SelectorLoop next() throws IOException {
    refuseIfStopped();
    if (carrying.size() < count) {
      startAnother();
    }
    turn = (turn + 1) % carrying.size();
    return carrying.get(turn);
  }

  /** A loop that can run users' code. */
  synchronized SelectorLoop any() throws IOException {
    refuseIfStopped();
    if (carrying.isEmpty()) {
      startAnother();
    }
    return carrying.get(0);
  }

  /**
   * Starts another loop, or makes do with those that run (no file descriptor, thread or memory).
   */
  @GuardedBy("this")
  private void startAnother() throws IOException {
    try {
      carrying.add(SelectorLoop.start(carriers, BUFFER_SIZE));
    } catch (IOException | OutOfMemoryError e) {
      if (carrying.isEmpty()) {
        throw e;
      }
    }
  }

  /** The loop for sockets that listen. */
  synchronized SelectorLoop acceptor() throws IOException {
    refuseIfStopped();
    if (accepting == null) {
      accepting = SelectorLoop.start(acceptors, 0);
    }
    return accepting;
  }

  @GuardedBy("this")
  private void refuseIfStopped() {
    if (stopped) {
      throw new ShutdownChannelGroupException();
    }
  }

  /** Ends the threads, and closes the channels that are still on them. No other starts. */
  public void stop() {
    synchronized (this) {
      stopped = true;
    }
    started().forEach(SelectorLoop::stop);
  }

  /** Waits for the threads to end. */
  public void awaitEnd(long nanos) throws InterruptedException {
    long deadline = System.nanoTime() + nanos;
    for (SelectorLoop loop : started()) {
      loop.awaitEnd(deadline - System.nanoTime());
    }
  }

  /** How many channels are on the loops, with those whose sockets are yet to be closed. */
  int channels() {
    return started().stream().mapToInt(SelectorLoop::channels).sum();
  }

  private synchronized List<SelectorLoop> started() {
    return Stream.concat(carrying.stream(), Stream.ofNullable(accepting)).toList();
  }

  @Override
  public String toString() {
    return "SelectorLoops" + started();
  }
}
