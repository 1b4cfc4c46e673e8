package io.weir;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The future of somebody who waits, with a claim: it is decided once whether the answer goes to the
 * waiter or the waiter has left (cancelled, timed out, completed by its owner). What is taken for a
 * waiter is taken after the claim, or while it cannot leave, so that nothing is taken for one who
 * has left.
 *
 * <pre>
 *            claim()                 run()
 *   WAITING ---------> CLAIMED ----------------> done, with the answer
 *      |
 *      | cancel(), orTimeout(), complete() ...
 *      +---------------> LEFT -----------------> done, with what its owner gave
 *
 *            tryClaim()         tried(true)
 *   WAITING ------------> TRIED -----------> CLAIMED
 *      ^                    | tried(false)
 *      +--------------------+
 * </pre>
 *
 * <p>TRIED lasts a moment, in which it is seen whether there is an answer. Those who want to leave
 * wait for its end.
 */
abstract class Waiter<T extends @Nullable Object> extends StreamFuture<T> implements Runnable {

  private static final int WAITING = 0;
  private static final int CLAIMED = 1;
  private static final int LEFT = 2;
  private static final int TRIED = 3;

  private static final long MOMENT = 10_000; // nanoseconds

  @SuppressWarnings("rawtypes")
  private static final AtomicIntegerFieldUpdater<Waiter> CLAIM =
      AtomicIntegerFieldUpdater.newUpdater(Waiter.class, "claim");

  private volatile int claim = WAITING;

  private @Nullable T answer; // written after the claim, read by run()
  private @Nullable Throwable failure; // likewise

  /** Decides that the answer goes to the waiter; false when the waiter has left. */
  final boolean claim() {
    return CLAIM.compareAndSet(this, WAITING, CLAIMED);
  }

  /** As {@link #claim}, of a waiter that nobody else has yet. */
  final void claimUnshared() {
    CLAIM.lazySet(this, CLAIMED);
  }

  /** Keeps the waiter from leaving while it is seen whether there is an answer, for a moment. */
  final boolean tryClaim() {
    return CLAIM.compareAndSet(this, WAITING, TRIED);
  }

  /** Decides what was tried: there is an answer, or the waiter waits on. */
  final void tried(boolean answered) {
    claim = answered ? CLAIMED : WAITING;
  }

  /** Whether it is being seen whether there is an answer. */
  final boolean isTried() {
    return claim == TRIED;
  }

  /** Whether the waiter has left. */
  final boolean hasLeft() {
    return claim == LEFT;
  }

  /** Sets the answer of a claimed waiter, which {@link #run} hands out. */
  final void answer(@Nullable T value) {
    answer = value;
  }

  /** Sets the failure of a claimed waiter, which {@link #run} hands out. */
  final void fail(Throwable error) {
    failure = error;
  }

  /**
   * Completes the claimed waiter, and so runs what depends on it. Not to be called under a lock.
   */
  @Override
  public final void run() {
    if (failure != null) {
      super.completeExceptionally(failure);
    } else {
      super.complete(answerOrNull());
    }
  }

  @SuppressWarnings("NullAway") // a future of Void is completed with null
  private T answerOrNull() {
    return answer;
  }

  private boolean leave() {
    while (!CLAIM.compareAndSet(this, WAITING, LEFT)) {
      if (claim == CLAIMED || claim == LEFT) {
        return false;
      }
      LockSupport.parkNanos(MOMENT); // another thread makes a system call that does not wait
    }
    left();
    return true;
  }

  /** The waiter has left: nobody needs to remember it. */
  abstract void left();

  @Override
  public boolean complete(T value) {
    return leave() && super.complete(value);
  }

  @Override
  public boolean completeExceptionally(Throwable error) {
    return leave() && super.completeExceptionally(error);
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return leave() ? super.cancel(mayInterruptIfRunning) : isCancelled();
  }

  @Override
  public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
    CompletableFuture.<T>supplyAsync(supplier::get, executor)
        .whenComplete(
            (value, error) -> {
              if (error != null) {
                completeExceptionally(error);
              } else {
                complete(value);
              }
            });
    return this;
  }

  @Override
  public void obtrudeValue(T value) {
    leave();
    super.obtrudeValue(value);
  }

  @Override
  public void obtrudeException(Throwable error) {
    leave();
    super.obtrudeException(error);
  }
}
