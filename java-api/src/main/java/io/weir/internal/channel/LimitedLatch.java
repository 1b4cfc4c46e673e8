package io.weir.internal.channel;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A latch that threads wait for within a limit. An interrupt does not end the wait. */
final class LimitedLatch {

  private final CountDownLatch latch = new CountDownLatch(1);

  /** Ends all waits. */
  void open() {
    latch.countDown();
  }

  /**
   * Waits until the latch is open, or the time has passed. Restores the thread's interrupt status.
   */
  void await(long nanos) {
    long end = System.nanoTime() + nanos;
    long left = nanos;
    boolean interrupted = false;
    while (left > 0 && latch.getCount() > 0) {
      try {
        latch.await(left, TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      left = end - System.nanoTime();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
