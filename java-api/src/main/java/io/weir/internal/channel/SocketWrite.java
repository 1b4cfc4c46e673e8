package io.weir.internal.channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.SocketChannel;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A write that a program has started, from one buffer or several.
 *
 * @param <R> the type of the number of bytes
 */
final class SocketWrite<R> extends SocketOperation<R>
    implements CompletionHandler<Long, @Nullable Void> {

  private final ByteBuffer[] srcs;
  private final int offset;
  private final int length;
  private final LongFunction<R> count;

  SocketWrite(
      Owner channel,
      SelectorLoop loop,
      ByteBuffer[] srcs,
      int offset,
      int length,
      LongFunction<R> count,
      CompletionHandler<R, ?> handler,
      @Nullable Object attachment) {
    super(channel, loop, handler, attachment);
    this.srcs = srcs;
    this.offset = offset;
    this.length = length;
    this.count = count;
  }

  boolean hasBytes() {
    return hasRemaining(srcs, offset, length);
  }

  static boolean hasRemaining(ByteBuffer[] buffers, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (buffers[i].hasRemaining()) {
        return true;
      }
    }
    return false;
  }

  long writeTo(SocketChannel socket) throws IOException {
    return length == 1 ? socket.write(srcs[offset]) : socket.write(srcs, offset, length);
  }

  @Override
  public void completed(Long bytes, @Nullable Void attachment) {
    succeed(count.apply(bytes));
  }

  @Override
  public void failed(Throwable error, @Nullable Void attachment) {
    fail(error);
  }
}
