package io.weir.internal.concurrent;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
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

  private final AtomicReference<Timers.@Nullable Timeout> running = new AtomicReference<>();

  /** Starts a timer in the place of the one that is running. */
  public void start(Timers timers, Duration delay, Runnable task) {
    if (isClosed()) {
      return;
    }
    Timers.Timeout started = timers.schedule(delay, task);
    Timers.Timeout before;
    do {
      before = running.get();
      if (before == CLOSED) {
        started.cancel();
        return;
      }
    } while (!running.compareAndSet(before, started));
    cancel(before);
  }

  /** Cancels the timer that is running, if there is one. */
  public void cancel() {
    Timers.Timeout before = running.get();
    if (before != CLOSED && running.compareAndSet(before, null)) {
      cancel(before);
    }
  }

  /** Cancels the timer that is running; no other starts. */
  public void close() {
    cancel(running.getAndSet(CLOSED));
  }

  /** Whether {@link #close} has been called. */
  public boolean isClosed() {
    return running.get() == CLOSED;
  }

  private static void cancel(Timers.@Nullable Timeout timeout) {
    if (timeout != null) {
      timeout.cancel();
    }
  }
}
