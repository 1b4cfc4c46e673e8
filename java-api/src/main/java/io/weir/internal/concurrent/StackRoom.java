package io.weir.internal.concurrent;

/**
 * Checks how much stack is left, before a change that must not stop in its middle: the end of a
 * connection, what programs call rarely, and calls of the JDK that take a lock. A lock of {@code
 * java.util.concurrent} stays locked for ever when the stack ends between taking and releasing it,
 * and the whole process shares executors, timers and loggers.
 *
 * <p>A check costs a microsecond or two, so nothing that runs for each message makes one each time.
 */
public final class StackRoom {

  /** Frames of 100 to 200 bytes: room for what a change calls, and for a class that it loads. */
  private static final int FRAMES = 160;

  /**
   * For one call of the JDK. Half of the above, so that there is room behind a change that has
   * checked, also when the compiler has changed the size of the frames meanwhile.
   */
  private static final int FRAMES_OF_JDK_CALL = FRAMES / 2;

  /** For some calls of the JDK, one after another, each of them a little deeper. */
  private static final int FRAMES_OF_JDK_CALLS = FRAMES * 3 / 4;

  /** For the end of a connection, whose parts check for themselves as well. */
  private static final int FRAMES_OF_ABORT = 3 * FRAMES;

  private StackRoom() {}

  /**
   * Returns when there is room.
   *
   * @throws StackOverflowError when there is none; nothing has changed then
   */
  public static void require() {
    descend(FRAMES);
  }

  /**
   * Returns when there is room to call an executor, a timer, a logger or a channel of the JDK.
   *
   * @throws StackOverflowError when there is none
   */
  static void requireForJdkCall() {
    descend(FRAMES_OF_JDK_CALL);
  }

  /**
   * Returns when there is room for some such calls in a row, also when the program's recursion goes
   * half a kilobyte deeper before each.
   *
   * @throws StackOverflowError when there is none
   */
  static void requireForJdkCalls() {
    descend(FRAMES_OF_JDK_CALLS);
  }

  /** Whether there is room to call an executor of the JDK. */
  static boolean isEnoughForJdkCall() {
    return isEnough(FRAMES_OF_JDK_CALL);
  }

  /** Whether there is room to start a callback. */
  static boolean isEnoughForCallback() {
    return isEnough(FRAMES);
  }

  /** Whether there is room to abort a connection. */
  public static boolean isEnoughForAbort() {
    return isEnough(FRAMES_OF_ABORT);
  }

  private static boolean isEnough(int frames) {
    try {
      descend(frames);
      return true;
    } catch (StackOverflowError full) {
      return false;
    }
  }

  private static void descend(int frames) {
    descend(frames, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
  }

  /** The arguments fill the frame; the sum keeps the compiler from leaving them out. */
  private static long descend(
      int frames, long a, long b, long c, long d, long e, long f, long g, long h, long i, long j) {
    long deeper = frames == 0 ? 0 : descend(frames - 1, j, a, b, c, d, e, f, g, h, i);
    return deeper + a + b + c + d + e + f + g + h + i + j;
  }
}
