package io.weir.internal.stream;

import io.weir.ConnectionLostException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * How an incoming stream ended.
 *
 * @param error what broke it, or null for a clean EOF
 * @param isStopped whether this side has stopped reading, and nothing is broken
 */
public record StreamEnd(@Nullable IOException error, boolean isStopped) {

  public static final StreamEnd EOF = new StreamEnd(null);

  public StreamEnd(@Nullable IOException error) {
    this(error, /* isStopped= */ false);
  }

  /** This side has stopped reading, although the peer may send more. */
  public static StreamEnd stopped() {
    return new StreamEnd(
        new ConnectionLostException(
            "the server is shutting down and reads no more; outgoing bytes are still sent", null),
        /* isStopped= */ true);
  }

  /** The runtime of the connection is closed. */
  static StreamEnd runtimeClosed() {
    return new StreamEnd(
        new ConnectionLostException("Connection lost: its runtime has been closed", null),
        /* isStopped= */ true);
  }

  public boolean isEof() {
    return error == null;
  }

  @Override
  public String toString() {
    return error == null ? "eof" : error.toString();
  }
}
