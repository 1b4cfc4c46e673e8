package io.weir.benchmarks.server;

import io.weir.StreamWriter;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads and acts in turn up to the end of the stream, and then closes. Loops while the stages are
 * complete already, and is its own callback when one is not. All of it runs on the connection's I/O
 * thread.
 */
abstract class ReadLoop<T> implements BiConsumer<@Nullable T, @Nullable Throwable> {

  final StreamWriter writer;
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

  // The input of the next turn; confined to the I/O thread.
  private @Nullable T result;

  ReadLoop(StreamWriter writer) {
    this.writer = writer;
  }

  abstract CompletableFuture<T> read();

  /** Returns whether a read has reached the end of the stream. */
  abstract boolean isEnd(T arrived);

  abstract CompletableFuture<?> act(T arrived);

  final CompletableFuture<@Nullable Void> start() {
    afterAct();
    return ended;
  }

  /** Continues after a read for which the loop has waited. */
  @Override
  public final void accept(@Nullable T arrived, @Nullable Throwable error) {
    if (error != null) {
      end(error);
      return;
    }
    result = arrived;
    if (acted()) {
      afterAct();
    }
  }

  private void afterAct() {
    do {
      CompletableFuture<T> reading = read();
      if (!reading.isDone() || reading.isCompletedExceptionally()) {
        reading.whenComplete(this);
        return;
      }
      result = reading.join();
    } while (acted());
  }

  /** Handles the received bytes; returns whether to continue in this loop. */
  private boolean acted() {
    T arrived = Objects.requireNonNull(result);
    if (isEnd(arrived)) {
      end(null);
      return false;
    }
    CompletableFuture<?> acting = act(arrived);
    if (acting.isDone() && !acting.isCompletedExceptionally()) {
      return true;
    }
    acting.whenComplete((nothing, error) -> goOn(error));
    return false;
  }

  private void goOn(@Nullable Throwable error) {
    if (error == null) {
      afterAct();
    } else {
      end(error);
    }
  }

  private void end(@Nullable Throwable error) {
    writer.close();
    if (error == null) {
      ended.complete(null);
    } else {
      ended.completeExceptionally(error);
    }
  }
}
