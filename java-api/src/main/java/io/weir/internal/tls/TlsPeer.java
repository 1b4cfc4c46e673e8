package io.weir.internal.tls;

import io.weir.TlsSide;
import org.jspecify.annotations.Nullable;

/**
 * The peer of a connection, as TLS needs it.
 *
 * @param side the role of this side in a handshake by default; null when neither is evident
 * @param host the host name or address in the connect call; null for a peer without a name
 * @param port the port, or -1
 */
public record TlsPeer(@Nullable TlsSide side, @Nullable String host, int port) {

  /** The peer of a connection that a server has accepted. */
  public static final TlsPeer ACCEPTED = new TlsPeer(TlsSide.SERVER, null, -1);

  /** The peer of a connection that was opened without a host name. */
  public static final TlsPeer OPENED = new TlsPeer(TlsSide.CLIENT, null, -1);

  /** The peer of a connection that has neither a client side nor a server side. */
  public static final TlsPeer NEITHER = new TlsPeer(null, null, -1);

  /** Returns the peer of a connection to a host. */
  public static TlsPeer openedTo(String host, int port) {
    return new TlsPeer(TlsSide.CLIENT, host, port);
  }
}
