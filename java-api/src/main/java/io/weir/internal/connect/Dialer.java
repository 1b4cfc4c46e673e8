package io.weir.internal.connect;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.TcpConnector;
import io.weir.internal.channel.TcpSockets;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.nio.channels.CompletionHandler;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Connects to one address over TCP, from a local address of the same family if there are local
 * addresses.
 */
public final class Dialer implements HappyEyeballs.Dial {

  private final TcpSockets sockets;
  private final @Nullable List<InetSocketAddress> localAddresses;
  private final Map<SocketOption<?>, Object> socketOptions;

  /**
   * Creates a dialer.
   *
   * @param localAddresses the local addresses, or null for any
   * @param socketOptions the options to set before connecting, with values of their types
   */
  public Dialer(
      TcpSockets sockets,
      @Nullable List<InetSocketAddress> localAddresses,
      Map<SocketOption<?>, Object> socketOptions) {
    this.sockets = sockets;
    this.localAddresses = localAddresses;
    this.socketOptions = socketOptions;
  }

  @Override
  public Closeable start(
      InetSocketAddress address, CompletionHandler<AsyncByteChannel, @Nullable Void> handler)
      throws IOException {
    InetSocketAddress local = localAddresses == null ? null : localFor(address, localAddresses);
    TcpConnector connector = sockets.connector(socketOptions, local);
    connector.connect(address, new NotItself(address, handler));
    return connector;
  }

  private static InetSocketAddress localFor(
      InetSocketAddress remote, List<InetSocketAddress> candidates) throws BindException {
    Class<?> family = remote.getAddress().getClass();
    return candidates.stream()
        .filter(candidate -> candidate.getAddress().getClass() == family)
        .findFirst()
        .orElseThrow(
            () ->
                new BindException(
                    "no matching local address: none of " + candidates + " is of its family"));
  }

  /**
   * Detects a TCP self-connect, which happens when the kernel chooses the destination port as the
   * local port.
   */
  private record NotItself(
      InetSocketAddress address, CompletionHandler<AsyncByteChannel, @Nullable Void> handler)
      implements CompletionHandler<AsyncByteChannel, @Nullable Void> {

    @Override
    public void completed(AsyncByteChannel channel, @Nullable Void attachment) {
      if (address.equals(channel.localAddress())) {
        channel.abort();
        handler.failed(new ConnectException("no server listens there"), null);
      } else {
        handler.completed(channel, null);
      }
    }

    @Override
    public void failed(Throwable error, @Nullable Void attachment) {
      handler.failed(error, null);
    }
  }
}
