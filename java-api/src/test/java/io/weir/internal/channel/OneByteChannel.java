package io.weir.internal.channel;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** Hands over one byte at most in each read and each write, of a channel that could do more. */
public final class OneByteChannel extends ForwardingChannel {

  /** Wraps a channel, which belongs to this one from then on. */
  public OneByteChannel(AsyncByteChannel inner) {
    super(inner);
  }

  @Override
  public void read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
    inner.read(firstByteOf(dst), new Moving<>(dst, handler));
  }

  @Override
  public void write(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
    ByteBuffer src = firstWithBytes(srcs, count);
    inner.write(new ByteBuffer[] {firstByteOf(src)}, 1, new Moving<>(src, handler));
  }

  private static ByteBuffer firstWithBytes(ByteBuffer[] srcs, int count) {
    for (int i = 0; i < count; i++) {
      if (srcs[i].hasRemaining()) {
        return srcs[i];
      }
    }
    return srcs[0];
  }

  private static ByteBuffer firstByteOf(ByteBuffer whole) {
    return whole.slice(whole.position(), Math.min(1, whole.remaining()));
  }

  @Override
  public String toString() {
    return "byte by byte " + inner;
  }

  /** Moves the position of the buffer of which a slice was handed over. */
  private record Moving<N extends Number>(
      ByteBuffer buffer, CompletionHandler<N, @Nullable Void> handler)
      implements CompletionHandler<N, @Nullable Void> {

    @Override
    public void completed(N count, @Nullable Void attachment) {
      buffer.position(buffer.position() + Math.max(0, count.intValue()));
      handler.completed(count, null);
    }

    @Override
    public void failed(Throwable error, @Nullable Void attachment) {
      handler.failed(error, null);
    }
  }
}
