package io.weir.internal.channel;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to connect. Closing it before it succeeds ends it; afterwards it closes the channel.
 */
public final class TcpConnector implements Closeable {

  private final AsynchronousSocketChannel channel;

  private TcpConnector(AsynchronousSocketChannel channel) {
    this.channel = channel;
  }

  /** Opens a socket. */
  public static TcpConnector open(AsynchronousChannelGroup group) throws IOException {
    return new TcpConnector(AsynchronousSocketChannel.open(group));
  }

  /**
   * Connects to an address; to be called once.
   *
   * @param handler is told the connected channel; when it is told a failure nothing stays open
   */
  public void connect(
      InetSocketAddress remote, CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
    try {
      channel.connect(remote, null, new Connecting(handler));
    } catch (RuntimeException e) { // an address that no socket can connect to
      Closing.quietly(channel);
      handler.failed(e, null);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private final class Connecting implements CompletionHandler<@Nullable Void, @Nullable Void> {

    private final CompletionHandler<AsyncByteChannel, @Nullable Void> handler;

    Connecting(CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
      this.handler = handler;
    }

    @Override
    public void completed(@Nullable Void result, @Nullable Void attachment) {
      TcpChannel connected;
      try {
        connected = new TcpChannel(channel);
      } catch (IOException e) {
        failed(e, null);
        return;
      }
      handler.completed(connected, null);
    }

    @Override
    public void failed(Throwable error, @Nullable Void attachment) {
      Closing.quietly(channel);
      handler.failed(error, null);
    }
  }
}
