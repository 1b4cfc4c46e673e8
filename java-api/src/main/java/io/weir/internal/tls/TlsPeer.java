package io.weir.internal.tls;

import io.weir.TlsSide;
import org.jspecify.annotations.Nullable;

/**
 * How a connection came to be, as far as TLS wants to know.
 *
 * @param side the part that it plays by itself, null when nothing speaks for either
 * @param host whom it was opened to, null when that has no name
 * @param port of the host, or -1
 */
public record TlsPeer(@Nullable TlsSide side, @Nullable String host, int port) {

  /** Accepted by a server. */
  public static final TlsPeer ACCEPTED = new TlsPeer(TlsSide.SERVER, null, -1);

  /** Opened to a peer that has no name. */
  public static final TlsPeer OPENED = new TlsPeer(TlsSide.CLIENT, null, -1);

  /** One of two ends that are alike. */
  public static final TlsPeer NEITHER = new TlsPeer(null, null, -1);

  /** Opened to a host. */
  public static TlsPeer openedTo(String host, int port) {
    return new TlsPeer(TlsSide.CLIENT, host, port);
  }
}
