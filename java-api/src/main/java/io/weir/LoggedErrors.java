package io.weir;

import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.log.Printable;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The error listener of servers that were given no other: it logs. What peers do to a connection is
 * for the debug log, as anybody can be a peer, as often as they like.
 */
final class LoggedErrors implements ErrorListener {

  private static final System.Logger LOG = System.getLogger("io.weir");

  @Override
  public void onError(ErrorStage stage, @Nullable SocketAddress peer, Throwable error) {
    switch (stage) {
      case ACCEPT ->
          log(Level.WARNING, "a connection could not be accepted; the server goes on", error);
      case TLS_HANDSHAKE -> // the peer's doing, mostly
          log(Level.DEBUG, "a client did not get through TLS: " + named(peer), error);
      case HANDLER ->
          log(
              isOfThePeer(StreamFuture.causeOf(error)) ? Level.DEBUG : Level.WARNING,
              "unhandled exception in the handler of " + named(peer),
              error);
      case CLOSE -> // the peer's doing as well
          log(Level.DEBUG, "a connection did not end in order: " + named(peer), error);
    }
  }

  private static void log(Level level, String text, Throwable error) {
    if (LOG.isLoggable(level)) {
      LOG.log(level, Printable.text(text), Printable.error(error));
    }
  }

  /** Whether a peer brings it about by what it sends, or by going. */
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
