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
 * The selector loops of a runtime. Each connection stays on one loop. Listening sockets have a loop
 * that runs no callbacks of programs, so that a server can stop listening at any time. Loops start
 * on demand.
 */
public final class SelectorLoops {

  private static final int BUFFER_SIZE = 64 * 1024;

  private final int count;
  private final ThreadFactory connectionThreads;
  private final ThreadFactory acceptorThreads;

  @GuardedBy("this")
  private final List<SelectorLoop> connectionLoops = new ArrayList<>();

  @GuardedBy("this")
  private int lastUsed; // the index of the loop of the last connection

  @GuardedBy("this")
  private @Nullable SelectorLoop acceptorLoop;

  @GuardedBy("this")
  private boolean stopped;

  /**
   * Creates the loops, without threads.
   *
   * @param count the number of loops for connections
   * @param connectionThreads creates their threads
   * @param acceptorThreads creates the thread for listening sockets
   */
  public SelectorLoops(int count, ThreadFactory connectionThreads, ThreadFactory acceptorThreads) {
    this.count = count;
    this.connectionThreads = connectionThreads;
    this.acceptorThreads = acceptorThreads;
  }

  /** Returns the loop for the next connection, round-robin. */
  synchronized SelectorLoop next() throws IOException {
    checkRunning();
    if (connectionLoops.size() < count) {
      startAnother();
    }
    lastUsed = (lastUsed + 1) % connectionLoops.size();
    return connectionLoops.get(lastUsed);
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
      connectionLoops.add(SelectorLoop.start(connectionThreads, BUFFER_SIZE));
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

  /** Terminates the threads and closes the channels of the loops. No other loop starts. */
  public void stop() {
    synchronized (this) {
      stopped = true;
    }
    started().forEach(SelectorLoop::stop);
  }

  /** Waits until the threads have terminated. */
  public void awaitTermination(long nanos) throws InterruptedException {
    long deadline = System.nanoTime() + nanos;
    for (SelectorLoop loop : started()) {
      loop.awaitTermination(deadline - System.nanoTime());
    }
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

  @Override
  public String toString() {
    return "SelectorLoops" + started();
  }
}
