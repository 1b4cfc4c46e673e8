package io.weir;

import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.StreamFuture;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads lines and hands each to an action, one after another: read, act, read, act. A loop in fact:
 * however many lines are there at once, stack and chain do not grow.
 *
 * <p>One stage is outstanding at any time, the read or the action, and its completion asks for a
 * turn. Turns are counted: who finds the count at zero runs the loop, anybody else (the same
 * thread, when a stage was complete at once) only adds to the count.
 */
final class LineLoop {

  private final Supplier<CompletableFuture<byte[]>> readLine;
  private final Function<? super byte[], ? extends CompletionStage<?>> action;
  private final CompletionExecutor completions;
  private final StreamFuture<@Nullable Void> done = new StreamFuture<>();
  private final AtomicInteger turns = new AtomicInteger();

  // What one turn leaves to the next; the count of turns makes it visible.
  private byte @Nullable [] line; // to be acted on
  private @Nullable Throwable error;

  private volatile @Nullable CompletableFuture<byte[]> reading; // to be cancelled with the loop

  /**
   * Makes a loop.
   *
   * @param readLine reads the next line
   * @param completions runs the action, when its stage has completed on another thread
   */
  LineLoop(
      Supplier<CompletableFuture<byte[]>> readLine,
      Function<? super byte[], ? extends CompletionStage<?>> action,
      CompletionExecutor completions) {
    this.readLine = readLine;
    this.action = action;
    this.completions = completions;
  }

  CompletableFuture<@Nullable Void> start() {
    done.whenComplete((nothing, ended) -> cancelRead());
    runTurns();
    return done;
  }

  private void cancelRead() {
    CompletableFuture<byte[]> read = reading;
    if (read != null) {
      read.cancel(false);
    }
  }

  private void runTurns() {
    if (turns.getAndIncrement() > 0) {
      return;
    }
    do {
      turn();
    } while (turns.decrementAndGet() > 0);
  }

  /** Goes on in the loop that runs, or where reads complete: not on the thread of the action. */
  private void askForTurn() {
    if (turns.getAndUpdate(count -> count > 0 ? count + 1 : 0) == 0) {
      completions.run(this::runTurns);
    }
  }

  private void turn() {
    byte[] next = line;
    if (error != null) {
      done.completeExceptionally(StreamFuture.causeOf(error));
    } else if (next == null) {
      read();
    } else if (next.length == 0) {
      done.complete(null);
    } else {
      act(next); // also when the loop has been cancelled: the line is not in the reader any more
    }
  }

  private void read() {
    if (done.isDone()) {
      return;
    }
    CompletableFuture<byte[]> read = readLine.get();
    reading = read;
    if (done.isDone()) {
      read.cancel(false);
    }
    read.whenComplete(
        (bytes, failure) -> {
          line = bytes;
          error = failure;
          runTurns();
        });
  }

  private void act(byte[] bytes) {
    line = null;
    try {
      CompletionStage<?> acting =
          Objects.requireNonNull(
              action.apply(bytes), "the action of forEachLine returned null instead of a stage");
      acting.whenComplete(
          (nothing, failure) -> {
            error = failure;
            askForTurn();
          });
    } catch (Throwable thrown) { // the action is the user's: whatever it throws ends the loop
      done.completeExceptionally(thrown);
    }
  }
}
