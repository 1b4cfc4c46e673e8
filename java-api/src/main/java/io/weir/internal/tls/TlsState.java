package io.weir.internal.tls;

import java.util.Map;
import java.util.Set;

/**
 * Where a TLS connection stands.
 *
 * <pre>
 *                  finished            close_notify comes
 *   HANDSHAKING ------------> OPEN ------------------------> INPUT_ENDED
 *      |   |                   | |                              |    |
 *      |   | given up          | +--------- close() ----------+ |    |
 *      |   |                   |                              v v    |
 *      |   |                   | given up                  CLOSING   |
 *      |   |                   |                              |      |
 *      |   |                   |   close_notify has come, or  |      | given up
 *      |   |                   v   the peer has gone          |      |
 *      |   +---------------> CLOSED &lt;-------------------------+------+
 *      |
 *      |   a record that is wrong, an alert, an end too early: from OPEN and INPUT_ENDED as well
 *      +-------------------> FAILED ---- given up ----> CLOSED
 * </pre>
 *
 * <ul>
 *   <li>HANDSHAKING: no application data goes in either direction.
 *   <li>INPUT_ENDED: the peer sends no more; we still may, if the version of TLS allows it.
 *   <li>CLOSING: our close_notify is on its way; what comes but the peer's is thrown away.
 * </ul>
 */
enum TlsState {
  HANDSHAKING,
  OPEN,
  INPUT_ENDED,
  CLOSING,
  CLOSED,
  FAILED;

  private static final Map<TlsState, Set<TlsState>> MOVES =
      Map.of(
          HANDSHAKING, Set.of(OPEN, FAILED, CLOSED),
          OPEN, Set.of(INPUT_ENDED, CLOSING, FAILED, CLOSED),
          INPUT_ENDED, Set.of(CLOSING, FAILED, CLOSED),
          CLOSING, Set.of(CLOSED),
          FAILED, Set.of(CLOSED),
          CLOSED, Set.of());

  /** Moves on to another state. */
  TlsState to(TlsState next) {
    if (!MOVES.getOrDefault(this, Set.of()).contains(next)) {
      throw new IllegalStateException("TLS cannot go from " + this + " to " + next);
    }
    return next;
  }
}
