package io.weir;

import io.weir.internal.tls.TlsChannel;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The transport that reader and writer of a connection share, and that TLS replaces. */
final class CurrentTransport {

  private final Connection connection;
  private final Object handle;
  private final Origin origin;
  private final TlsChannel.Surroundings outside;

  private volatile Transport transport;

  /**
   * Makes the first transport of a connection.
   *
   * @param handle reachable as long as somebody may use the connection
   */
  CurrentTransport(
      Connection connection, Object handle, Origin origin, TlsChannel.Surroundings outside) {
    this.connection = connection;
    this.handle = handle;
    this.origin = origin;
    this.outside = outside;
    this.transport = new Transport(connection, handle);
  }

  Transport get() {
    return transport;
  }

  /**
   * Speaks TLS from now on.
   *
   * @param side the part to play; null for the one that is evident
   */
  CompletableFuture<@Nullable Void> startTls(TlsOptions options, @Nullable TlsSide side) {
    TlsLayer layer = new TlsLayer(options, side == null ? evidentSide() : side, origin);
    CompletableFuture<@Nullable Void> started = connection.startTls(layer, outside);
    if (!started.isCompletedExceptionally()) {
      transport = new Transport(connection, handle);
    }
    return started;
  }

  private TlsSide evidentSide() {
    if (origin.side() == null) {
      throw new IllegalArgumentException(
          "it is not evident which side of TLS this end of the connection is: call"
              + " startTls(options, TlsSide.CLIENT) or startTls(options, TlsSide.SERVER)");
    }
    return origin.side();
  }

  @Override
  public String toString() {
    return transport.toString();
  }
}
