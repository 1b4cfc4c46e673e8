package io.weir;

import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Is told what goes wrong in a server and has nobody else to be told to. It is called on the thread
 * that met the error, must not block, and what it throws is only logged.
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
