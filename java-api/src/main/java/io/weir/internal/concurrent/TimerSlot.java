package io.weir.internal.concurrent;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * Holds at most one running timer. Starting another cancels the previous one. After {@link #close}
 * a new timer is cancelled at once. So a thread can start a timer without a lock, while another
 * thread completes what the timer limits.
 *
 * <p>A timer that is cancelled while it fires still runs its task: the task checks whether it is
 * still needed.
 */
public final class TimerSlot {

  private static final Timers.Timeout CLOSED = () -> {};

  /** An updater instead of an AtomicReference, which would cost every connection 16 bytes. */
  private static final AtomicReferenceFieldUpdater<TimerSlot, Timers.@Nullable Timeout> RUNNING =
      AtomicReferenceFieldUpdater.newUpdater(TimerSlot.class, Timers.Timeout.class, "running");

  private final Timers timers;
  private volatile Timers.@Nullable Timeout running;

  /** Makes an empty slot. */
  public TimerSlot(Timers timers) {
    this.timers = timers;
  }

  /** Returns the timers that run the tasks. */
  public Timers timers() {
    return timers;
  }

  /** Starts a timer, and cancels the one that is running. */
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

  /** Cancels the timer that is running, and lets no other start. */
  public void close() {
    cancel(RUNNING.getAndSet(this, CLOSED));
  }

  /** Returns whether {@link #close} has been called. */
  public boolean isClosed() {
    return running == CLOSED;
  }

  private static void cancel(Timers.@Nullable Timeout timeout) {
    if (timeout != null) {
      timeout.cancel();
    }
  }
}
