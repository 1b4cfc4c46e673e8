package io.weir.internal.concurrent;

import java.time.Duration;

/**
 * Runs tasks after a delay. The clock is monotonic: jumps of the wall clock do not touch it.
 *
 * <p>Who makes them says where tasks run. Tests put virtual time in this place.
 */
public interface Timers {

  /**
   * Runs a task once, after a delay.
   *
   * @return the way to call it off
   */
  Timeout schedule(Duration delay, Runnable task);

  /** The time of the clock, in nanoseconds, to be compared with other times of it alone. */
  long nanoTime();

  /** A duration in nanoseconds; what is longer than a clock can count is for ever. */
  static long nanos(Duration duration) {
    try {
      return duration.toNanos();
    } catch (ArithmeticException overflow) {
      return Long.MAX_VALUE;
    }
  }

  /** A task that waits for its time. */
  @FunctionalInterface
  interface Timeout {

    /** Calls the task off; does nothing when it has run. */
    void cancel();
  }
}
