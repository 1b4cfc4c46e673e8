package io.weir.internal.channel;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A read or write that a program has started, with one buffer or several.
 *
 * @param <N> the type of the number of bytes that the channel returns
 * @param <R> the type of the number of bytes that the program receives
 */
abstract class SocketTransfer<N, R> extends SocketOperation<R>
    implements CompletionHandler<N, @Nullable Void> {

  final ByteBuffer[] buffers;
  final int offset;
  final int length;
  private final Function<N, R> count;

  SocketTransfer(
      Owner channel,
      SelectorLoop loop,
      ByteBuffer[] buffers,
      int offset,
      int length,
      Function<N, R> count,
      CompletionHandler<R, ?> handler,
      @Nullable Object attachment) {
    super(channel, loop, handler, attachment);
    this.buffers = buffers;
    this.offset = offset;
    this.length = length;
    this.count = count;
  }

  final boolean hasRemaining() {
    for (int i = offset; i < offset + length; i++) {
      if (buffers[i].hasRemaining()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public final void completed(N bytes, @Nullable Void attachment) {
    succeed(count.apply(bytes));
  }

  @Override
  public final void failed(Throwable error, @Nullable Void attachment) {
    fail(error);
  }
}
