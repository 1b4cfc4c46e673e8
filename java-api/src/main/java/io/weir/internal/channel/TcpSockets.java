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

/** Opens TCP sockets with one implementation. */
public interface TcpSockets {

  /**
   * Opens a socket that will connect.
   *
   * @param options the socket options, with values of their types
   * @param local the local address, or null for any
   * @throws BindException when the local address cannot be bound; the message names it
   */
  TcpConnector connector(Map<SocketOption<?>, Object> options, @Nullable InetSocketAddress local)
      throws IOException;

  /**
   * Binds to an address and listens.
   *
   * @param backlog the accept backlog, in connections
   * @param options the socket options, which are set first, with values of their types
   */
  AsyncServerChannel listen(
      InetSocketAddress address, int backlog, Map<SocketOption<?>, Object> options)
      throws IOException;

  /**
   * Sets the options of a socket that will connect, and binds it. The socket belongs to the caller
   * even if this fails.
   */
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

  /** Returns the error with the address in its message. */
  static BindException notBound(InetSocketAddress address, Exception cause) {
    BindException named =
        new BindException(
            "error while attempting to bind on address " + address + ": " + cause.getMessage());
    named.initCause(cause);
    return named;
  }

  /** Returns the JDK's error with a message: an IPv6 address while the JDK runs without IPv6. */
  static SocketException noSuchFamily(UnsupportedAddressTypeException cause) {
    SocketException named = new SocketException("Protocol family unavailable");
    named.initCause(cause);
    return named;
  }
}
