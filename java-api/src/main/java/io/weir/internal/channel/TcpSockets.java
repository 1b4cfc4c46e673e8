package io.weir.internal.channel;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.NetworkChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Opens TCP sockets, all in one of the ways that there are. */
public interface TcpSockets {

  /**
   * Opens a socket to connect from.
   *
   * @param options to be set on it, with values of their types
   * @param local where it connects from, null for anywhere
   * @throws BindException naming the local address, when it is not to be had
   */
  TcpConnector connector(Map<SocketOption<?>, Object> options, @Nullable InetSocketAddress local)
      throws IOException;

  /**
   * Binds to an address and listens.
   *
   * @param backlog how many connections the kernel keeps until they are accepted
   * @param options to be set before, with values of their types
   */
  AsyncServerChannel listen(
      InetSocketAddress address, int backlog, Map<SocketOption<?>, Object> options)
      throws IOException;

  /** Sets up a socket that is to connect; it is the caller's also when that fails. */
  static void prepare(
      NetworkChannel channel,
      Map<SocketOption<?>, Object> options,
      @Nullable InetSocketAddress local)
      throws IOException {
    SocketOptions.set(channel, options);
    if (local == null) {
      return;
    }
    try {
      channel.bind(local);
    } catch (IOException | UnsupportedOperationException e) {
      throw notBound(local, e);
    }
  }

  /** The error that names the address. */
  static BindException notBound(InetSocketAddress address, Exception cause) {
    BindException named =
        new BindException(
            "error while attempting to bind on address " + address + ": " + cause.getMessage());
    named.initCause(cause);
    return named;
  }

  /** Names the JDK's error without a text: an IPv6 address where the JDK runs without IPv6. */
  static SocketException noSuchFamily(UnsupportedAddressTypeException cause) {
    SocketException named = new SocketException("Protocol family unavailable");
    named.initCause(cause);
    return named;
  }
}
