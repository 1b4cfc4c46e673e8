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
 * Reads lines and calls an action with each, one after another. It is a loop, so that neither stack
 * nor chain of futures grows with the number of lines.
 *
 * <p>One stage is outstanding at any time: the read or the action. Its completion requests a turn.
 * The thread that raises the count of turns from zero runs the loop. Any other request only raises
 * the count, also one of the same thread for a stage that completed at once.
 */
final class LineLoop {

  private final Supplier<CompletableFuture<byte[]>> readLine;
  private final Function<? super byte[], ? extends CompletionStage<?>> action;
  private final CompletionExecutor completions;
  private final StreamFuture<@Nullable Void> done = new StreamFuture<>();
  private final AtomicInteger turns = new AtomicInteger();

  // State between turns; the count of turns publishes it.
  private byte @Nullable [] line; // for the action
  private @Nullable Throwable error;

  private volatile @Nullable CompletableFuture<byte[]> reading; // cancelled with the loop

  /**
   * Creates a loop.
   *
   * @param readLine reads the next line
   * @param completions runs the action after its stage has completed on another thread
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

  /**
   * Continues in the running loop, or on the thread on which reads complete. Never on the thread of
   * the action.
   */
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
      act(next); // also after a cancellation: the reader no longer has the line
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
    } catch (Throwable thrown) { // user code: any exception terminates the loop
      done.completeExceptionally(thrown);
    }
  }
}
