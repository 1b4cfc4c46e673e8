package io.weir;

import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.Trampoline;
import io.weir.internal.log.Printable;
import io.weir.internal.stream.Connection;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
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

  /**
   * Starts the handler of a connection; never throws.
   *
   * @param whenEnded is told, once, when the handler has ended, however
   */
  void run(OpenStreams streams, Consumer<Connection> whenEnded) {
    if (options.handlerExecutor() == null) {
      call(streams, whenEnded);
      Thread.interrupted(); // a handler's interrupt is not for the I/O thread
      return;
    }
    try {
      options
          .handlerExecutor()
          .execute(() -> Trampoline.current().runOnExecutor(() -> call(streams, whenEnded)));
    } catch (Throwable refused) { // or no thread could be made, which is an Error
      failed(streams.connection(), refused, whenEnded);
    }
  }

  private void call(OpenStreams streams, Consumer<Connection> whenEnded) {
    Connection connection = streams.connection();
    StreamConnection views = streams.views();
    try {
      CompletionStage<?> stage =
          Objects.requireNonNull(
              handler.handle(views.reader(), views.writer()),
              "the handler returned null instead of a stage; see ConnectionHandler.of for one that"
                  + " returns nothing");
      stage.whenComplete(
          (result, failure) -> {
            if (failure == null) {
              whenEnded.accept(connection);
            } else {
              failed(connection, failure, whenEnded);
            }
          });
    } catch (Throwable thrown) { // the handler is the user's: not even an Error ends the I/O thread
      failed(connection, thrown, whenEnded);
    }
  }

  private void failed(Connection connection, Throwable failure, Consumer<Connection> whenEnded) {
    Throwable error = StreamFuture.causeOf(failure);
    if (error instanceof CancellationException || connection.hasStoppedReadingBy(error)) {
      connection.close();
    } else {
      report(ErrorStage.HANDLER, connection.channel().remoteAddress(), error);
      connection.closeAsHandlerFailed(error);
    }
    whenEnded.accept(connection);
  }

  /** Tells the error listener; never throws. */
  void report(ErrorStage stage, @Nullable SocketAddress peer, Throwable error) {
    try {
      options.errorListener().onError(stage, peer, error);
    } catch (Throwable thrown) { // the listener is the user's as well
      LOG.log(Level.WARNING, "the error listener failed", Printable.error(thrown));
    }
  }
}
