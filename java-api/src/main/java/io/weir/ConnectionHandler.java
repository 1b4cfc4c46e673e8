package io.weir;

import io.weir.internal.concurrent.StreamFuture;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Serves an accepted connection. A server calls it once per connection.
 *
 * <p><b>Threads.</b> A handler runs on the I/O thread of its connection, and must not block there.
 * (With the JDK's channels, on a thread of their group or a callback thread of the runtime.) On the
 * executor given with {@link ServerOptions#withHandlerExecutor} it may block.
 *
 * <p>The connection stays open when the handler is done, so the handler must close the writer.
 * {@link #closing} does that for it.
 *
 * <p><b>Errors.</b> When the handler throws or its stage fails, the connection is closed and the
 * server's error listener receives the error. When the stage itself is cancelled, the connection is
 * closed without a report. If the stage fails because another future was cancelled, that is an
 * error.
 *
 * <pre>{@code
 * ConnectionHandler echo =
 *     ConnectionHandler.closing((reader, writer) -> reader.forEachLine(writer::send));
 * }</pre>
 *
 * <p>asyncio: {@code client_connected_cb}.
 */
@FunctionalInterface
public interface ConnectionHandler {

  /**
   * Serves a connection.
   *
   * @param reader reads what the peer sends
   * @param writer writes to the peer
   * @return a stage that completes when the handler is done, never null
   * @throws Exception when the connection cannot be served
   */
  CompletionStage<?> handle(StreamReader reader, StreamWriter writer) throws Exception;

  /**
   * Wraps a handler that is done when it returns. Use it for code that blocks, together with {@link
   * ServerOptions#withHandlerExecutor}.
   *
   * @param handler serves a connection
   */
  static ConnectionHandler of(Plain handler) {
    Objects.requireNonNull(handler, "handler");
    return (reader, writer) -> {
      handler.handle(reader, writer);
      return StreamFuture.done();
    };
  }

  /**
   * Wraps a handler so that its connection is closed, as {@link StreamWriter#close} does, when its
   * stage completes. What the handler has written is still sent. After a failure or a cancellation
   * the server closes the connection, as for any handler.
   *
   * <p>A handler that blocks is wrapped twice: {@code closing(of(handler))}.
   *
   * <p>asyncio: {@code try: ... finally: writer.close()}.
   *
   * @param handler serves a connection
   */
  static ConnectionHandler closing(ConnectionHandler handler) {
    Objects.requireNonNull(handler, "handler");
    return (reader, writer) -> {
      CompletionStage<?> stage = handler.handle(reader, writer);
      return stage == null ? stage : closeAfter(stage, writer); // the server reports a null
    };
  }

  private static CompletionStage<?> closeAfter(CompletionStage<?> stage, StreamWriter writer) {
    CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();
    stage.whenComplete(
        (result, failure) -> {
          if (failure != null) { // passed on as it is: the server recognizes a cancelled stage
            closed.completeExceptionally(failure);
            return;
          }
          try {
            writer.close();
            closed.complete(null);
          } catch (Throwable noStack) {
            closed.completeExceptionally(noStack);
          }
        });
    return closed;
  }

  /** A handler that returns nothing. */
  @FunctionalInterface
  interface Plain {

    /**
     * Serves a connection.
     *
     * @param reader reads what the peer sends
     * @param writer writes to the peer
     * @throws Exception when the connection cannot be served
     */
    void handle(StreamReader reader, StreamWriter writer) throws Exception;
  }
}
