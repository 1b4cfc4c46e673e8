package io.weir.internal.channel;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** A connect, which is registered with the loop in place of its channel until it is done. */
final class SocketConnect extends SocketOperation<@Nullable Void>
    implements SelectorLoop.Registered {

  /** A channel that connects. */
  interface Connecting extends Owner {

    /** Finishes the connect if the kernel is done with it. Returns whether it is. */
    boolean finishConnect() throws IOException;

    /** Replaces the connect with the channel. Returns false when it was replaced before. */
    boolean take(SocketConnect connect);

    /** Closes the channel. */
    void abort();
  }

  private final Connecting channel;

  SocketConnect(
      Connecting channel,
      SelectorLoop loop,
      CompletionHandler<@Nullable Void, ?> handler,
      @Nullable Object attachment) {
    super(channel, loop, handler, attachment);
    this.channel = channel;
  }

  @Override
  public void ready(int operations) {
    try {
      if (channel.finishConnect() && channel.take(this)) {
        succeed(null);
      }
    } catch (Throwable e) { // also when closed meanwhile, or an OutOfMemoryError
      if (channel.take(this)) {
        channel.abort(); // a socket that could not connect is of no use
        fail(failureOf(e));
      }
    }
  }

  /** Fails the connect, because the channel was closed. */
  void closed() {
    if (channel.take(this)) {
      fail(new AsynchronousCloseException());
    }
  }

  @Override
  public void onLoopStopped() {
    channel.abort();
  }
}
