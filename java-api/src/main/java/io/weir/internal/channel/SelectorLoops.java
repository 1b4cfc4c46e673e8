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
  private final ThreadFactory connectionThreads;
  private final ThreadFactory acceptorThreads;

  @GuardedBy("this")
  private final List<SelectorLoop> connectionLoops = new ArrayList<>();

  @GuardedBy("this")
  private int lastUsed; // whose the next connection is

  @GuardedBy("this")
  private @Nullable SelectorLoop acceptorLoop;

  @GuardedBy("this")
  private boolean stopped;

  /**
   * Starts nothing yet.
   *
   * @param count how many are to carry connections
   * @param connectionThreads makes their threads
   * @param acceptorThreads makes the thread for the sockets that listen
   */
  public SelectorLoops(int count, ThreadFactory connectionThreads, ThreadFactory acceptorThreads) {
    this.count = count;
    this.connectionThreads = connectionThreads;
    this.acceptorThreads = acceptorThreads;
  }

  /** The loop for the next connection: each in its lastUsed. */
  synchronized SelectorLoop next() throws IOException {
    checkRunning();
    if (connectionLoops.size() < count) {
      startAnother();
    }
    lastUsed = (lastUsed + 1) % connectionLoops.size();
    return connectionLoops.get(lastUsed);
  }

  /** A loop that can run users' code. */
  synchronized SelectorLoop any() throws IOException {
    checkRunning();
    if (connectionLoops.isEmpty()) {
      startAnother();
    }
    return connectionLoops.get(0);
  }

  /**
   * Starts another loop, or makes do with those that run (no file descriptor, thread or memory).
   */
  @GuardedBy("this")
  private void startAnother() throws IOException {
    try {
      connectionLoops.add(SelectorLoop.start(connectionThreads, BUFFER_SIZE));
    } catch (IOException | OutOfMemoryError e) {
      if (connectionLoops.isEmpty()) {
        throw e;
      }
    }
  }

  /** The loop for sockets that listen. */
  synchronized SelectorLoop acceptor() throws IOException {
    checkRunning();
    if (acceptorLoop == null) {
      acceptorLoop = SelectorLoop.start(acceptorThreads, 0);
    }
    return acceptorLoop;
  }

  @GuardedBy("this")
  private void checkRunning() {
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
  public void awaitTermination(long nanos) throws InterruptedException {
    long deadline = System.nanoTime() + nanos;
    for (SelectorLoop loop : started()) {
      loop.awaitTermination(deadline - System.nanoTime());
    }
  }

  /** How many channels are on the loops, with those whose sockets are yet to be closed. */
  int channels() {
    return started().stream().mapToInt(SelectorLoop::channels).sum();
  }

  private synchronized List<SelectorLoop> started() {
    return Stream.concat(connectionLoops.stream(), Stream.ofNullable(acceptorLoop)).toList();
  }

  @Override
  public String toString() {
    return "SelectorLoops" + started();
  }
}
