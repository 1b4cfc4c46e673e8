package io.weir.internal.concurrent;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Repeats steps that may fail with an {@link OutOfMemoryError}. The policy is in docs/memory.md.
 */
public final class LowMemory {

  /** Few, so that other connections of this thread, which hold memory too, get their turn. */
  private static final int ATTEMPTS = 10;

  static {
    LockSupport.parkNanos(0); // loads LockSupport, see docs/memory.md
  }

  private LowMemory() {}

  /** Loads this class now, because that can fail after an OutOfMemoryError. */
  public static void load() {
    // The call has initialized the class.
  }

  /** A step that may throw an OutOfMemoryError. */
  @FunctionalInterface
  public interface Step {

    /** Performs the step. It can be repeated after it has thrown. */
    void run() throws Throwable;
  }

  /**
   * Repeats a step until it succeeds, at most ten times. Never throws.
   *
   * @return whether the step succeeded
   */
  public static boolean retry(Step step) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (succeeds(step)) {
        return true;
      }
    }
    return false;
  }

  /** Repeats a step, with a pause after each failure, until it succeeds. Never throws. */
  public static void retryUntilDone(Step step, long pauseMillis) {
    long nanos = TimeUnit.MILLISECONDS.toNanos(pauseMillis);
    do {
      LockSupport.parkNanos(nanos);
    } while (!succeeds(step));
  }

  private static boolean succeeds(Step step) {
    try {
      step.run();
      return true;
    } catch (Throwable noMemory) {
      return false;
    }
  }
}
