package io.weir.internal.tls;

import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * Interprets the results of an {@code SSLEngine} of any provider. Providers differ. When plaintext
 * has no room, one keeps the plaintext, another the whole record. One reports the end of the
 * handshake together with its last bytes, another in a call that moves none.
 */
final class EngineResults {

  private EngineResults() {}

  /** Whether a call has consumed or produced bytes. */
  static boolean hasMoved(SSLEngineResult result) {
    return result.bytesConsumed() > 0 || result.bytesProduced() > 0;
  }

  /** Whether no handshake is under way. */
  static boolean isOver(HandshakeStatus status) {
    return status == HandshakeStatus.NOT_HANDSHAKING || status == HandshakeStatus.FINISHED;
  }

  /**
   * Returns a result, unless the engine has moved no byte and asks for the same step again, which
   * would loop for ever.
   *
   * @param before the status before the call
   */
  static SSLEngineResult requireProgress(SSLEngineResult result, HandshakeStatus before)
      throws SSLException {
    boolean asksAgain = result.getStatus() == Status.OK && result.getHandshakeStatus() == before;
    return asksAgain ? requireMoved(result) : result;
  }

  /** Returns a result, unless the engine has moved no byte. */
  static SSLEngineResult requireMoved(SSLEngineResult result) throws SSLException {
    if (!hasMoved(result)) {
      throw new SSLException("TLS makes no progress: status " + result.getHandshakeStatus());
    }
    return result;
  }
}
