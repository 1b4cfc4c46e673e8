package io.weir.internal.channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.SocketChannel;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A read that a program has started, into one buffer or several.
 *
 * @param <R> the type of the number of bytes
 */
final class SocketRead<R> extends SocketOperation<R>
    implements CompletionHandler<Integer, @Nullable Void> {

  private final ByteBuffer[] dsts;
  private final int offset;
  private final int length;
  private final IntFunction<R> count;

  SocketRead(
      Owner channel,
      SelectorLoop loop,
      ByteBuffer[] dsts,
      int offset,
      int length,
      IntFunction<R> count,
      CompletionHandler<R, ?> handler,
      @Nullable Object attachment) {
    super(channel, loop, handler, attachment);
    this.dsts = dsts;
    this.offset = offset;
    this.length = length;
    this.count = count;
  }

  boolean hasRoom() {
    return SocketWrite.hasRemaining(dsts, offset, length);
  }

  int readFrom(SocketChannel socket) throws IOException {
    return length == 1 ? socket.read(dsts[offset]) : (int) socket.read(dsts, offset, length);
  }

  @Override
  public void completed(Integer bytes, @Nullable Void attachment) {
    succeed(count.apply(bytes));
  }

  @Override
  public void failed(Throwable error, @Nullable Void attachment) {
    fail(error);
  }
}
