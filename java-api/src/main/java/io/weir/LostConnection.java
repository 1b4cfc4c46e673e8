package io.weir;

import io.weir.internal.channel.MemoryChannel;
import io.weir.internal.concurrent.GarbageWatch;
import io.weir.internal.log.Printable;
import io.weir.internal.runtime.LostConnections;
import io.weir.internal.stream.Connection;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection, with a warning, when its {@link TransportHandle} becomes garbage: the
 * program has dropped reader, writer and transport. Has no effect once the connection has closed.
 *
 * <p>asyncio: the {@code ResourceWarning} of a writer that was not closed.
 */
final class LostConnection extends GarbageWatch.Watched implements Connection.Owner, Runnable {

  private final Connection connection;
  private final Connection.Owner owner;
  private final LostConnections lost;

  @SuppressWarnings("unused") // keeps the transport reachable
  private @Nullable TransportHandle held;

  private LostConnection(
      TransportHandle transport,
      Connection connection,
      Connection.Owner owner,
      LostConnections lost) {
    super(transport, lost.watch());
    this.connection = connection;
    this.owner = owner;
    this.lost = lost;
  }

  /**
   * Watches the transport of a connection until the connection has closed.
   *
   * @return null when it has closed
   */
  static @Nullable LostConnection watch(
      TransportHandle transport, Connection connection, LostConnections lost) {
    LostConnection watched =
        connection.replaceOwner(owner -> new LostConnection(transport, connection, owner, lost));
    if (watched != null) {
      lost.watch().add(watched);
      if (connection.closeReason() != null) { // it has closed before it was added
        lost.watch().remove(watched);
      }
    }
    return watched;
  }

  /** Keeps the transport reachable until the result is {@linkplain #run run}. */
  Runnable holding(TransportHandle transport) {
    held = transport;
    return this;
  }

  /** Stops keeping the transport reachable. */
  @Override
  public void run() {
    held = null;
  }

  @Override
  public void onHandshake(Connection upgraded, Duration duration) {
    owner.onHandshake(upgraded, duration);
  }

  @Override
  public void onClosed(Connection closed) {
    lost.watch().remove(this);
    owner.onClosed(closed);
  }

  @Override
  protected void onGarbage() {
    if (!connection.isClosing()) {
      if (!MemoryChannel.isAddress(connection.channel().remoteAddress())) { // a socket leaked
        lost.warn(() -> Printable.text(connection.toString()));
      }
      connection.closeAndLinger(); // the peer may not have read yet what was written
    }
  }
}
