package io.weir.internal.channel;

import java.io.Closeable;
import java.net.InetSocketAddress;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to connect. Closing it before it succeeds ends it; afterwards it closes the channel.
 */
public interface TcpConnector extends Closeable {

  /**
   * Connects to an address; to be called once.
   *
   * @param handler is told the connected channel; when it is told a failure nothing stays open
   */
  void connect(
      InetSocketAddress remote, CompletionHandler<AsyncByteChannel, @Nullable Void> handler);
}
