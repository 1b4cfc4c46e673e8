package io.weir.internal.channel;

import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to connect. Closing it before it succeeds ends it; afterwards it closes the channel.
 */
public final class TcpConnector implements Closeable {

  private final AsynchronousSocketChannel channel;
  private final Map<SocketOption<?>, Object> options;

  private TcpConnector(AsynchronousSocketChannel channel, Map<SocketOption<?>, Object> options) {
    this.channel = channel;
    this.options = options;
  }

  /**
   * Opens a socket.
   *
   * @param options to be set on it, with values of their types
   * @param local where it connects from, null for anywhere
   * @throws BindException naming the local address, when it is not to be had
   */
  public static TcpConnector open(
      AsynchronousChannelGroup group,
      Map<SocketOption<?>, Object> options,
      @Nullable InetSocketAddress local)
      throws IOException {
    AsynchronousSocketChannel channel = AsynchronousSocketChannel.open(group);
    try {
      SocketOptions.set(channel, options);
      bind(channel, local);
      return new TcpConnector(channel, options);
    } catch (IOException | RuntimeException e) {
      Closing.quietly(channel);
      throw e;
    }
  }

  private static void bind(AsynchronousSocketChannel channel, @Nullable InetSocketAddress local)
      throws BindException {
    if (local == null) {
      return;
    }
    try {
      channel.bind(local);
    } catch (IOException | UnsupportedOperationException e) {
      BindException named =
          new BindException(
              "error while attempting to bind on address " + local + ": " + e.getMessage());
      named.initCause(e);
      throw named;
    }
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
        SocketOptions.set(channel, options); // that of Nagle's algorithm, if it is among them
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
