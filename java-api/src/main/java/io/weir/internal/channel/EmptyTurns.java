package io.weir.internal.channel;

import java.util.concurrent.locks.LockSupport;

/**
 * Counts the turns of a loop in which its selector returned without a reason. Bugs in kernels and
 * in the JDK have caused such turns again and again; they would occupy a whole processor.
 */
final class EmptyTurns {

  /**
   * Turns in a row after which the loop pauses: a second or two. A few thousand are normal, because
   * a selector of the JDK does not wait while another thread is closing a channel.
   */
  static final int MAX_IN_A_ROW = 1_000_000;

  private static final long PAUSE_NANOS = 10_000_000;

  private int inARow;

  /**
   * Counts a turn. Pauses when there have been too many without a reason.
   *
   * @return true once when the limit is reached, for the caller to report it
   */
  boolean note(boolean hasReason) {
    inARow = hasReason ? 0 : Math.min(inARow, MAX_IN_A_ROW) + 1;
    if (inARow > MAX_IN_A_ROW) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    return inARow == MAX_IN_A_ROW;
  }
}
