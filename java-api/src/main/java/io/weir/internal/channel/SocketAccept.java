package io.weir.internal.channel;

import java.io.IOException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** An accept that a program has started. */
final class SocketAccept extends SocketOperation<AsynchronousSocketChannel>
    implements CompletionHandler<AsyncByteChannel, @Nullable Void> {

  SocketAccept(
      Owner channel,
      SelectorLoop loop,
      CompletionHandler<AsynchronousSocketChannel, ?> handler,
      @Nullable Object attachment) {
    super(channel, loop, handler, attachment);
  }

  @Override
  public void completed(AsyncByteChannel accepted, @Nullable Void attachment) {
    succeed((AsynchronousSocketChannel) accepted);
  }

  @Override
  public void failed(Throwable error, @Nullable Void attachment) {
    fail(error instanceof RuntimeException ? new IOException(error) : error);
  }
}
