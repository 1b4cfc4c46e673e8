package io.weir.internal.runtime;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.internal.concurrent.GarbageWatch;
import io.weir.internal.concurrent.IoThread;
import io.weir.internal.concurrent.Timers;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Finds the connections of a runtime that the program dropped without closing them, and logs them.
 * The first one is logged at once, and the number of the others once a minute, because a program
 * can drop thousands in a second.
 */
public final class LostConnections {

  private static final System.Logger LOG = System.getLogger("io.weir");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final GarbageWatch watch;
  private final Timers timers;

  @GuardedBy("this")
  private boolean limited; // a warning was logged in this minute

  @GuardedBy("this")
  private long unreported; // in this minute

  /**
   * Starts no thread yet.
   *
   * @param threadName the name of its thread
   */
  LostConnections(String threadName, Timers timers) {
    this.watch = new GarbageWatch(IoThread.factoryOf(threadName));
    this.timers = timers;
  }

  /** Returns the watch of the connections. */
  public GarbageWatch watch() {
    return watch;
  }

  /**
   * Warns of a connection that is about to be closed.
   *
   * @param name describes the connection
   */
  public void warn(Supplier<String> name) {
    if (isDue()) {
      LOG.log(
          Level.WARNING,
          () -> "closing a connection that the program dropped without closing it: " + name.get());
    }
  }

  private synchronized boolean isDue() {
    if (limited) {
      unreported++;
      return false;
    }
    limited = true;
    timers.schedule(MINUTE, this::reportOthers);
    return true;
  }

  private void reportOthers() {
    long count;
    synchronized (this) {
      count = unreported;
      unreported = 0;
      limited = count > 0;
      if (limited) {
        timers.schedule(MINUTE, this::reportOthers);
      }
    }
    if (count > 0) {
      LOG.log(
          Level.WARNING,
          "closed "
              + count
              + " more connections that the program dropped without closing them, since the last"
              + " such message");
    }
  }

  /** Terminates the thread, and logs what is not logged yet. */
  void stop() {
    watch.stop();
    reportOthers();
  }
}
