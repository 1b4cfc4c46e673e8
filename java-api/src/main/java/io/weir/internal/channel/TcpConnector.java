package io.weir.internal.channel;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * An attempt to connect. Closing it cancels the attempt, or closes the connected channel.
 *
 * @param channel the unconnected channel
 * @param options the socket options of the program, with values of their types
 * @param executor runs completions that a call of the program causes
 */
public record TcpConnector(
    AsynchronousSocketChannel channel, Map<SocketOption<?>, Object> options, Executor executor)
    implements Closeable {

  /**
   * Connects to an address. Called once.
   *
   * @param handler receives the connected channel; after a failure, no socket stays open
   */
  public void connect(
      InetSocketAddress remote, CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
    try {
      channel.connect(remote, handler, this.new ConnectHandler());
    } catch (UnsupportedAddressTypeException e) {
      fail(noSuchFamily(e), handler);
    } catch (RuntimeException e) { // no socket can connect to the address
      fail(e, handler);
    }
  }

  private void fail(Throwable error, CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
    Closeables.closeQuietly(channel);
    handler.failed(error, null);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** Returns the JDK's error with a message. Its cause is an IPv6 address in a JVM without IPv6. */
  static SocketException noSuchFamily(UnsupportedAddressTypeException cause) {
    SocketException named = new SocketException("Protocol family unavailable");
    named.initCause(cause);
    return named;
  }

  private final class ConnectHandler
      implements CompletionHandler<
          @Nullable Void, CompletionHandler<AsyncByteChannel, @Nullable Void>> {

    @Override
    public void completed(
        @Nullable Void result, CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
      AsyncByteChannel connected;
      try {
        connected = TcpChannel.over(channel, executor);
        SocketOptions.set(channel, options); // again: the line above set TCP_NODELAY
      } catch (Throwable e) { // also when closed meanwhile, or an OutOfMemoryError
        fail(e, handler);
        return;
      }
      handler.completed(connected, null);
    }

    @Override
    public void failed(
        Throwable error, CompletionHandler<AsyncByteChannel, @Nullable Void> handler) {
      fail(error, handler);
    }
  }
}
