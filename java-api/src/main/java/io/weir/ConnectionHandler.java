package io.weir;

import io.weir.internal.concurrent.StreamFuture;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/**
 * Serves one accepted connection: asyncio's {@code client_connected_cb}.
 *
 * <p>It is called once for each connection: on an I/O thread, over TLS also on a callback thread of
 * the runtime, and it must not block on either; or on the executor given with {@link
 * ServerOptions#withHandlerExecutor}, where it may. Its end does not close the connection: close
 * the writer. When it fails, by throwing or by its stage, the error goes to the server's error
 * listener and the connection is closed; when its stage is cancelled, or fails with a
 * CancellationException, the connection is closed and nobody is told.
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
 */
@FunctionalInterface
public interface ConnectionHandler {

  /**
   * Serves a connection.
   *
   * @param reader what the peer sends
   * @param writer what goes to the peer
   * @return completes when the handler is done, never null
   * @throws Exception when the connection cannot be served
   */
  CompletionStage<?> handle(StreamReader reader, StreamWriter writer) throws Exception;

  /**
   * Makes a handler of one that returns nothing, and is done when it returns. Together with {@link
   * ServerOptions#withHandlerExecutor} it is the place for code that blocks.
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
     * @param reader what the peer sends
     * @param writer what goes to the peer
     * @throws Exception when the connection cannot be served
     */
    void handle(StreamReader reader, StreamWriter writer) throws Exception;
  }
}
