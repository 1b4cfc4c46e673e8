package io.weir;

import java.time.Duration;

/**
 * Observes the connections of a server or of a client, for metrics. Each method has an empty
 * default, so an observer overrides what it needs.
 *
 * <pre>{@code
 * ServerOptions options = ServerOptions.DEFAULTS.withObserver(observer);
 * }</pre>
 *
 * <p><b>Order.</b> For each connection, {@link #onOpen} is called first and {@link #onClose} last,
 * once each, one call at a time. Calls for different connections may run at the same time. {@link
 * Server#waitClosed} completes after the last {@code onClose} of the server.
 *
 * <p><b>Threads.</b> The methods run on the I/O thread of the connection, and never on a callback
 * executor. They must return soon and must not block, because the thread serves other connections.
 * An exception that they throw is only logged.
 *
 * <p>JDK Flight Recorder records the same and more, without code: see the package {@link io.weir}.
 */
public interface ConnectionObserver {

  /**
   * A connection is open: the server has accepted it, or the client has connected. The TLS
   * handshake and the handler of the server have not started yet.
   *
   * @param connection the connection
   */
  default void onOpen(ConnectionInfo connection) {}

  /**
   * A TLS handshake has succeeded. A failed one closes the connection, with {@link
   * CloseReason.Kind#TLS_FAILURE}.
   *
   * @param connection the connection
   * @param duration the duration of the handshake
   */
  default void onHandshake(ConnectionInfo connection, Duration duration) {}

  /**
   * A connection has closed.
   *
   * @param connection the connection, with the total number of bytes
   * @param reason why it closed, with the number of bytes that were lost
   */
  default void onClose(ConnectionInfo connection, CloseReason reason) {}

  /**
   * A server could not accept a connection, because the process has too many open files for
   * example. The server tries again a second later. Runs on an I/O thread or a callback thread of
   * the runtime.
   *
   * @param cause the error, which the {@link ErrorListener} also receives
   */
  default void onAcceptFailure(Throwable cause) {}
}
