package io.weir.internal.channel;

import io.weir.internal.log.Reason;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Opens TCP sockets of a channel group, of any provider.
 *
 * @param group the threads that complete the operations
 * @param executor runs completions that a call of the program causes, when the channels have no
 *     thread of their own
 */
public record TcpSockets(AsynchronousChannelGroup group, Executor executor) {

  /**
   * Opens a socket to connect.
   *
   * @param options the socket options, with values of their types
   * @param local the local address, or null for any
   * @throws BindException when the local address cannot be bound; the message names it
   */
  public TcpConnector connector(
      Map<SocketOption<?>, Object> options, @Nullable InetSocketAddress local) throws IOException {
    AsynchronousSocketChannel channel = AsynchronousSocketChannel.open(group);
    try {
      SocketOptions.set(channel, options);
      if (local != null) {
        bind(channel, local);
      }
      return new TcpConnector(channel, options, executor);
    } catch (IOException | RuntimeException e) {
      Closeables.closeQuietly(channel);
      throw e;
    }
  }

  private static void bind(NetworkChannel channel, InetSocketAddress local) throws IOException {
    try {
      channel.bind(local);
    } catch (UnsupportedAddressTypeException e) {
      throw TcpConnector.noSuchFamily(e);
    } catch (IOException | UnsupportedOperationException e) {
      throw notBound(local, e);
    }
  }

  /**
   * Binds to an address and listens.
   *
   * @param backlog the accept backlog, in connections
   * @param options the socket options, with values of their types, set before the bind
   */
  public AsyncServerChannel listen(
      InetSocketAddress address, int backlog, Map<SocketOption<?>, Object> options)
      throws IOException {
    AsynchronousServerSocketChannel channel = AsynchronousServerSocketChannel.open(group);
    try {
      SocketOptions.set(channel, options);
      channel.bind(address, backlog);
      return TcpServerChannel.over(channel, executor);
    } catch (UnsupportedAddressTypeException e) {
      Closeables.closeQuietly(channel);
      throw TcpConnector.noSuchFamily(e);
    } catch (IOException | RuntimeException e) {
      Closeables.closeQuietly(channel);
      throw e;
    }
  }

  /** Returns the error with the address in its message. */
  static BindException notBound(InetSocketAddress address, Exception cause) {
    BindException named =
        new BindException(
            "error while attempting to bind on address " + address + ": " + Reason.of(cause));
    named.initCause(cause);
    return named;
  }
}
