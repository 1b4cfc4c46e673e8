package io.weir.internal.channel;

import java.net.SocketAddress;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** A bound channel that accepts connections, with one accept outstanding. */
public interface AsyncServerChannel extends ChannelSocket {

  /**
   * Accepts one connection. At most one accept is outstanding. Skips a peer that disconnects before
   * its channel is set up.
   *
   * @param handler receives the connection, on any thread, possibly inside this call
   */
  void accept(CompletionHandler<AsyncByteChannel, @Nullable Void> handler);

  /** Stops listening, and fails an outstanding accept. Accepted connections stay open. */
  void close();

  @Override
  SocketAddress localAddress();
}
