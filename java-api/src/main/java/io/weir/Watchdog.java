package io.weir;

import io.weir.internal.time.Timers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Ends a connection that has been waiting for too long. What is carried costs it a look at the
 * clock and no timer: one timer runs, and when it does it sees what has happened since.
 */
final class Watchdog {

  /** The connection, as far as this one looks at it. Called without a lock. */
  interface Watched {

    /** When bytes were last carried, in the nanoseconds of the clock. */
    long lastProgress();

    /** Since when a read has been waiting, in the nanoseconds of the clock; null when none is. */
    @Nullable Long waitingSince();

    /** It has taken too long. */
    void timedOut(String what);
  }

  private static final long NEVER = Long.MAX_VALUE;

  private final Timers timers;
  private final Timeouts timeouts;
  private final Watched watched;

  private Timers.@Nullable Timeout timer; // guarded by this
  private boolean stopped; // guarded by this

  Watchdog(Timers timers, Timeouts timeouts, Watched watched) {
    this.timers = timers;
    this.timeouts = timeouts;
    this.watched = watched;
  }

  /** Looks after the connection from now on. */
  void start() {
    long idleLeft = left(timeouts.idle(), watched.lastProgress());
    long readLeft = left(timeouts.read(), watched.waitingSince());
    if (idleLeft <= 0) {
      watched.timedOut("nothing was read or written for " + timeouts.idle() + ", the idle timeout");
    } else if (readLeft <= 0) {
      watched.timedOut("a read has waited for " + timeouts.read() + ", the read timeout");
    } else {
      lookAgainIn(Math.min(idleLeft, readLeft));
    }
  }

  /** What is left of a time; all of it while it does not run. */
  private long left(@Nullable Duration limit, @Nullable Long since) {
    if (limit == null) {
      return NEVER;
    }
    long nanos = Timers.nanos(limit);
    return since == null ? nanos : nanos - (timers.nanoTime() - since);
  }

  private void lookAgainIn(long nanos) {
    Timers.Timeout next = timers.schedule(Duration.ofNanos(nanos), this::start);
    synchronized (this) {
      if (!stopped) {
        timer = next;
        return;
      }
    }
    next.cancel();
  }

  /** Looks no more. */
  void stop() {
    Timers.Timeout last;
    synchronized (this) {
      stopped = true;
      last = timer;
      timer = null;
    }
    if (last != null) {
      last.cancel();
    }
  }
}
