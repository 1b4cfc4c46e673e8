package io.weir;

import org.jspecify.annotations.Nullable;

/**
 * One asynchronous operation at a time, started again and again. It tells a completion that came
 * inside the call that started the operation, which the starter handles when the call returns, from
 * one that came in its own time, which is handled where it came. So a channel that completes at
 * once makes a loop, not a recursion.
 *
 * <pre>
 *                  start()              started()
 *    +---> IDLE ------------> STARTING -----------> PENDING
 *    |                            |                    |
 *    |                completed() |        completed() |
 *    |   by the starter's thread  |                    |
 *    |                            v                    |
 *    |              COMPLETED_INSIDE                   |
 *    |                  started() |                    |
 *    |    idle()                  v                    |
 *    +----------------------- HANDLING &lt;---------------+  (also from STARTING, by another thread)
 * </pre>
 *
 * <p>All of it is guarded by the lock of its owner.
 */
final class OneOperation {

  private enum State {
    IDLE,
    STARTING,
    COMPLETED_INSIDE,
    PENDING,
    HANDLING
  }

  private State state = State.IDLE;
  private @Nullable Thread starter; // not null in STARTING and COMPLETED_INSIDE

  boolean isIdle() {
    return state == State.IDLE;
  }

  /** The channel is about to be called. */
  void start() {
    state = State.STARTING;
    starter = Thread.currentThread();
  }

  /** The channel's call has returned; true when the operation completed inside it. */
  boolean started() {
    if (starter != Thread.currentThread()) {
      return false; // completed by another thread, and perhaps started again
    }
    starter = null;
    boolean inside = state == State.COMPLETED_INSIDE;
    state = inside ? State.HANDLING : State.PENDING;
    return inside;
  }

  /** The handler has been called; true when this is where the completion is to be handled. */
  boolean completed() {
    if (state == State.STARTING && starter == Thread.currentThread()) {
      state = State.COMPLETED_INSIDE;
      return false;
    }
    starter = null;
    state = State.HANDLING;
    return true;
  }

  /** Whether a completion is being handled. */
  boolean isHandling() {
    return state == State.HANDLING;
  }

  /** The completion has been handled. */
  void idle() {
    state = State.IDLE;
  }

  @Override
  public String toString() {
    return state.toString();
  }
}
