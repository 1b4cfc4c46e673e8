package io.weir.internal.concurrent;

import java.time.Duration;

/**
 * Runs tasks after a delay. The clock is monotonic: jumps of the wall clock do not affect it.
 *
 * <p>The implementation decides where tasks run. Tests have one with virtual time.
 */
public interface Timers {

  /**
   * Runs a task once, after a delay.
   *
   * @return cancels the task
   */
  Timeout schedule(Duration delay, Runnable task);

  /**
   * Returns the time of the clock, in nanoseconds, to be compared only with other times of this
   * clock.
   */
  long nanoTime();

  /** Returns a duration in nanoseconds, or {@link Long#MAX_VALUE} if that overflows. */
  static long nanos(Duration duration) {
    try {
      return duration.toNanos();
    } catch (ArithmeticException overflow) {
      return Long.MAX_VALUE;
    }
  }

  /** A scheduled task. */
  @FunctionalInterface
  interface Timeout {

    /** Cancels the task. Does nothing when it has run. */
    void cancel();
  }
}
