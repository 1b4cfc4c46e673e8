package io.weir;

import org.jspecify.annotations.Nullable;

/**
 * How a connection came to be, as far as TLS wants to know.
 *
 * @param side the part that it plays by itself, null when nothing speaks for either
 * @param host whom it was opened to, null when that has no name
 * @param port of the host, or -1
 */
record Origin(@Nullable TlsSide side, @Nullable String host, int port) {

  /** Accepted by a server. */
  static final Origin ACCEPTED = new Origin(TlsSide.SERVER, null, -1);

  /** Opened to a peer that has no name. */
  static final Origin OPENED = new Origin(TlsSide.CLIENT, null, -1);

  /** One of two ends that are alike. */
  static final Origin NEITHER = new Origin(null, null, -1);

  /** Opened to a host. */
  static Origin openedTo(String host, int port) {
    return new Origin(TlsSide.CLIENT, host, port);
  }
}
