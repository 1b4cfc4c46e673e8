package io.weir.internal.tls;

import java.util.Map;
import java.util.Set;

/**
 * The states of a TLS connection.
 *
 * <pre>
 *                  finished          close_notify received
 *   HANDSHAKING ------------&gt; OPEN ------------------------&gt; INPUT_ENDED
 *      |   |                   | |                              |    |
 *      |   | terminate()       | +--------- close() ----------+ |    |
 *      |   |                   |                              v v    |
 *      |   |                   | terminate()               CLOSING   |
 *      |   |                   |                              |      |
 *      |   |                   |     close_notify or EOF      |      | terminate()
 *      |   |                   v     received, terminate()    |      |
 *      |   +---------------&gt; CLOSED &lt;-------------------------+------+
 *      |
 *      |   an invalid record, an alert, or an early EOF; from OPEN and INPUT_ENDED as well
 *      +-------------------&gt; FAILED ---- terminate() ---&gt; CLOSED
 * </pre>
 *
 * <ul>
 *   <li>HANDSHAKING: neither side sends application data.
 *   <li>INPUT_ENDED: the peer has sent close_notify. In TLS 1.3 this side can still send data.
 *   <li>CLOSING: this side sends close_notify, and discards data until the peer's close_notify.
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

  /** Returns whether no data is transferred any more. */
  boolean isTerminal() {
    return this == FAILED || this == CLOSED;
  }

  /** Returns another state, after a check that it can follow this one. */
  TlsState to(TlsState next) {
    if (!MOVES.getOrDefault(this, Set.of()).contains(next)) {
      throw new IllegalStateException("TLS cannot go from " + this + " to " + next);
    }
    return next;
  }
}
