package io.weir;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reports that the connection was lost. Bytes that had not been delivered are lost too. The cause
 * is the JDK's error when the network or the peer closed the connection. There is no cause when
 * this side closed or aborted it.
 *
 * <p>asyncio: {@code ConnectionResetError}, {@code BrokenPipeError} and the other subclasses of
 * {@code ConnectionError}.
 */
public final class ConnectionLostException extends IOException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message why the connection was lost
   * @param cause the JDK's error, or null
   */
  public ConnectionLostException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
