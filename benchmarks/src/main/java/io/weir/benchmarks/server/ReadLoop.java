package io.weir.benchmarks.server;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Read, act, read, act, up to the end of the stream: a loop for as long as stages are complete
 * already, and a callback where one is not. All of it runs on the connection's I/O thread.
 */
final class ReadLoop {

  private final Supplier<CompletableFuture<byte[]>> read;
  private final Function<byte[], CompletableFuture<?>> act;
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

  // What the next turn goes on from; of the I/O thread.
  private byte @Nullable [] bytes;

  ReadLoop(Supplier<CompletableFuture<byte[]>> read, Function<byte[], CompletableFuture<?>> act) {
    this.read = read;
    this.act = act;
  }

  CompletableFuture<@Nullable Void> start() {
    afterAct();
    return ended;
  }

  private void afterRead(byte @Nullable [] arrived, @Nullable Throwable error) {
    if (error != null) {
      ended.completeExceptionally(error);
      return;
    }
    bytes = arrived;
    if (acted()) {
      afterAct();
    }
  }

  private void afterAct() {
    do {
      CompletableFuture<byte[]> reading = read.get();
      if (!reading.isDone() || reading.isCompletedExceptionally()) {
        reading.whenComplete(this::afterRead);
        return;
      }
      bytes = reading.join();
    } while (acted());
  }

  /** Acts on the bytes; tells whether that is done and to be gone on from here. */
  private boolean acted() {
    byte[] arrived = Objects.requireNonNull(bytes);
    if (arrived.length == 0) {
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
