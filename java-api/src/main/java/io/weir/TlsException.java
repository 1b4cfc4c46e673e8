package io.weir;

import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Reports that TLS failed, and the connection with it. The message names the failing side and the
 * remedy; {@link #failure} returns the reason for programs. The message contains no key and no
 * transmitted data. The cause is the JDK's error, if there is one.
 *
 * <p>A peer that closes the connection during the handshake causes a {@link
 * ConnectionLostException} instead.
 *
 * <p>asyncio: {@code ssl.SSLError}, {@code ssl.SSLCertVerificationError}.
 */
public class TlsException extends SSLException {

  private static final long serialVersionUID = 1L;

  /** The reason. */
  private final TlsFailure failure;

  /**
   * Creates the exception.
   *
   * @param failure the reason, for programs
   * @param message the reason, for people
   * @param cause the JDK's error, or null
   */
  public TlsException(TlsFailure failure, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.failure = Objects.requireNonNull(failure, "failure");
  }

  /** Returns the reason. */
  public final TlsFailure failure() {
    return failure;
  }
}
