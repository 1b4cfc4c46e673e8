package io.weir.internal.stream;

import io.weir.internal.concurrent.Trampoline;

/**
 * Holds small writes of callbacks back until the callbacks on the thread have returned, so that the
 * answers to pipelined requests are sent together (as TCP_CORK does in the kernel).
 *
 * <p>A callback that already has more to read will probably write more. Writes are held on I/O
 * threads only, where callbacks do not block. On a program's executor, a callback may wait for the
 * answer to what it has written.
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

  /** Notes that a write is held; true when the caller has to schedule the release. */
  boolean hold() {
    boolean first = state == State.LOOSE;
    state = State.HELD;
    return first;
  }

  /** Notes that the held writes are released. */
  void release() {
    state = State.LOOSE;
  }
}
