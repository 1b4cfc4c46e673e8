package io.weir.internal.channel;

import java.util.concurrent.locks.LockSupport;

/**
 * Counts the turns of a loop in which its selector returned without a reason. That has happened
 * again and again with faults of kernels and of the JDK, and would use all of a processor.
 */
final class EmptyTurns {

  /**
   * Turns in a row after which the loop pauses: a second or two. Some thousand are normal, because
   * a selector of the JDK does not wait while another thread is closing a channel.
   */
  static final int MAX_IN_A_ROW = 1_000_000;

  private static final long PAUSE_NANOS = 10_000_000;

  private int inARow;

  /**
   * Notes a turn. Pauses when there have been many without a reason.
   *
   * @return whether to report that, once
   */
  boolean note(boolean hasReason) {
    inARow = hasReason ? 0 : Math.min(inARow, MAX_IN_A_ROW) + 1;
    if (inARow > MAX_IN_A_ROW) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return inARow == MAX_IN_A_ROW;
  }
}
