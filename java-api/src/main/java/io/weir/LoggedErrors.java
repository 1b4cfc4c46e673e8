package io.weir;

import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The error listener of servers that were given no other: it logs. */
final class LoggedErrors implements ErrorListener {

  private static final System.Logger LOG = System.getLogger("io.weir");

  @Override
  public void onError(ErrorStage stage, @Nullable SocketAddress peer, Throwable error) {
    switch (stage) {
      case ACCEPT ->
          LOG.log(Level.WARNING, "a connection could not be accepted; the server goes on", error);
      case TLS_HANDSHAKE -> // the peer's doing, mostly, and anybody can be a peer
          LOG.log(Level.DEBUG, "a client did not get through TLS: " + named(peer), error);
      case HANDLER ->
          LOG.log(Level.WARNING, "unhandled exception in the handler of " + named(peer), error);
      case CLOSE -> // the peer's doing as well
          LOG.log(Level.DEBUG, "a connection did not end in order: " + named(peer), error);
    }
  }

  private static String named(@Nullable SocketAddress peer) {
    String name = String.valueOf(peer);
    return name.isEmpty() ? "an unnamed peer" : name; // the client of a Unix domain socket
  }
}
