package io.weir;

import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.stream.ReadFraming;
import io.weir.internal.stream.StreamInput;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
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

  private final StreamInput input;
  private final Object reader;
  private final Function<? super byte[], ? extends CompletionStage<?>> action;
  private final StreamFuture<@Nullable Void> done = new StreamFuture<>();
  private final AtomicInteger turns = new AtomicInteger();

  // State between turns; the count of turns publishes it.
  private byte @Nullable [] line; // for the action
  private @Nullable Throwable error;

  private volatile @Nullable CompletableFuture<byte[]> reading; // cancelled with the loop

  /**
   * Makes a loop.
   *
   * @param reader the view of the input, kept reachable while a read is pending
   */
  LineLoop(
      StreamInput input,
      Object reader,
      Function<? super byte[], ? extends CompletionStage<?>> action) {
    this.input = input;
    this.reader = reader;
    this.action = action;
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
      input.completions().run(this::runTurns);
    }
  }

  private void turn() {
    byte[] next = line == null && error == null ? readNow() : line;
    if (error != null) {
      fail(error);
    } else if (next == null) {
      read();
    } else if (next.length == 0) {
      done.complete(null);
    } else {
      act(next); // also after a cancellation: the reader no longer has the line
    }
  }

  /** Takes a line that is buffered, without a future. */
  private byte @Nullable [] readNow() {
    try {
      return done.isDone() ? null : input.pollInTurn(ReadFraming.line());
    } catch (IOException failure) {
      error = failure;
      return null;
    }
  }

  private void read() {
    if (done.isDone()) {
      return;
    }
    CompletableFuture<byte[]> read = input.read(ReadFraming.line(), reader);
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
      fail(thrown);
    }
  }

  /** Fails the loop; the cancellation of a future of the action is none of the loop. */
  private void fail(Throwable failure) {
    Throwable cause = StreamFuture.causeOf(failure);
    done.completeExceptionally(
        cause instanceof CancellationException ? new CompletionException(cause) : cause);
  }
}
