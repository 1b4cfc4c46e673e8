package io.weir;

import io.weir.internal.concurrent.StreamFuture;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/**
 * Serves an accepted connection. A server calls it once per connection.
 *
 * <p><b>Threads.</b> A handler runs on the I/O thread of its connection, and must not block there.
 * (With the JDK's channels, on a thread of their group or a callback thread of the runtime.) On the
 * executor given with {@link ServerOptions#withHandlerExecutor} it may block.
 *
 * <p>The connection stays open when the handler returns, so the handler must close the writer.
 *
 * <p><b>Errors.</b> When the handler throws or its stage fails, the connection is closed and the
 * server's error listener receives the error. When the stage itself is cancelled, the connection is
 * closed without a report. A cancellation of another future, which the stage passes on, is an
 * error.
 *
 * <pre>{@code
 * ConnectionHandler echo =
 *     (reader, writer) ->
 *         reader.forEachLine(
 *             line -> {
 *               writer.write(line);
 *               return writer.drain();
 *             })
 *         .thenRun(writer::close);
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
