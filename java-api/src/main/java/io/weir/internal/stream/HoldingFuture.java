package io.weir.internal.stream;

import io.weir.internal.concurrent.StreamFuture;
import org.jspecify.annotations.Nullable;

/**
 * A future of a connection that keeps an object reachable until it is done. A program that keeps
 * only the future keeps the connection too.
 */
final class HoldingFuture extends StreamFuture<@Nullable Void> {

  @SuppressWarnings("unused") // keeps it reachable
  private @Nullable Object held;

  /**
   * Creates a pending future.
   *
   * @param held the reader, writer or transport that the program has called; null for none
   */
  HoldingFuture(@Nullable Object held) {
    this.held = held;
  }

  @Override
  public boolean complete(@Nullable Void nothing) {
    held = null;
    return super.complete(null);
  }

  @Override
  public boolean completeExceptionally(Throwable failure) {
    held = null;
    return super.completeExceptionally(failure);
  }

  @Override
  public boolean cancel(boolean mayInterrupt) {
    held = null;
    return super.cancel(mayInterrupt);
  }
}
