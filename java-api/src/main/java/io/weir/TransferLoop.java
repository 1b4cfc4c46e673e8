package io.weir;

import io.weir.internal.channel.DirectBuffers;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.TurnLoop;
import io.weir.internal.stream.Connection;
import io.weir.internal.stream.StreamInput;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes to one connection what is read from another, through a direct buffer that it holds only
 * while it writes.
 */
final class TransferLoop extends TurnLoop {

  private final StreamInput from;
  private final Object reader;
  private final Connection to;
  private final Object writer;
  private final DirectBuffers pool;
  private final StreamFuture<Long> result = new StreamFuture<>();

  private long total; // bytes, between turns

  private final Consumer<CompletableFuture<?>> onMade = this::cancelWithLoop;

  /**
   * Makes a loop.
   *
   * @param reader the view of the input, kept reachable while a read is pending
   * @param writer the view of the output, kept reachable while a drain is pending
   */
  TransferLoop(StreamInput from, Object reader, Connection to, Object writer, DirectBuffers pool) {
    this.from = from;
    this.reader = reader;
    this.to = to;
    this.writer = writer;
    this.pool = pool;
  }

  /** Starts the transfer; the future returns the number of written bytes. */
  CompletableFuture<Long> transfer() {
    result.whenComplete((bytes, ended) -> stop());
    start().whenComplete((nothing, failure) -> finish(failure));
    return result;
  }

  private void finish(@Nullable Throwable failure) {
    if (failure == null) {
      result.complete(total);
    } else {
      result.completeExceptionally(failure);
    }
  }

  private void stop() {
    done.cancel(false);
    cancelRead();
  }

  @Override
  protected void turn() {
    if (error != null) {
      fail(error);
    } else if (!done.isDone()) {
      read();
    }
  }

  private void read() {
    from.read(pool, reader, onMade).whenComplete(this::pass);
  }

  /** Also after a cancellation: the reader no longer has the bytes. */
  private void pass(@Nullable ByteBuffer bytes, @Nullable Throwable failure) {
    if (failure != null) {
      runTurnsAfter(failure);
    } else if (bytes == null) {
      done.complete(null);
    } else {
      write(bytes);
    }
  }

  private void write(ByteBuffer bytes) {
    total += bytes.remaining();
    try {
      to.write(bytes.duplicate(), "transferTo");
      to.drain(writer).whenComplete((nothing, failure) -> runTurnsAfter(failure));
    } catch (Throwable refused) { // after writeEof, or without memory
      runTurnsAfter(refused);
    } finally {
      pool.release(bytes);
    }
  }
}
