package io.weir.internal.stream;

import io.weir.internal.concurrent.StreamFuture;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A future that can be cancelled until its answer is claimed. The claim decides once whether the
 * answer goes to the future, or the owner has left: by cancelling it, by its timeout, or by
 * completing it. Bytes are taken for the future after the claim, or while it is pinned, so that a
 * cancelled read takes none.
 *
 * <pre>
 *            claim()                 run()
 *   WAITING ---------> CLAIMED ----------------> done, with the answer
 *      |
 *      | cancel(), orTimeout(), complete() ...
 *      +---------------> LEFT -----------------> done, as its owner completed it
 *
 *              pin()         unpin(true)
 *   WAITING ------------> PINNED -----------> CLAIMED
 *      ^                    | unpin(false)
 *      +--------------------+
 * </pre>
 *
 * <p>PINNED lasts for one system call that does not block. An owner that leaves meanwhile waits for
 * the call to return.
 */
abstract class ClaimableFuture<T extends @Nullable Object> extends StreamFuture<T>
    implements Runnable {

  private static final int WAITING = 0;
  private static final int CLAIMED = 1;
  private static final int LEFT = 2;
  private static final int PINNED = 3;

  private static final long MOMENT = 10_000; // nanoseconds

  @SuppressWarnings("rawtypes")
  private static final AtomicIntegerFieldUpdater<ClaimableFuture> CLAIM =
      AtomicIntegerFieldUpdater.newUpdater(ClaimableFuture.class, "claim");

  private volatile int claim = WAITING;

  private @Nullable T answer; // written after the claim, read by run()

  /**
   * Written after the claim, read by run(). A field, because a full stack has no room for a call.
   */
  @Nullable Throwable failure;

  /** Decides that the answer goes to this future; false when its owner has left. */
  final boolean claim() {
    return CLAIM.compareAndSet(this, WAITING, CLAIMED);
  }

  /** Keeps the owner from leaving until {@link #unpin}; false when it has left already. */
  final boolean pin() {
    return CLAIM.compareAndSet(this, WAITING, PINNED);
  }

  /** Ends the pin: claims the future when there is an answer; otherwise it stays pending. */
  final void unpin(boolean answered) {
    claim = answered ? CLAIMED : WAITING;
  }

  /** Whether {@link #pin} has succeeded, and {@link #unpin} has not been called. */
  final boolean isPinned() {
    return claim == PINNED;
  }

  /** Whether the future is neither claimed nor left by its owner. */
  final boolean isUndecided() {
    int now = claim;
    return now == WAITING || now == PINNED;
  }

  /** Whether the answer has been claimed. */
  final boolean isClaimed() {
    return claim == CLAIMED;
  }

  /** Sets the answer with which {@link #run} completes the claimed future. */
  final void answer(@Nullable T value) {
    answer = value;
  }

  /**
   * Completes the claimed future, which runs its callbacks. Called by a {@link
   * io.weir.internal.concurrent.CompletionExecutor}.
   */
  @Override
  public void run() {
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
      LockSupport.parkNanos(MOMENT); // another thread is in a system call that does not block
    }
    onLeave();
    return true;
  }

  /** Called when the owner has left, before the future completes. */
  abstract void onLeave();

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
