package io.weir;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The reader and the writer of an open connection. Closing it closes both directions.
 *
 * @param reader reads what the peer sends
 * @param writer writes to the peer
 */
public record StreamConnection(StreamReader reader, StreamWriter writer) implements AutoCloseable {

  /** Creates a connection of a reader and a writer. */
  public StreamConnection {
    Objects.requireNonNull(reader, "reader");
    Objects.requireNonNull(writer, "writer");
  }

  /**
   * Closes the writer, as {@link StreamWriter#close} does: returns at once, and the outgoing bytes
   * are sent in the background. When the program exits directly afterwards, they are lost. Wait for
   * them before the end of {@code main}:
   *
   * <pre>{@code
   * try (connection) {
   *   connection.writer().write(data);
   *   connection.closeGracefully(Duration.ofSeconds(10)).join();
   * }
   * }</pre>
   */
  @Override
  public void close() {
    writer.close();
  }

  /** Closes the writer, as {@link StreamWriter#closeGracefully} does. */
  public CompletableFuture<CloseReason> closeGracefully(Duration timeout) {
    return writer.closeGracefully(timeout);
  }

  /** Returns {@link StreamWriter#closeReason}. */
  public @Nullable CloseReason closeReason() {
    return writer.closeReason();
  }

  /** Returns {@link StreamReader#whenPeerGone}. */
  public CompletableFuture<@Nullable Void> whenPeerGone() {
    return reader.whenPeerGone();
  }
}
