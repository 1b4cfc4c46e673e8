package io.weir.internal.connect;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.TcpConnector;
import io.weir.internal.channel.TcpSockets;
import io.weir.internal.log.Reason;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.nio.channels.CompletionHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Connects to one address over TCP. If there are local addresses, the socket is bound to the first
 * one of the same family that can be bound.
 */
public final class Dialer implements HappyEyeballs.Dial {

  /** A name may have thousands of addresses, and binding is repeated for each remote address. */
  private static final int MAX_LOCAL = 64;

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
    TcpConnector connector =
        localAddresses == null
            ? sockets.connector(socketOptions, null)
            : boundConnector(address, localAddresses);
    connector.connect(address, new NotItself(address, handler));
    return connector;
  }

  /**
   * Opens a socket that is bound to the first local address of the remote address's family that can
   * be bound.
   */
  private TcpConnector boundConnector(InetSocketAddress remote, List<InetSocketAddress> candidates)
      throws IOException {
    Class<?> family = remote.getAddress().getClass();
    List<BindException> failures = new ArrayList<>();
    for (InetSocketAddress local : candidates) {
      if (local.getAddress().getClass() == family && failures.size() < MAX_LOCAL) {
        try {
          return sockets.connector(socketOptions, local);
        } catch (BindException e) {
          failures.add(e);
        }
      }
    }
    throw notBound(candidates, failures);
  }

  private static BindException notBound(
      List<InetSocketAddress> candidates, List<BindException> failures) {
    if (failures.size() == 1) {
      return failures.get(0);
    }
    if (failures.isEmpty()) {
      return new BindException(
          "no matching local address: none of "
              + candidates
              + " has the family of the remote address");
    }
    BindException all =
        new BindException(failures.stream().map(Reason::of).collect(Collectors.joining("; ")));
    failures.forEach(all::addSuppressed);
    return all;
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
