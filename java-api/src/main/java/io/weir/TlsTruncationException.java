package io.weir;

import org.jspecify.annotations.Nullable;

/**
 * Reports an EOF without the peer's close_notify (RFC 8446, section 6.1). Either the peer closes
 * without close_notify, or an attacker cut the connection to hide the rest of the data. All bytes
 * before the EOF can be read, and what this side has written before is still sent. {@link
 * TlsOptions#withTruncationAsEof} turns such an EOF into a clean one. When a write fails within a
 * second, the peer has reset the connection, and that is reported instead ({@link
 * ConnectionLostException}).
 *
 * <p>asyncio returns a clean EOF instead.
 */
public final class TlsTruncationException extends TlsException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception; its failure is {@link TlsFailure#TRUNCATED}.
   *
   * @param message a description of the truncation
   * @param cause the JDK's error, or null
   */
  public TlsTruncationException(String message, @Nullable Throwable cause) {
    super(TlsFailure.TRUNCATED, message, cause);
  }
}
