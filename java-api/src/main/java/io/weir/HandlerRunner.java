package io.weir;

import io.weir.internal.log.Printable;
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

  /**
   * Starts the handler of a connection; never throws.
   *
   * @param whenEnded is run, once, when the handler has ended, however
   */
  void run(StreamConnection streams, Runnable whenEnded) {
    Connection connection = streams.writer().transport().connection();
    if (options.handlerExecutor() == null) {
      call(streams, connection, whenEnded);
      Thread.interrupted(); // a handler's interrupt is not for the I/O thread
      return;
    }
    try {
      options.handlerExecutor().execute(() -> call(streams, connection, whenEnded));
    } catch (Throwable refused) { // or no thread could be made, which is an Error
      failed(connection, refused, whenEnded);
    }
  }

  private void call(StreamConnection streams, Connection connection, Runnable whenEnded) {
    try {
      CompletionStage<?> stage =
          Objects.requireNonNull(
              handler.handle(streams.reader(), streams.writer()),
              "the handler returned null instead of a stage; see ConnectionHandler.of for one that"
                  + " returns nothing");
      stage.whenComplete(
          (result, failure) -> {
            if (failure == null) {
              whenEnded.run();
            } else {
              failed(connection, failure, whenEnded);
            }
          });
    } catch (Throwable thrown) { // the handler is the user's: not even an Error ends the I/O thread
      failed(connection, thrown, whenEnded);
    }
  }

  private void failed(Connection connection, Throwable failure, Runnable whenEnded) {
    Throwable error = StreamFuture.causeOf(failure);
    if (error instanceof CancellationException || connection.hasStoppedReadingBy(error)) {
      connection.close();
    } else {
      report(ErrorStage.HANDLER, connection.channel().remoteAddress(), error);
      connection.closeAsHandlerFailed(error);
    }
    whenEnded.run();
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
