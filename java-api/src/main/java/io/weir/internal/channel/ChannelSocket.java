package io.weir.internal.channel;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What can be asked of the socket under a channel, and set, without touching what it carries. */
public interface ChannelSocket {

  /** Whether the channel has been neither closed nor aborted. */
  boolean isOpen();

  /** This end's address; known also after closing. */
  @Nullable SocketAddress localAddress();

  /** The peer's address; known also after closing. Null for a socket that listens. */
  @Nullable SocketAddress remoteAddress();

  /** The socket options that can be read and set. */
  Set<SocketOption<?>> supportedOptions();

  /** Reads a socket option. */
  <T> @Nullable T option(SocketOption<T> name) throws IOException;

  /** Sets a socket option. */
  <T> void setOption(SocketOption<T> name, T value) throws IOException;
}
