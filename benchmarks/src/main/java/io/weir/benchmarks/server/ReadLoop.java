package io.weir.benchmarks.server;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Read, act, read, act, up to the end of the stream: a loop for as long as stages are complete
 * already, and a callback where one is not. All of it runs on the connection's I/O thread.
 */
final class ReadLoop<T> {

  private final Supplier<CompletableFuture<T>> read;
  private final Predicate<T> isEnd;
  private final Function<T, CompletableFuture<?>> act;
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

  // What the next turn goes on from; of the I/O thread.
  private @Nullable T result;

  /**
   * Prepares a loop.
   *
   * @param isEnd whether a read has found the end of the stream
   */
  ReadLoop(
      Supplier<CompletableFuture<T>> read,
      Predicate<T> isEnd,
      Function<T, CompletableFuture<?>> act) {
    this.read = read;
    this.isEnd = isEnd;
    this.act = act;
  }

  CompletableFuture<@Nullable Void> start() {
    afterAct();
    return ended;
  }

  private void afterRead(@Nullable T arrived, @Nullable Throwable error) {
    if (error != null) {
      ended.completeExceptionally(error);
      return;
    }
    result = arrived;
    if (acted()) {
      afterAct();
    }
  }

  private void afterAct() {
    do {
      CompletableFuture<T> reading = read.get();
      if (!reading.isDone() || reading.isCompletedExceptionally()) {
        reading.whenComplete(this::afterRead);
        return;
      }
      result = reading.join();
    } while (acted());
  }

  /** Acts on what was read; tells whether that is done and to be gone on from here. */
  private boolean acted() {
    T arrived = Objects.requireNonNull(result);
    if (isEnd.test(arrived)) {
      ended.complete(null);
      return false;
    }
    CompletableFuture<?> acting = act.apply(arrived);
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
      ended.completeExceptionally(error);
    }
  }
}
