package io.weir.internal.channel;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AcceptPendingException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A listening {@link ServerSocketChannel} on a {@link SelectorLoop}. */
public final class SelectorServerChannel extends NetworkSocket
    implements AsyncServerChannel, SelectorLoop.Registered {

  private final ServerSocketChannel channel;
  private final SelectorLoop loop;
  private final SelectionKey key;
  private final SocketAddress localAddress;
  private final Runnable beforeClosing;

  private @Nullable CompletionHandler<AsyncByteChannel, @Nullable Void>
      accepting; // guarded by this

  /**
   * Takes over a bound channel.
   *
   * @param localAddress what to call the address it is bound to
   * @param beforeClosing is run once, while the channel still listens
   */
  public SelectorServerChannel(
      ServerSocketChannel channel,
      SelectorLoop loop,
      SocketAddress localAddress,
      Runnable beforeClosing)
      throws IOException {
    super(channel);
    this.channel = channel;
    this.loop = loop;
    this.localAddress = localAddress;
    this.beforeClosing = beforeClosing;
    channel.configureBlocking(false);
    this.key = loop.register(channel, this);
  }

  @Override
  public void accept(CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
    boolean open;
    synchronized (this) {
      if (accepting != null) {
        throw new AcceptPendingException();
      }
      open = channel.isOpen();
      if (open) {
        accepting = handler;
        key.interestOps(SelectionKey.OP_ACCEPT);
      }
    }
    if (open) {
      loop.wakeUp();
    } else {
      handler.failed(new ClosedChannelException(), null);
    }
  }

  @Override
  public void ready(int operations) {
    SocketChannel accepted;
    try {
      accepted = channel.accept();
    } catch (IOException e) {
      fail(e);
      return;
    }
    if (accepted != null) {
      complete(accepted);
    }
  }

  private void complete(SocketChannel accepted) {
    AsyncByteChannel connection;
    try {
      connection = new SelectorChannel(accepted, loop, localAddressOf(accepted));
    } catch (IOException goneAlready) {
      Closing.quietly(accepted);
      return; // and the accept goes on
    }
    CompletionHandler<AsyncByteChannel, @Nullable Void> handler = take();
    if (handler == null) {
      connection.abort(); // closed in the meantime
    } else {
      loop.complete(() -> handler.completed(connection, null));
    }
  }

  /**
   * The kernel goes on to call a Unix socket what it was bound as, before it was given its path.
   */
  private @Nullable SocketAddress localAddressOf(SocketChannel accepted) throws IOException {
    return localAddress instanceof UnixDomainSocketAddress
        ? localAddress
        : accepted.getLocalAddress();
  }

  private void fail(IOException error) {
    CompletionHandler<AsyncByteChannel, @Nullable Void> handler = take();
    if (handler != null) {
      loop.complete(() -> handler.failed(error, null));
    }
  }

  /** Ends the outstanding accept, if there is one. */
  private synchronized @Nullable CompletionHandler<AsyncByteChannel, @Nullable Void> take() {
    CompletionHandler<AsyncByteChannel, @Nullable Void> handler = accepting;
    accepting = null;
    if (key.isValid()) {
      key.interestOps(0);
    }
    return handler;
  }

  @Override
  public void close() {
    CompletionHandler<AsyncByteChannel, @Nullable Void> handler;
    synchronized (this) {
      if (!channel.isOpen()) {
        return;
      }
      handler = take();
      beforeClosing.run();
      Closing.quietly(channel);
    }
    loop.settle(); // until then the kernel takes connections, and nobody can bind the address
    if (handler != null) {
      handler.failed(new AsynchronousCloseException(), null);
    }
  }

  @Override
  public SocketAddress localAddress() {
    return localAddress;
  }

  @Override
  public @Nullable SocketAddress remoteAddress() {
    return null;
  }

  @Override
  public String toString() {
    String kind = localAddress instanceof UnixDomainSocketAddress ? "unix " : "tcp ";
    return kind + "listening on " + localAddress + (isOpen() ? "" : " (closed)");
  }
}
