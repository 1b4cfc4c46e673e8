package io.weir;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Receives the errors of a server that no future reports: those of its accepts, TLS handshakes,
 * handlers and closes. The failure of a handler is reported on the thread on which the handler or
 * its stage failed, which may belong to an executor in the options. Other errors are reported on an
 * I/O thread or a callback thread of the runtime. The listener must not block. It never runs inside
 * a call into the library. An exception that it throws is only logged.
 *
 * <p>The text of an error can contain untrusted input. Escape control characters before the text
 * reaches a log or a terminal.
 *
 * <p>The default listener logs, with control characters escaped. It logs misbehaviour of peers at
 * {@code DEBUG}, because any peer can cause it at any rate, and every other error at {@code
 * WARNING}. Misbehaviour is a failed TLS handshake, a lost connection, and a handler that fails
 * because of its own connection, with {@link ConnectionLostException}, {@link
 * IncompleteReadException}, {@link LimitOverrunException}, {@link TlsException}, or the {@link
 * java.io.IOException} of a {@link Decoder}. A {@code TlsException} with {@link
 * TlsFailure#BROKEN_DOWN} is not misbehaviour, and neither is an exception of another connection,
 * such as one that the handler has opened. A handshake failure with {@code BROKEN_DOWN}, or one
 * that this side can fix, such as its own expired certificate, is logged at {@code WARNING} at most
 * once a minute per message, and otherwise at {@code DEBUG}. When a listener of the program calls
 * the default one, only the class of the exception decides, and an exception of a decoder is logged
 * at {@code WARNING}.
 */
@FunctionalInterface
public interface ErrorListener {

  /**
   * Handles an error. The server continues.
   *
   * @param stage what the server was doing
   * @param peer the address of the peer, or null when it is unknown
   * @param error the error
   */
  void onError(ErrorStage stage, @Nullable SocketAddress peer, Throwable error);
}
