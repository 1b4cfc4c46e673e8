package io.weir.internal.concurrent;

import org.jspecify.annotations.Nullable;

/**
 * One asynchronous operation at a time, started again and again, with its outcome. When an
 * operation completes inside the call that starts it, the starter handles the outcome after that
 * call has returned. When it completes later, the completing thread handles the outcome. So a
 * channel that completes at once causes a loop, not a recursion.
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
 *    |    finish()                v                    |
 *    +----------------------- HANDLING &lt;---------------+  (also from STARTING, by another thread)
 * </pre>
 *
 * <p>Plain data, guarded by the lock of its owner.
 */
public final class AsyncOperation<R> {

  private enum State {
    IDLE,
    STARTING,
    COMPLETED_INSIDE,
    PENDING,
    HANDLING
  }

  private State state = State.IDLE;
  private @Nullable Thread starter; // not null in STARTING and COMPLETED_INSIDE
  private @Nullable R result; // not null in COMPLETED_INSIDE and HANDLING, unless it failed
  private @Nullable Throwable failure; // set in COMPLETED_INSIDE and HANDLING, if it failed

  /**
   * Returns whether no operation is under way, and the outcome of the last one has been handled.
   */
  public boolean isIdle() {
    return state == State.IDLE;
  }

  /** Returns whether an operation has completed and its outcome is being handled. */
  public boolean isHandling() {
    return state == State.HANDLING;
  }

  /** Marks the operation as started. To be called before the call that starts it. */
  public void start() {
    state = State.STARTING;
    starter = Thread.currentThread();
  }

  /**
   * Notes that the call that starts the operation has returned.
   *
   * @return whether the operation completed inside it, so that the caller handles the outcome
   */
  public boolean started() {
    if (starter != Thread.currentThread()) {
      return false; // completed by another thread, and perhaps started again
    }
    starter = null;
    boolean inside = state == State.COMPLETED_INSIDE;
    state = inside ? State.HANDLING : State.PENDING;
    return inside;
  }

  /**
   * Notes the outcome.
   *
   * @param value the result, null when the operation failed
   * @param error why the operation failed, null when it did not
   * @return whether the caller handles the outcome; if not, the starter does
   */
  public boolean completed(@Nullable R value, @Nullable Throwable error) {
    result = value;
    failure = error;
    if (state == State.STARTING && starter == Thread.currentThread()) {
      state = State.COMPLETED_INSIDE;
      return false;
    }
    starter = null;
    state = State.HANDLING;
    return true;
  }

  /**
   * Returns the result of the operation, while it is being handled; null when the operation failed.
   */
  public @Nullable R result() {
    return result;
  }

  /** Returns why the operation failed, while that is being handled; null when it did not. */
  public @Nullable Throwable failure() {
    return failure;
  }

  /** Forgets the outcome; the next operation can start. */
  public void finish() {
    result = null;
    failure = null;
    state = State.IDLE;
  }

  @Override
  public String toString() {
    return state.toString();
  }
}
