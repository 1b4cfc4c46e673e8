package io.weir;

import io.weir.internal.concurrent.StreamFuture;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Waits for futures in blocking code. */
final class BlockingWait {

  private BlockingWait() {}

  /** Waits for a future, as {@link AsyncStreams#await} describes. */
  static <T extends @Nullable Object> T on(CompletableFuture<T> future) throws IOException {
    StreamFuture.beforeWaiting(future, "await");
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      if (!future.isCancelled() && !future.cancel(false)) {
        return resultOf(future); // nothing that was read is lost
      }
      InterruptedIOException interrupted =
          new InterruptedIOException("interrupted while waiting for " + future);
      interrupted.initCause(e);
      throw interrupted;
    } catch (ExecutionException e) {
      throw StreamFuture.thrown(StreamFuture.causeOf(e));
    }
  }

  /** Returns the result of a future that is being completed. */
  private static <T extends @Nullable Object> T resultOf(CompletableFuture<T> future)
      throws IOException {
    try {
      return future.join();
    } catch (CompletionException e) {
      throw StreamFuture.thrown(StreamFuture.causeOf(e));
    }
  }
}
