package io.weir.internal.channel;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The addresses and socket options of a channel. */
public interface ChannelSocket {

  /** Returns whether the channel is open: neither closed nor aborted. */
  boolean isOpen();

  /** Returns the local address, also after closing. */
  @Nullable SocketAddress localAddress();

  /** Returns the peer's address, also after closing; null for a listening socket. */
  @Nullable SocketAddress remoteAddress();

  /** Returns the socket options that can be read and set. */
  Set<SocketOption<?>> supportedOptions();

  /** Reads a socket option. */
  <T> @Nullable T option(SocketOption<T> name) throws IOException;

  /** Sets a socket option. */
  <T> void option(SocketOption<T> name, T value) throws IOException;
}
