package io.weir.channels;

import io.weir.testing.Deadline;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a completion handler receives.
 *
 * @param <V> the type of the result
 */
final class Outcome<V> implements CompletionHandler<V, @Nullable Object> {

  /** Starts an operation. */
  interface Start<V> {

    /** Starts it with this handler. */
    void with(Outcome<V> handler) throws Exception;
  }

  private final CompletableFuture<V> result = new CompletableFuture<>();
  private final AtomicInteger calls = new AtomicInteger();
  private final Runnable whenCalled;
  private volatile @Nullable Thread thread;
  private volatile @Nullable Object attachment;

  Outcome() {
    this(() -> {});
  }

  /** Keeps an outcome, and then runs an action in the handler. */
  Outcome(Runnable whenCalled) {
    this.whenCalled = whenCalled;
  }

  /** Starts an operation, and returns its outcome, which may come later. */
  static <V> Outcome<V> of(Start<V> operation) throws Exception {
    Outcome<V> outcome = new Outcome<>();
    operation.with(outcome);
    return outcome;
  }

  @Override
  public void completed(V value, @Nullable Object attachment) {
    called(attachment);
    result.complete(value);
    whenCalled.run();
  }

  @Override
  public void failed(Throwable error, @Nullable Object attachment) {
    called(attachment);
    result.completeExceptionally(error);
    whenCalled.run();
  }

  private void called(@Nullable Object with) {
    calls.incrementAndGet();
    attachment = with;
    thread = Thread.currentThread();
  }

  /** Waits for the result. */
  V value() {
    return Deadline.get(result);
  }

  /** Waits for the failure. */
  <E extends Throwable> E failure(Class<E> kind) {
    return Deadline.failure(kind, result);
  }

  boolean isDone() {
    return result.isDone();
  }

  /** Returns how often the handler was called. */
  int calls() {
    return calls.get();
  }

  /** Waits for the call, and returns its thread. */
  Thread thread() {
    Deadline.await("the handler is called", this::isDone);
    return thread;
  }

  /** Waits for the call, and returns its attachment. */
  @Nullable Object attachment() {
    Deadline.await("the handler is called", this::isDone);
    return attachment;
  }
}
