package io.weir;

import org.jspecify.annotations.Nullable;

/**
 * Reports an EOF without the peer's close_notify (RFC 8446, section 6.1). Either the peer closed
 * without close_notify, or an attacker cut the connection to hide the rest of the data. All bytes
 * before the EOF can be read, and what this side has written before is still sent. {@link
 * TlsOptions#withTruncationAsEof} turns such an EOF into a clean one. When a write that is pending
 * at the EOF fails within a second, the peer has reset the connection, and the error is a {@link
 * ConnectionLostException} instead.
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
