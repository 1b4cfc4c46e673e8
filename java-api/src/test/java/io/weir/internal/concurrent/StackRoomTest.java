package io.weir.internal.concurrent;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Multiplicity;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a check of the stack promises, before and after the compilers have changed its frames. */
@Tag(Multiplicity.TAG)
class StackRoomTest {

  private static final long STACK_BYTES = 256 * 1024;
  private static final int CHECKS_BETWEEN_ROUNDS = 5_000;

  /** The frames of a write of the JDK, a lock of it and what that calls, and as many again. */
  private static final int FRAMES_BEHIND_A_CHECK = 40;

  /** Descends, checking at each depth until a check fails, and then further to the end. */
  private static final class Descent implements Runnable {

    private final Runnable check;
    private int passed; // the depth of the last check that passed
    private int end; // the depth of the last frame

    Descent(Runnable check) {
      this.check = check;
    }

    @Override
    public void run() {
      try {
        deeper(0, true, 1, 2, 3, 4);
      } catch (StackOverflowError full) {
        // That is what this is for.
      }
    }

    private long deeper(int depth, boolean checking, long a, long b, long c, long d) {
      end = depth;
      boolean checks = checking && hasPassed(depth);
      return depth < 0 ? 0 : a + b + c + d + deeper(depth + 1, checks, b, c, d, a);
    }

    private boolean hasPassed(int depth) {
      try {
        check.run();
        passed = depth;
        return true;
      } catch (StackOverflowError refused) {
        return false;
      }
    }
  }

  private static void checkRoom(Runnable check, int frames) throws InterruptedException {
    for (int round = 0; round < Multiplicity.rounds(100); round++) {
      Descent descent = new Descent(check);
      Thread thread = new Thread(null, descent, "deep", STACK_BYTES);
      thread.start();
      thread.join();
      assertTrue(descent.passed > 0, "no check has passed");
      int left = descent.end - descent.passed;
      assertTrue(left >= frames, () -> "only " + left + " frames behind a check that passed");
      for (int i = 0; i < CHECKS_BETWEEN_ROUNDS; i++) { // for the compilers
        check.run();
      }
    }
  }

  @Test
  void a_check_for_a_call_of_the_jdk_leaves_room_for_it() throws Exception {
    checkRoom(StackRoom::requireForJdkCall, FRAMES_BEHIND_A_CHECK);
  }

  @Test
  void a_check_for_a_change_leaves_twice_as_much() throws Exception {
    checkRoom(StackRoom::require, 2 * FRAMES_BEHIND_A_CHECK);
  }
}
