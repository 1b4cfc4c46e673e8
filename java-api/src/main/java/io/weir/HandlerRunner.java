package io.weir;

import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Runs the handler of each connection of a server, on the executor it was given, and reports what
 * goes wrong. Nothing that a handler does or throws goes further than its own connection.
 */
final class HandlerRunner {

  private static final System.Logger LOG = System.getLogger("io.weir");

  private final ConnectionHandler handler;
  private final ServerOptions options;

  HandlerRunner(ConnectionHandler handler, ServerOptions options) {
    this.handler = handler;
    this.options = options;
  }

  /** Starts the handler of a connection; never throws. */
  void run(StreamConnection streams) {
    Connection connection = streams.writer().transport().connection();
    if (options.handlerExecutor() == null) {
      call(streams, connection);
      Thread.interrupted(); // a handler's interrupt is not for the I/O thread
      return;
    }
    try {
      options.handlerExecutor().execute(() -> call(streams, connection));
    } catch (Throwable refused) { // or no thread could be made, which is an Error
      failed(connection, refused);
    }
  }

  private void call(StreamConnection streams, Connection connection) {
    CompletionStage<?> stage;
    try {
      stage =
          Objects.requireNonNull(
              handler.handle(streams.reader(), streams.writer()),
              "the handler returned null instead of a stage; see ConnectionHandler.of for one that"
                  + " returns nothing");
    } catch (Throwable thrown) { // the handler is the user's: not even an Error ends the I/O thread
      failed(connection, thrown);
      return;
    }
    stage.whenComplete(
        (result, failure) -> {
          if (failure != null) {
            failed(connection, failure);
          }
        });
  }

  private void failed(Connection connection, Throwable failure) {
    Throwable error = StreamFuture.causeOf(failure);
    if (!(error instanceof CancellationException)) {
      report(ErrorStage.HANDLER, connection.channel().remoteAddress(), error);
    }
    connection.close();
  }

  /** Tells the error listener; never throws. */
  void report(ErrorStage stage, @Nullable SocketAddress peer, Throwable error) {
    try {
      options.errorListener().onError(stage, peer, error);
    } catch (Throwable thrown) { // the listener is the user's as well
      LOG.log(Level.WARNING, "the error listener failed", thrown);
    }
  }
}
