package io.weir.internal.channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.SocketChannel;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A read that a program has started, into one buffer or several.
 *
 * @param <R> the type of the number of bytes
 */
final class SocketRead<R> extends SocketTransfer<Integer, R> {

  SocketRead(
      Owner channel,
      SelectorLoop loop,
      ByteBuffer[] buffers,
      int offset,
      int length,
      Function<Integer, R> count,
      CompletionHandler<R, ?> handler,
      @Nullable Object attachment) {
    super(channel, loop, buffers, offset, length, count, handler, attachment);
  }

  int readFrom(SocketChannel socket) throws IOException {
    return length == 1 ? socket.read(buffers[offset]) : (int) socket.read(buffers, offset, length);
  }
}
