package io.weir.internal.tls;

import java.util.Map;
import java.util.Set;

/**
 * The states of a TLS connection.
 *
 * <pre>
 *                  finished
 *   HANDSHAKING ------------&gt; OPEN ----- close_notify received ----&gt; INPUT_ENDED
 *      |   |                 |  | +----- EOF received -------------&gt; INPUT_CUT
 *      |   |                 |  |                                        |
 *      |   |                 |  +-- close() --&gt; CLOSING &lt;---- close() ---+
 *      |   |                 |                     |                     |
 *      |   | terminate()     | terminate()         | close_notify or     | terminate()
 *      |   |                 v                     v EOF received        v
 *      |   +----------------&gt;+-----------------&gt; CLOSED &lt;----------------+
 *      |                                           ^
 *      |   an invalid record, an alert; also from  |
 *      |   OPEN, INPUT_ENDED and INPUT_CUT         | terminate()
 *      +----------------------------------------&gt; FAILED
 * </pre>
 *
 * <ul>
 *   <li>HANDSHAKING: neither side sends application data.
 *   <li>INPUT_ENDED: the peer has sent close_notify. In TLS 1.3 this side can still send data.
 *   <li>INPUT_CUT: the peer has sent EOF without close_notify, so the data may lack its last part.
 *       This side can still send data.
 *   <li>CLOSING: this side sends close_notify, and discards data until the peer's close_notify.
 * </ul>
 */
enum TlsState {
  HANDSHAKING,
  OPEN,
  INPUT_ENDED,
  INPUT_CUT,
  CLOSING,
  CLOSED,
  FAILED;

  private static final Map<TlsState, Set<TlsState>> MOVES =
      Map.of(
          HANDSHAKING, Set.of(OPEN, FAILED, CLOSED),
          OPEN, Set.of(INPUT_ENDED, INPUT_CUT, CLOSING, FAILED, CLOSED),
          INPUT_ENDED, Set.of(CLOSING, FAILED, CLOSED),
          INPUT_CUT, Set.of(CLOSING, FAILED, CLOSED),
          CLOSING, Set.of(CLOSED),
          FAILED, Set.of(CLOSED),
          CLOSED, Set.of());

  /** Returns whether data can be sent. */
  boolean canSend() {
    return this == OPEN || this == INPUT_ENDED || this == INPUT_CUT;
  }

  /** Returns whether no more data is transferred. */
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
