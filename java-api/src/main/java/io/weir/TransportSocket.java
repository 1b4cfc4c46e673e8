package io.weir;

import io.weir.internal.channel.ChannelSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The addresses and options of a socket of a connection or a server. Has no methods to read, write
 * or close. Any thread may call any method.
 *
 * <p>asyncio: {@code TransportSocket}.
 */
public final class TransportSocket {

  private final ChannelSocket socket;

  TransportSocket(ChannelSocket socket) {
    this.socket = socket;
  }

  /** Returns the local address, also after closing. asyncio: {@code getsockname}. */
  public @Nullable SocketAddress localAddress() {
    return socket.localAddress();
  }

  /**
   * Returns the peer's address, also after closing; null for a listening socket. asyncio: {@code
   * getpeername}.
   */
  public @Nullable SocketAddress remoteAddress() {
    return socket.remoteAddress();
  }

  /** Returns whether the socket is open. */
  public boolean isOpen() {
    return socket.isOpen();
  }

  /** Returns the socket options that this socket supports. */
  public Set<SocketOption<?>> supportedOptions() {
    return socket.supportedOptions();
  }

  /**
   * Reads an option. asyncio: {@code getsockopt}.
   *
   * @param name one of {@link #supportedOptions}
   * @return its value, null when it has none
   * @throws IOException when the socket is closed, or the system refuses
   * @throws UnsupportedOperationException when this socket has no such option
   */
  public <T> @Nullable T getOption(SocketOption<T> name) throws IOException {
    return socket.option(Objects.requireNonNull(name, "name"));
  }

  /**
   * Sets an option. asyncio: {@code setsockopt}.
   *
   * @param name one of {@link #supportedOptions}
   * @param value its new value
   * @throws IOException when the socket is closed, or the system refuses
   * @throws UnsupportedOperationException when this socket has no such option
   */
  public <T> void setOption(SocketOption<T> name, T value) throws IOException {
    socket.option(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
  }

  @Override
  public String toString() {
    return "TransportSocket[" + socket + "]";
  }
}
