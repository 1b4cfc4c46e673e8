package io.weir.internal.concurrent;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Checks how much stack is left, before work that must not stop in the middle: the end of a
 * connection, methods that programs call rarely, and calls of the JDK that take a lock. A lock of
 * {@code java.util.concurrent} stays locked for ever when the stack overflows between taking and
 * releasing it, and the whole process shares executors, timers and loggers.
 *
 * <p>A check enters some large frames. HotSpot looks for the room of a frame when it enters the
 * method, so a frame need not be filled. Filling it costs a microsecond for a few kilobytes; a
 * check that fills none costs some 50 ns, which each message can have.
 */
public final class StackRoom {

  /** Frames of 0.4 KB or more: room for what such work calls, and for a class that it loads. */
  private static final int FRAMES = 40;

  /**
   * For one call of the JDK. Half of the above, so that the call has room in work that has checked,
   * even if the compiler has changed the size of the frames meanwhile.
   */
  private static final int FRAMES_OF_JDK_CALL = FRAMES / 2;

  /** For the end of a connection. The parts of it check as well. */
  private static final int FRAMES_OF_ABORT = 3 * FRAMES;

  /** One check in 256 fills its frames: the compiler leaves out of a frame what is never used. */
  private static final int FILLING = 256;

  private static final long[] CONTENT = new long[50];

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
  public static void requireForJdkCall() {
    descend(FRAMES_OF_JDK_CALL);
  }

  /** Returns whether there is room to call an executor, or to lock a pool. */
  public static boolean isEnoughForJdkCall() {
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
    descend(frames, ThreadLocalRandom.current().nextInt(FILLING) == 0);
  }

  /**
   * Enters frames that have room for 50 values, whether they are filled or not. The values are read
   * before the call and used after it, so that the frame has to keep them.
   */
  private static long descend(int frames, boolean fills) {
    if (frames == 0) {
      return 0;
    }
    if (!fills) {
      return 1 + descend(frames - 1, false);
    }
    long[] m = CONTENT;
    long a0 = m[0], a1 = m[1], a2 = m[2], a3 = m[3], a4 = m[4];
    long b0 = m[5], b1 = m[6], b2 = m[7], b3 = m[8], b4 = m[9];
    long c0 = m[10], c1 = m[11], c2 = m[12], c3 = m[13], c4 = m[14];
    long d0 = m[15], d1 = m[16], d2 = m[17], d3 = m[18], d4 = m[19];
    long e0 = m[20], e1 = m[21], e2 = m[22], e3 = m[23], e4 = m[24];
    long f0 = m[25], f1 = m[26], f2 = m[27], f3 = m[28], f4 = m[29];
    long g0 = m[30], g1 = m[31], g2 = m[32], g3 = m[33], g4 = m[34];
    long h0 = m[35], h1 = m[36], h2 = m[37], h3 = m[38], h4 = m[39];
    long i0 = m[40], i1 = m[41], i2 = m[42], i3 = m[43], i4 = m[44];
    long j0 = m[45], j1 = m[46], j2 = m[47], j3 = m[48], j4 = m[49];
    long sum = descend(frames - 1, true);
    sum += a0 + a1 + a2 + a3 + a4 + b0 + b1 + b2 + b3 + b4;
    sum += c0 + c1 + c2 + c3 + c4 + d0 + d1 + d2 + d3 + d4;
    sum += e0 + e1 + e2 + e3 + e4 + f0 + f1 + f2 + f3 + f4;
    sum += g0 + g1 + g2 + g3 + g4 + h0 + h1 + h2 + h3 + h4;
    sum += i0 + i1 + i2 + i3 + i4 + j0 + j1 + j2 + j3 + j4;
    return sum;
  }
}
