package io.weir.internal.channel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * TCP on the JDK's asynchronous channels.
 *
 * @param group the threads that complete the operations
 * @param executor completes futures that a call of the program decides
 */
public record JdkTcp(AsynchronousChannelGroup group, Executor executor) implements TcpSockets {

  @Override
  public TcpConnector connector(
      Map<SocketOption<?>, Object> options, @Nullable InetSocketAddress local) throws IOException {
    AsynchronousSocketChannel channel = AsynchronousSocketChannel.open(group);
    try {
      TcpSockets.prepare(channel, options, local);
      return new Connector(channel, options, executor);
    } catch (IOException | RuntimeException e) {
      Closeables.closeQuietly(channel);
      throw e;
    }
  }

  @Override
  public AsyncServerChannel listen(
      InetSocketAddress address, int backlog, Map<SocketOption<?>, Object> options)
      throws IOException {
    AsynchronousServerSocketChannel channel = AsynchronousServerSocketChannel.open(group);
    try {
      SocketOptions.set(channel, options);
      return TcpServerChannel.adopt(channel.bind(address, backlog), executor);
    } catch (IOException | RuntimeException e) {
      Closeables.closeQuietly(channel);
      throw e;
    }
  }

  private record Connector(
      AsynchronousSocketChannel channel, Map<SocketOption<?>, Object> options, Executor executor)
      implements TcpConnector {

    @Override
    public void connect(
        InetSocketAddress remote, CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
      try {
        channel.connect(remote, handler, this.new ConnectHandler());
      } catch (RuntimeException e) { // no socket can connect to the address
        Closeables.closeQuietly(channel);
        handler.failed(e, null);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }

    private final class ConnectHandler
        implements CompletionHandler<
            @Nullable Void, CompletionHandler<AsyncByteChannel, @Nullable Void>> {

      @Override
      public void completed(
          @Nullable Void result, CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
        TcpChannel connected;
        try {
          connected = TcpChannel.adopt(channel, executor);
          SocketOptions.set(channel, options); // again: adopting set TCP_NODELAY
        } catch (IOException e) {
          failed(e, handler);
          return;
        }
        handler.completed(connected, null);
      }

      @Override
      public void failed(
          Throwable error, CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
        Closeables.closeQuietly(channel);
        handler.failed(error, null);
      }
    }
  }
}
