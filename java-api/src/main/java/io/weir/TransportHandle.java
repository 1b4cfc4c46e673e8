package io.weir;

import io.weir.internal.channel.FileReads;
import io.weir.internal.stream.Connection;
import io.weir.internal.tls.TlsEnvironment;
import io.weir.internal.tls.TlsPeer;
import io.weir.internal.tls.TlsSetup;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Holds the transport that the reader and the writer of a connection share. TLS replaces it. The
 * connection has no reference to the handle, so the handle becomes garbage when the program has
 * dropped reader, writer and transport. {@link LostConnection} then closes the connection.
 */
final class TransportHandle {

  private final Connection connection;
  private final TlsPeer peer;
  private final TlsEnvironment environment;
  private final FileReads files;

  private volatile @Nullable Transport transport; // null until the first use; read without the lock

  TransportHandle(
      Connection connection, TlsPeer peer, TlsEnvironment environment, FileReads files) {
    this.connection = connection;
    this.peer = peer;
    this.environment = environment;
    this.files = files;
  }

  /** Returns the file reads and the buffers that transfers share. */
  FileReads files() {
    return files;
  }

  /** Returns the current transport. */
  Transport get() {
    Transport current = transport;
    return current == null ? create() : current;
  }

  private synchronized Transport create() {
    Transport current = transport;
    if (current == null) {
      current = new Transport(connection, this);
      transport = current;
    }
    return current;
  }

  /**
   * Upgrades the connection to TLS and replaces the transport.
   *
   * @param side the TLS side of this end; null for the side that follows from how the connection
   *     was opened
   */
  CompletableFuture<@Nullable Void> startTls(TlsOptions options, @Nullable TlsSide side) {
    TlsSetup setup = new TlsSetup(options.settings(), side == null ? evidentSide() : side, peer);
    CompletableFuture<@Nullable Void> started =
        connection.startTls(setup, environment, connection.completions());
    if (!started.isCompletedExceptionally()) {
      transport = null; // the next get() creates another
      started.whenComplete(this::handshakeOver);
    }
    return started;
  }

  /** Does nothing: the pending handshake refers to this handle, so the connection is not lost. */
  private void handshakeOver(@Nullable Void nothing, @Nullable Throwable failure) {}

  private TlsSide evidentSide() {
    if (peer.side() == null) {
      throw new IllegalArgumentException(
          "the TLS side of this connection is unknown: call"
              + " startTls(options, TlsSide.CLIENT) or startTls(options, TlsSide.SERVER)");
    }
    return peer.side();
  }

  @Override
  public String toString() {
    return get().toString();
  }
}
