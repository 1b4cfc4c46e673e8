package io.weir;

import io.weir.internal.thread.IoThread;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The futures handed out, and all that are derived from them. They refuse to be waited for on an
 * I/O thread, which could only wait for itself.
 */
class StreamFuture<T extends @Nullable Object> extends CompletableFuture<T> {

  private static final StreamFuture<@Nullable Void> DONE = new Done();

  /** A future of nothing that is complete, everybody's. */
  static StreamFuture<@Nullable Void> done() {
    return DONE;
  }

  static <T> StreamFuture<T> completed(T value) {
    StreamFuture<T> future = new StreamFuture<>();
    future.complete(value);
    return future;
  }

  static <T extends @Nullable Object> StreamFuture<T> failed(Throwable error) {
    StreamFuture<T> future = new StreamFuture<>();
    future.completeExceptionally(error);
    return future;
  }

  /**
   * A list of who waits with one more, and without those that are done. It starts as the empty one,
   * as mostly nobody waits.
   */
  static <F extends StreamFuture<?>> List<F> plus(List<F> waiting, F more) {
    List<F> all = waiting.isEmpty() ? new ArrayList<>(1) : waiting;
    all.removeIf(StreamFuture::isDone);
    all.add(more);
    return all;
  }

  /** Completes a future of nothing: normally, or with a failure if there is one. */
  static void end(StreamFuture<@Nullable Void> future, @Nullable Throwable failure) {
    if (failure == null) {
      future.complete(null);
    } else {
      future.completeExceptionally(failure);
    }
  }

  /** What a stage failed with, without what stages and futures wrap around it. */
  static Throwable causeOf(Throwable failure) {
    Throwable inner = failure;
    while (isWrapping(inner) && inner.getCause() != null) {
      inner = inner.getCause();
    }
    return inner;
  }

  private static boolean isWrapping(Throwable error) {
    return error instanceof CompletionException || error instanceof ExecutionException;
  }

  @Override
  public <U extends @Nullable Object> CompletableFuture<U> newIncompleteFuture() {
    return new StreamFuture<>();
  }

  @Override
  public T join() {
    refuseOnIoThread("join");
    return super.join();
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    refuseOnIoThread("get");
    return super.get();
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    refuseOnIoThread("get");
    return super.get(timeout, unit);
  }

  private void refuseOnIoThread(String call) {
    if (!isDone() && IoThread.isCurrent()) {
      throw new IllegalStateException(
          call
              + "() on the I/O thread "
              + Thread.currentThread().getName()
              + " would keep that thread from completing this future: chain with thenCompose"
              + " instead, or give blocking handlers an executor with"
              + " ServerOptions.withHandlerExecutor");
    }
  }

  /** Stays what it is, whoever has it. */
  private static final class Done extends StreamFuture<@Nullable Void> {

    Done() {
      end(this, null);
    }

    @Override
    public void obtrudeValue(@Nullable Void value) {
      throw new UnsupportedOperationException(
          "this future belongs to everybody who has nothing to wait for");
    }

    @Override
    public void obtrudeException(Throwable error) {
      throw new UnsupportedOperationException(
          "this future belongs to everybody who has nothing to wait for");
    }
  }
}
