package io.weir.internal.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Connects a {@link SocketChannel} on a {@link SelectorLoop}. */
final class SelectorConnector implements TcpConnector, SelectorLoop.Registered {

  private final SocketChannel channel;
  private final Map<SocketOption<?>, Object> options;
  private final SelectorLoop loop;

  /** The handler of the outstanding connect. The thread that calls the handler removes it first. */
  private final AtomicReference<@Nullable CompletionHandler<AsyncByteChannel, @Nullable Void>>
      pending = new AtomicReference<>();

  private volatile @Nullable SelectorChannel connected;

  /**
   * Adopts an open channel.
   *
   * @param options the socket options, which are set again after connecting
   */
  SelectorConnector(
      SocketChannel channel, Map<SocketOption<?>, Object> options, SelectorLoop loop) {
    this.channel = channel;
    this.options = options;
    this.loop = loop;
  }

  @Override
  public void connect(
      InetSocketAddress remote, CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
    pending.set(handler);
    try {
      channel.configureBlocking(false);
      if (channel.connect(remote)) {
        loop.execute(this::finish); // the handler completes on the loop's thread
      } else {
        loop.register(channel, this).interestOps(SelectionKey.OP_CONNECT);
        loop.wakeUp();
      }
    } catch (UnsupportedAddressTypeException e) {
      fail(TcpSockets.noSuchFamily(e));
    } catch (IOException | RuntimeException e) { // the latter: no socket can connect to the address
      fail(e);
    }
  }

  @Override
  public void ready(int operations) {
    finish();
  }

  @Override
  public void onLoopStopped() {
    close();
  }

  private void finish() {
    SelectorChannel made;
    try {
      if (!channel.finishConnect()) {
        return;
      }
      made = new SelectorChannel(channel, loop, channel.getLocalAddress());
      SocketOptions.set(channel, options); // again: the constructor set TCP_NODELAY
    } catch (Throwable e) { // also when closed meanwhile, or an OutOfMemoryError
      fail(e);
      return;
    }
    connected = made;
    CompletionHandler<AsyncByteChannel, @Nullable Void> handler = pending.getAndSet(null);
    if (handler != null) {
      handler.completed(made, null);
    }
  }

  private void fail(Throwable error) {
    Closeables.closeQuietly(channel);
    loop.wakeUp();
    CompletionHandler<AsyncByteChannel, @Nullable Void> handler = pending.getAndSet(null);
    if (handler != null) {
      handler.failed(error, null);
    }
  }

  @Override
  public void close() {
    SelectorChannel made = connected;
    if (made != null) {
      made.abort();
    } else {
      fail(new AsynchronousCloseException());
    }
  }
}
