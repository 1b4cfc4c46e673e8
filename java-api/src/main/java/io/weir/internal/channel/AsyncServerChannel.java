package io.weir.internal.channel;

import java.net.SocketAddress;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** A bound channel that accepts connections, one at a time. */
public interface AsyncServerChannel extends ChannelSocket {

  /**
   * Accepts one connection; at most one accept is outstanding. A peer that has gone before it could
   * be set up is skipped.
   *
   * @param handler is told the connection, on any thread, possibly inside this call
   */
  void accept(CompletionHandler<AsyncByteChannel, @Nullable Void> handler);

  /** Stops listening; an outstanding accept fails. Connections that were accepted live on. */
  void close();

  @Override
  SocketAddress localAddress();
}
