package io.weir.internal.concurrent;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A loop over stages, so that neither stack nor chain of futures grows with the number of rounds.
 *
 * <p>One stage is outstanding at any time. Its completion asks for a turn. The thread that raises
 * the count of turns from zero runs the loop. Any other request only raises the count, also one of
 * the same thread for a stage that completed at once. The count publishes what a turn leaves in
 * fields to the next one, which may run on another thread.
 */
public abstract class TurnLoop {

  /** Completes with the loop; a program that completes it has the loop stop. */
  protected final StreamFuture<@Nullable Void> done = new StreamFuture<>();

  /** What the last stage has failed with, for the next turn; null for nothing. */
  protected @Nullable Throwable error;

  private final AtomicInteger turns = new AtomicInteger();

  /** Starts the loop. */
  public CompletableFuture<@Nullable Void> start() {
    runTurns();
    return done;
  }

  /** Runs one turn: starts a stage that asks for the next turn, or ends the loop. */
  protected abstract void turn();

  /** Goes on, in the running loop or on this thread. */
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
   * Goes on when a stage is complete.
   *
   * @param failure what the stage has failed with; null when it has succeeded
   */
  protected final void runTurnsAfter(@Nullable Throwable failure) {
    error = failure;
    runTurns();
  }

  /** Goes on, in the running loop or on an executor; never on this thread. */
  protected final void runTurnsOn(CompletionExecutor executor) {
    if (turns.getAndUpdate(count -> count > 0 ? count + 1 : 0) == 0) {
      executor.run(this::runTurns);
    }
  }

  /** Fails the loop; the cancellation of a stage of the program is none of the loop. */
  protected final void fail(Throwable failure) {
    Throwable cause = StreamFuture.causeOf(failure);
    done.completeExceptionally(
        cause instanceof CancellationException ? new CompletionException(cause) : cause);
  }
}
