package io.weir.internal.channel;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ShutdownChannelGroupException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A listening {@link AsynchronousServerSocketChannel} of any provider but ours. */
public final class TcpServerChannel extends NetworkSocket implements AsyncServerChannel {

  private final AsynchronousServerSocketChannel channel;
  private final Executor executor; // of the connections
  private final SocketAddress localAddress;

  private TcpServerChannel(AsynchronousServerSocketChannel channel, Executor executor)
      throws IOException {
    super(channel);
    this.channel = channel;
    this.executor = executor;
    this.localAddress = channel.getLocalAddress();
  }

  /**
   * Wraps a bound channel for servers, unless it is ours.
   *
   * @param executor runs completions that a call of the program causes
   */
  static AsyncServerChannel over(AsynchronousServerSocketChannel channel, Executor executor)
      throws IOException {
    return channel instanceof SelectorServerSocketChannel ours
        ? ours
        : new TcpServerChannel(channel, executor);
  }

  /**
   * Adopts a channel of the program.
   *
   * @param executor runs completions that a call of the program causes
   * @throws IllegalArgumentException when the channel is not bound; the caller must close it
   */
  public static AsyncServerChannel adopt(AsynchronousServerSocketChannel channel, Executor executor)
      throws IOException {
    if (channel.isOpen() && channel.getLocalAddress() == null) {
      throw new IllegalArgumentException("channel is " + channel + ": it must be bound");
    }
    return over(channel, executor);
  }

  @Override
  public void accept(CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
    try {
      channel.accept(null, new AcceptHandler(handler));
    } catch (ShutdownChannelGroupException e) {
      handler.failed(e, null);
    }
  }

  @Override
  public void close() {
    Closeables.closeQuietly(channel);
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
    return "tcp listening on " + localAddress + (isOpen() ? "" : " (closed)");
  }

  /** The handler of the outstanding accept. */
  private final class AcceptHandler
      implements CompletionHandler<AsynchronousSocketChannel, @Nullable Void> {

    private final CompletionHandler<AsyncByteChannel, @Nullable Void> handler;

    AcceptHandler(CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
      this.handler = handler;
    }

    @Override
    public void completed(AsynchronousSocketChannel accepted, @Nullable Void attachment) {
      AsyncByteChannel connection;
      try {
        connection = TcpChannel.over(accepted, executor);
      } catch (IOException goneAlready) {
        Closeables.closeQuietly(accepted);
        accept(handler);
        return;
      } catch (Throwable noMemory) { // see docs/memory.md
        Closeables.closeQuietly(accepted);
        handler.failed(noMemory, null);
        return;
      }
      handler.completed(connection, null);
    }

    @Override
    public void failed(Throwable error, @Nullable Void attachment) {
      handler.failed(error, null);
    }
  }
}
