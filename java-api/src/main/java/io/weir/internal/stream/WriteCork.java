package io.weir.internal.stream;

import io.weir.internal.concurrent.Trampoline;

/**
 * Holds small writes of callbacks back until the callbacks on the thread have returned, so that the
 * answers to pipelined requests leave together (as TCP_CORK does it in the kernel).
 *
 * <p>A callback that has more to read already will probably write more. It runs on an I/O thread
 * and so does not block; on a program's executor, where it may wait for the answer to what it has
 * written, nothing is held.
 *
 * <pre>
 *   LOOSE ---- hold() ----&gt; HELD ---- release(), when no callback is left ----&gt; LOOSE
 * </pre>
 */
final class WriteCork {

  private enum State {
    LOOSE,
    HELD
  }

  private State state = State.LOOSE;

  /** Whether a write on this thread may wait for more. */
  static boolean expectsMore(Trampoline here, InputState input) {
    return here.isRunningWithoutBlocking() && !input.bytes().isEmpty();
  }

  /** Notes that a write is held; true when the caller has to arrange for the release. */
  boolean hold() {
    boolean first = state == State.LOOSE;
    state = State.HELD;
    return first;
  }

  /** Notes that what was held is written. */
  void release() {
    state = State.LOOSE;
  }
}
