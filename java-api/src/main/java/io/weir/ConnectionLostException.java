package io.weir;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reports that the connection was lost. Outgoing bytes may be lost; received bytes can still be
 * read. The cause is the JDK's error, or a {@link java.net.SocketTimeoutException} after a timeout.
 * There is no cause when the connection was closed or aborted without an error.
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
