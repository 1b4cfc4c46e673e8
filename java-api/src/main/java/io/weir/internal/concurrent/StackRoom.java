package io.weir.internal.concurrent;

/**
 * Checks how much stack is left, before work that must not stop in the middle: the end of a
 * connection, methods that programs call rarely, and calls of the JDK that take a lock. A lock of
 * {@code java.util.concurrent} stays locked for ever when the stack overflows between taking and
 * releasing it, and the whole process shares executors, timers and loggers.
 *
 * <p>A check costs a microsecond or two, so code that runs for each message does not check each
 * time.
 */
public final class StackRoom {

  /** Frames of 100 to 200 bytes: room for what such work calls, and for a class that it loads. */
  private static final int FRAMES = 160;

  /**
   * For one call of the JDK. Half of the above, so that the call has room in work that has checked,
   * even if the compiler has changed the size of the frames meanwhile.
   */
  private static final int FRAMES_OF_JDK_CALL = FRAMES / 2;

  /** For several calls of the JDK, one after another, each a little deeper. */
  private static final int FRAMES_OF_JDK_CALLS = FRAMES * 3 / 4;

  /** For the end of a connection. The parts of it check as well. */
  private static final int FRAMES_OF_ABORT = 3 * FRAMES;

  private StackRoom() {}

  /**
   * Checks that there is room.
   *
   * @throws StackOverflowError when there is none; nothing has changed then
   */
  public static void require() {
    descend(FRAMES);
  }

  /**
   * Checks that there is room to call an executor, a timer, a logger or a channel of the JDK.
   *
   * @throws StackOverflowError when there is none
   */
  static void requireForJdkCall() {
    descend(FRAMES_OF_JDK_CALL);
  }

  /**
   * Checks that there is room for several such calls in a row, even if the program's recursion goes
   * half a kilobyte deeper before each.
   *
   * @throws StackOverflowError when there is none
   */
  static void requireForJdkCalls() {
    descend(FRAMES_OF_JDK_CALLS);
  }

  /** Returns whether there is room to call an executor of the JDK. */
  static boolean isEnoughForJdkCall() {
    return isEnough(FRAMES_OF_JDK_CALL);
  }

  /** Returns whether there is room to start a callback. */
  static boolean isEnoughForCallback() {
    return isEnough(FRAMES);
  }

  /** Returns whether there is room to abort a connection. */
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
