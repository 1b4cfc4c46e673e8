package io.weir.internal.channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.SocketChannel;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A write that a program has started, from one buffer or several.
 *
 * @param <R> the type of the number of bytes
 */
final class SocketWrite<R> extends SocketTransfer<Long, R> {

  SocketWrite(
      Owner channel,
      SelectorLoop loop,
      ByteBuffer[] buffers,
      int offset,
      int length,
      Function<Long, R> count,
      CompletionHandler<R, ?> handler,
      @Nullable Object attachment) {
    super(channel, loop, buffers, offset, length, count, handler, attachment);
  }

  long writeTo(SocketChannel socket) throws IOException {
    return length == 1 ? socket.write(buffers[offset]) : socket.write(buffers, offset, length);
  }
}
