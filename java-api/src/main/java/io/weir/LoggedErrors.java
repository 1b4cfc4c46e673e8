package io.weir;

import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.log.Printable;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The default error listener of servers, which logs. Misbehaviour of peers is logged at DEBUG,
 * because any peer can cause it at any rate.
 */
final class LoggedErrors implements ErrorListener {

  private static final System.Logger LOG = System.getLogger("io.weir");

  @Override
  public void onError(ErrorStage stage, @Nullable SocketAddress peer, Throwable error) {
    switch (stage) {
      case ACCEPT ->
          log(Level.WARNING, "a connection could not be accepted; the server continues", error);
      case TLS_HANDSHAKE -> log(Level.DEBUG, "TLS handshake failed: " + named(peer), error);
      case HANDLER ->
          log(
              isOfThePeer(StreamFuture.causeOf(error)) ? Level.DEBUG : Level.WARNING,
              "unhandled exception in the handler of " + named(peer),
              error);
      case CLOSE -> log(Level.DEBUG, "connection lost while closing: " + named(peer), error);
    }
  }

  private static void log(Level level, String text, Throwable error) {
    if (LOG.isLoggable(level)) {
      LOG.log(level, Printable.text(text), Printable.error(error));
    }
  }

  /** Returns whether a peer can cause an error by its data or by closing. */
  private static boolean isOfThePeer(Throwable error) {
    return error instanceof ConnectionLostException
        || error instanceof IncompleteReadException
        || error instanceof LimitOverrunException
        || (error instanceof TlsException tls && tls.failure() != TlsFailure.BROKEN_DOWN);
  }

  private static String named(@Nullable SocketAddress peer) {
    String name = String.valueOf(peer);
    return name.isEmpty() ? "an unnamed peer" : name; // the client of a Unix domain socket
  }
}
