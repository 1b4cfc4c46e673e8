package io.weir.internal.channel;

import io.weir.testing.Deadline;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A handler that keeps what it is told, and counts how often. */
final class RecordingHandler<T> implements CompletionHandler<T, @Nullable Void> {

  private final CompletableFuture<T> answer = new CompletableFuture<>();
  private final AtomicInteger calls = new AtomicInteger();

  private RecordingHandler() {}

  /** Starts an operation that tells this handler. */
  static <T> RecordingHandler<T> by(Consumer<RecordingHandler<T>> operation) {
    RecordingHandler<T> told = new RecordingHandler<>();
    operation.accept(told);
    return told;
  }

  static RecordingHandler<Integer> byRead(AsyncByteChannel channel, ByteBuffer dst) {
    return by(handler -> channel.read(dst, handler));
  }

  static RecordingHandler<Long> byWrite(AsyncByteChannel channel, ByteBuffer... srcs) {
    return by(handler -> channel.write(srcs, srcs.length, handler));
  }

  static RecordingHandler<@Nullable Void> byClose(AsyncByteChannel channel) {
    return by(channel::close);
  }

  @Override
  public void completed(T result, @Nullable Void attachment) {
    calls.incrementAndGet();
    answer.complete(result);
  }

  @Override
  public void failed(Throwable error, @Nullable Void attachment) {
    calls.incrementAndGet();
    answer.completeExceptionally(error);
  }

  T value() throws Exception {
    return Deadline.get(answer);
  }

  Throwable failure() throws Exception {
    return Deadline.failure(Throwable.class, answer);
  }

  /** How the operation ended: null when it succeeded. */
  @Nullable Throwable outcome() throws Exception {
    return Deadline.get(answer.handle((value, error) -> error));
  }

  boolean isDone() {
    return answer.isDone();
  }

  int calls() {
    return calls.get();
  }
}
