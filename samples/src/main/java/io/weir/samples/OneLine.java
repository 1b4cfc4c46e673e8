package io.weir.samples;

import io.weir.ErrorStage;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** Prints each error of a server as one line on standard error. */
final class OneLine {

  private OneLine() {}

  static void print(ErrorStage stage, @Nullable SocketAddress peer, Throwable error) {
    System.err.println((peer == null ? stage : Endpoint.of(peer)) + ": " + error.getMessage());
  }
}
