package io.weir;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Is told what goes wrong in a server and has nobody else to be told to. It is called on the thread
 * that met the error, must not block, and what it throws is only logged.
 *
 * <p>Peers have a hand in the texts of errors: escape control characters before they get anywhere
 * that a line or a terminal's command could be made of them. Servers that were given no listener
 * log, with such characters escaped: peers' misbehaviour at the level {@code DEBUG}, as anybody can
 * be a peer, and everything else as a warning. Misbehaviour is a TLS handshake that fails, a
 * connection that does not end in order, and a handler that fails with {@link
 * ConnectionLostException}, {@link IncompleteReadException}, {@link LimitOverrunException} or a
 * {@link TlsException} (unless this side has broken down).
 */
@FunctionalInterface
public interface ErrorListener {

  /**
   * Something went wrong; the server goes on.
   *
   * @param stage what the server was doing
   * @param peer the address of the peer concerned, null when there is none yet
   * @param error what happened
   */
  void onError(ErrorStage stage, @Nullable SocketAddress peer, Throwable error);
}
