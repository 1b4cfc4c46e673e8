package io.weir.internal.concurrent;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * Holds at most one running timer. Starting another cancels the one before; after {@link #close} a
 * timer that is started is cancelled at once. So a timer can be scheduled without a lock, by a
 * thread that may be overtaken by the end of what the timer limits.
 *
 * <p>A timer that is cancelled while it fires still runs its task: the task checks the state that
 * it was started for.
 */
public final class TimerSlot {

  private static final Timers.Timeout CLOSED = () -> {};

  /** An updater, because every connection has a slot: it saves an object of 16 bytes. */
  private static final AtomicReferenceFieldUpdater<TimerSlot, Timers.@Nullable Timeout> RUNNING =
      AtomicReferenceFieldUpdater.newUpdater(TimerSlot.class, Timers.Timeout.class, "running");

  private final Timers timers;
  private volatile Timers.@Nullable Timeout running;

  /** Makes an empty slot. */
  public TimerSlot(Timers timers) {
    this.timers = timers;
  }

  /** The timers that run what is started. */
  public Timers timers() {
    return timers;
  }

  /** Starts a timer in the place of the one that is running. */
  public void start(Duration delay, Runnable task) {
    if (isClosed()) {
      return;
    }
    Timers.Timeout started = timers.schedule(delay, task);
    Timers.Timeout before;
    do {
      before = running;
      if (before == CLOSED) {
        started.cancel();
        return;
      }
    } while (!RUNNING.compareAndSet(this, before, started));
    cancel(before);
  }

  /** Cancels the timer that is running, if there is one. */
  public void cancel() {
    Timers.Timeout before = running;
    if (before != CLOSED && RUNNING.compareAndSet(this, before, null)) {
      cancel(before);
    }
  }

  /** Cancels the timer that is running; no other starts. */
  public void close() {
    cancel(RUNNING.getAndSet(this, CLOSED));
  }

  /** Whether {@link #close} has been called. */
  public boolean isClosed() {
    return running == CLOSED;
  }

  private static void cancel(Timers.@Nullable Timeout timeout) {
    if (timeout != null) {
      timeout.cancel();
    }
  }
}
