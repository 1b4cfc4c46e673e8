package io.weir;

import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.log.OncePerMinute;
import io.weir.internal.log.Printable;
import io.weir.internal.tls.OwnFailure;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The default error listener of servers, which logs. Misbehaviour of peers is logged at DEBUG,
 * because any peer can cause it at any rate.
 */
final class LoggedErrors implements ErrorListener {

  private static final System.Logger LOG = System.getLogger("io.weir");
  private static final OncePerMinute WARNINGS = new OncePerMinute(System::nanoTime);

  /** Handles an error that a listener of the program passes on. */
  @Override
  public void onError(ErrorStage stage, @Nullable SocketAddress peer, Throwable error) {
    onError(stage, peer, error, isOfThePeer(StreamFuture.causeOf(error)));
  }

  /**
   * Handles an error of a server.
   *
   * @param ofPeer whether the connection itself failed with the error. The class does not show
   *     that: a handler can fail with the same class because of its connection to another server.
   */
  void onError(ErrorStage stage, @Nullable SocketAddress peer, Throwable error, boolean ofPeer) {
    switch (stage) {
      case ACCEPT ->
          log(Level.WARNING, "a connection could not be accepted; the server continues", error);
      case TLS_HANDSHAKE -> log(levelOf(error), "TLS handshake failed: " + named(peer), error);
      case HANDLER ->
          log(
              ofPeer && isOfAStream(StreamFuture.causeOf(error)) ? Level.DEBUG : Level.WARNING,
              "unhandled exception in the handler of " + named(peer),
              error);
      case CLOSE -> log(Level.DEBUG, "connection lost while closing: " + named(peer), error);
    }
  }

  /**
   * A failure that this side can fix affects all handshakes, so it is worth a warning now and then.
   */
  private static Level levelOf(Throwable error) {
    boolean own =
        OwnFailure.in(error) != null
            || (error instanceof TlsException tls && tls.failure() == TlsFailure.BROKEN_DOWN);
    return own && WARNINGS.isDue(String.valueOf(error.getMessage())) ? Level.WARNING : Level.DEBUG;
  }

  private static void log(Level level, String text, Throwable error) {
    if (LOG.isLoggable(level)) {
      LOG.log(level, Printable.text(text), Printable.error(error));
    }
  }

  /** Returns whether a stream, or a decoder of its bytes, fails with such an error. */
  private static boolean isOfAStream(Throwable error) {
    return error instanceof IOException
        && !(error instanceof TlsException tls && tls.failure() == TlsFailure.BROKEN_DOWN);
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
