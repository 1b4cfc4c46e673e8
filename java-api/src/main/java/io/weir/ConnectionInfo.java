package io.weir;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A connection, as it was when {@link Server#connections} or a {@link ConnectionObserver} was
 * called.
 *
 * @param peer the peer's address; null when it is unknown
 * @param age the time since the connection was accepted or established
 * @param received the number of bytes that have arrived, whether a read has returned them or not.
 *     Over TLS these are the decrypted bytes
 * @param sent the number of bytes that were sent, without those that are still queued. Over TLS
 *     these are the bytes before encryption
 * @param isClosing whether the connection is closing or lost, see {@link StreamWriter#isClosing}
 */
public record ConnectionInfo(
    @Nullable SocketAddress peer, Duration age, long received, long sent, boolean isClosing) {

  /** Creates a description. */
  public ConnectionInfo {
    Objects.requireNonNull(age, "age");
  }
}
