package io.weir;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The two ends of a connection that has been opened. Closing it closes the writer, and with it both
 * directions.
 *
 * @param reader what the peer sends
 * @param writer what goes to the peer
 */
public record StreamConnection(StreamReader reader, StreamWriter writer) implements AutoCloseable {

  /** The same as {@link StreamWriter#close}: returns at once, what is queued is still written. */
  @Override
  public void close() {
    writer.close();
  }

  /** The same as {@link StreamWriter#closeGracefully}. */
  public CompletableFuture<CloseReason> closeGracefully(Duration timeout) {
    return writer.closeGracefully(timeout);
  }

  /** The same as {@link StreamWriter#closeReason}. */
  public @Nullable CloseReason closeReason() {
    return writer.closeReason();
  }

  /** The same as {@link StreamReader#whenPeerGone}. */
  public CompletableFuture<@Nullable Void> whenPeerGone() {
    return reader.whenPeerGone();
  }
}
