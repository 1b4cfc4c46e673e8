package io.weir.internal.concurrent;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The futures that the library returns, and all that are derived from them. {@code join} and {@code
 * get} of an unfinished one throw on a thread that must not block: an I/O thread, and any thread in
 * a callback that does not run on a program's executor.
 */
public class StreamFuture<T extends @Nullable Object> extends CompletableFuture<T> {

  private static final StreamFuture<@Nullable Void> DONE = new Done();

  private volatile @Nullable CompletableFuture<@Nullable Void> signal; // null until a thread waits

  /** Returns the shared future that has completed with null. */
  public static StreamFuture<@Nullable Void> done() {
    return DONE;
  }

  public static <T> StreamFuture<T> completed(T value) {
    StreamFuture<T> future = new StreamFuture<>();
    future.complete(value);
    return future;
  }

  public static <T extends @Nullable Object> StreamFuture<T> failed(Throwable error) {
    StreamFuture<T> future = new StreamFuture<>();
    future.completeExceptionally(error);
    return future;
  }

  /** Completes a future with null, or with a failure if there is one. */
  public static void end(StreamFuture<@Nullable Void> future, @Nullable Throwable failure) {
    if (failure == null) {
      future.complete(null);
    } else {
      future.completeExceptionally(failure);
    }
  }

  /**
   * Returns the failure of a stage, without the exceptions that stages and futures wrap around it.
   */
  public static Throwable causeOf(Throwable failure) {
    Throwable inner = failure;
    while (isWrapping(inner) && inner.getCause() != null) {
      inner = inner.getCause();
    }
    return inner;
  }

  /**
   * Returns the failure of a stage of the program, as the failure of a future of the library. Wraps
   * a cancellation, because only the stage was cancelled.
   */
  public static Throwable failureOf(Throwable failure) {
    Throwable cause = causeOf(failure);
    return cause instanceof CancellationException ? new CompletionException(cause) : cause;
  }

  /**
   * Throws a failure if it is an IOException or unchecked. Wraps any other for the caller to throw.
   */
  public static CompletionException thrown(Throwable failure) throws IOException {
    if (failure instanceof IOException io) {
      throw io;
    }
    if (failure instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (failure instanceof Error error) {
      throw error;
    }
    return new CompletionException(failure);
  }

  private static boolean isWrapping(Throwable error) {
    return error instanceof CompletionException || error instanceof ExecutionException;
  }

  @Override
  public <U extends @Nullable Object> CompletableFuture<U> newIncompleteFuture() {
    return new StreamFuture<>();
  }

  @Override
  public boolean isDone() {
    boolean done = super.isDone();
    if (done) {
      Trampoline.current().isIterating();
    }
    return done;
  }

  @Override
  public T join() {
    if (!isDone()) {
      beforeWaiting(this, "join");
      signal().join();
    }
    return super.join();
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    beforeWaiting(this, "get");
    if (!super.isDone()) {
      signal().get();
    }
    return super.get();
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    beforeWaiting(this, "get");
    if (!super.isDone()) {
      signal().get(timeout, unit);
    }
    return super.get(timeout, unit);
  }

  /**
   * Returns a plain future that completes with this one. Threads wait for it instead, because in
   * the JDK a thread that waits for a future may run that future's callbacks, which belong
   * elsewhere.
   */
  private CompletableFuture<@Nullable Void> signal() {
    CompletableFuture<@Nullable Void> made = signal;
    if (made == null) {
      CompletableFuture<@Nullable Void> completed = new CompletableFuture<>();
      signal = completed; // another thread may do the same now, which does no harm
      whenComplete((value, failure) -> completed.complete(null));
      made = completed;
    }
    return made;
  }

  /**
   * Prepares the calling thread to wait for a future.
   *
   * @param call the name of the method that the program has called
   * @throws IllegalStateException when the thread must not wait
   */
  public static void beforeWaiting(CompletableFuture<?> future, String call) {
    Trampoline here = Trampoline.current();
    here.isIterating();
    if (future.isDone()) {
      return;
    }
    if (IoThread.isCurrent() || here.isRunningWithoutBlocking()) {
      throw new IllegalStateException(
          call
              + "() on the I/O thread "
              + Thread.currentThread().getName()
              + " would keep that thread from completing this future: chain with thenCompose"
              + " instead, or run blocking handlers on the executor of"
              + " ServerOptions.withHandlerExecutor, and blocking callbacks on that of"
              + " withCallbackExecutor");
    }
    here.runBeforeBlocking();
  }

  /** The shared future, which cannot be changed. */
  private static final class Done extends StreamFuture<@Nullable Void> {

    Done() {
      end(this, null);
    }

    @Override
    public void obtrudeValue(@Nullable Void value) {
      throw new UnsupportedOperationException(
          "this completed future is shared and cannot be changed");
    }

    @Override
    public void obtrudeException(Throwable error) {
      throw new UnsupportedOperationException(
          "this completed future is shared and cannot be changed");
    }
  }
}
