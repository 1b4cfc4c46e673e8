package io.weir.internal.channel;

import java.io.Closeable;
import java.net.InetSocketAddress;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** An attempt to connect. Closing it cancels the attempt, or closes the connected channel. */
public interface TcpConnector extends Closeable {

  /**
   * Connects to an address. Called once.
   *
   * @param handler receives the connected channel; after a failure, no socket stays open
   */
  void connect(
      InetSocketAddress remote, CompletionHandler<AsyncByteChannel, @Nullable Void> handler);
}
