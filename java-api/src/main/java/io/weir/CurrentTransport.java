package io.weir;

import io.weir.internal.stream.Connection;
import io.weir.internal.tls.TlsEnvironment;
import io.weir.internal.tls.TlsPeer;
import io.weir.internal.tls.TlsSetup;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The transport that reader and writer of a connection share, and that TLS replaces. It is
 * reachable as long as somebody may use the connection, which does not hold it.
 */
final class CurrentTransport {

  private final Connection connection;
  private final TlsPeer origin;
  private final TlsEnvironment environment;

  private volatile @Nullable Transport transport; // null until it is asked for

  /** Of a connection that has just been made. */
  CurrentTransport(Connection connection, TlsPeer origin, TlsEnvironment environment) {
    this.connection = connection;
    this.origin = origin;
    this.environment = environment;
  }

  Transport get() {
    Transport current = transport;
    return current == null ? make() : current;
  }

  private synchronized Transport make() {
    Transport current = transport;
    if (current == null) {
      current = new Transport(connection, this);
      transport = current;
    }
    return current;
  }

  /**
   * Speaks TLS from now on.
   *
   * @param side the part to play; null for the one that is evident
   */
  CompletableFuture<@Nullable Void> startTls(TlsOptions options, @Nullable TlsSide side) {
    TlsSetup layer = new TlsSetup(options.settings(), side == null ? evidentSide() : side, origin);
    CompletableFuture<@Nullable Void> started =
        connection.startTls(layer, environment, connection.completions());
    if (!started.isCompletedExceptionally()) {
      transport = null; // the next is another
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
    return get().toString();
  }
}
