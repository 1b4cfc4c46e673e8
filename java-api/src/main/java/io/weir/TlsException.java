package io.weir;

import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * TLS failed, and with it the connection. The text says who failed and what to do; {@link #failure}
 * says the same to a program. It never holds a key or what was sent. The cause is the error of the
 * JDK, where there is one.
 *
 * <p>A peer that leaves in the handshake is no failure of TLS: that is a {@link
 * ConnectionLostException}.
 *
 * <p>asyncio: {@code ssl.SSLError}, {@code ssl.SSLCertVerificationError}.
 */
public class TlsException extends SSLException {

  private static final long serialVersionUID = 1L;

  /** Why. */
  private final TlsFailure failure;

  TlsException(TlsFailure failure, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.failure = failure;
  }

  /** Why TLS failed. */
  public final TlsFailure failure() {
    return failure;
  }
}
