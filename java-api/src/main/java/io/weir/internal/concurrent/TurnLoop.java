package io.weir.internal.concurrent;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A loop over stages, in which neither the stack nor a chain of futures grows with the number of
 * turns.
 *
 * <p>One stage is outstanding at any time. Its completion asks for a turn. The thread that raises
 * the count of turns from zero runs the loop. Any other request only raises the count, even one on
 * the same thread for a stage that completed at once. The count makes the fields that a turn has
 * written visible to the next turn, which may run on another thread.
 */
public abstract class TurnLoop {

  /** Completes when the loop ends. A program that completes it stops the loop. */
  protected final StreamFuture<@Nullable Void> done = new StreamFuture<>();

  /** The failure of the last stage, for the next turn; null when it has succeeded. */
  protected @Nullable Throwable error;

  private final AtomicInteger turns = new AtomicInteger();
  private volatile @Nullable CompletableFuture<?> read; // cancelled with the loop

  /** Starts the loop. */
  public CompletableFuture<@Nullable Void> start() {
    runTurns();
    return done;
  }

  /** Runs one turn: starts a stage that asks for the next turn, or ends the loop. */
  protected abstract void turn();

  /** Requests a turn, in the running loop or on this thread. */
  protected final void runTurns() {
    if (turns.getAndIncrement() > 0) {
      return;
    }
    do {
      turnSafely();
    } while (turns.decrementAndGet() > 0);
  }

  private void turnSafely() {
    try {
      turn();
    } catch (Throwable thrown) { // no memory for example: the loop must not wait for ever
      fail(thrown);
    }
  }

  /**
   * Requests a turn when a stage is complete.
   *
   * @param failure the failure of the stage; null when it has succeeded
   */
  protected final void runTurnsAfter(@Nullable Throwable failure) {
    error = failure;
    runTurns();
  }

  /** Requests a turn, in the running loop or on an executor. */
  protected final void runTurnsOn(CompletionExecutor executor) {
    if (turns.getAndUpdate(count -> count > 0 ? count + 1 : 0) == 0) {
      executor.run(this::runTurns);
    }
  }

  /** Keeps a read to be cancelled with the loop, which may have been cancelled already. */
  protected final void cancelWithLoop(CompletableFuture<?> started) {
    read = started;
    if (done.isDone()) {
      started.cancel(false);
    }
  }

  /** Cancels the read that is kept, if there is one. */
  protected final void cancelRead() {
    CompletableFuture<?> kept = read;
    if (kept != null) {
      kept.cancel(false);
    }
  }

  /** Fails the loop with the failure of the program's stage. */
  protected final void fail(Throwable failure) {
    done.completeExceptionally(StreamFuture.failureOf(failure));
  }
}
