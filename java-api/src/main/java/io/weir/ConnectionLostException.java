package io.weir;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The connection is gone, and with it what had not been delivered. The cause is the error of the
 * JDK when the network or the peer ended the connection; there is no cause when this side closed or
 * aborted it.
 *
 * <p>asyncio: {@code ConnectionResetError}, {@code BrokenPipeError} and their kin.
 */
public final class ConnectionLostException extends IOException {

  private static final long serialVersionUID = 1L;

  ConnectionLostException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** Tells one who wrote that the connection was closed. */
  static ConnectionLostException closed(boolean byPeer) {
    return new ConnectionLostException(
        byPeer
            ? "Connection lost: the peer has ended it"
            : "Connection lost: it was closed on this side",
        null);
  }
}
