package io.weir.internal.server;

import io.weir.ErrorStage;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.Trampoline;
import io.weir.internal.stream.Connection;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs the handler of each connection of a server, on the executor of the settings, and reports
 * what goes wrong. Nothing that a handler does or throws goes further than its own connection.
 */
final class HandlerRunner {

  private final Function<Connection, Callable<? extends CompletionStage<?>>> handler;
  private final ServerSettings settings;
  private final Consumer<Connection> onReturned;

  /**
   * Makes one.
   *
   * @param handler makes the call of the handler for a connection, with the views that it is given.
   *     They are made before the call is submitted to an executor: when the executor drops the
   *     call, the views are garbage, and so the connection closes.
   * @param onReturned is called once for each connection, when its handler has returned, however
   */
  HandlerRunner(
      Function<Connection, Callable<? extends CompletionStage<?>>> handler,
      ServerSettings settings,
      Consumer<Connection> onReturned) {
    this.handler = handler;
    this.settings = settings;
    this.onReturned = onReturned;
  }

  /** Starts the handler of a connection. Never throws. */
  void run(Connection connection) {
    Callable<? extends CompletionStage<?>> call;
    try {
      call = handler.apply(connection);
      if (settings.handlerExecutor() != null) {
        settings
            .handlerExecutor()
            .execute(() -> Trampoline.current().runOnExecutor(() -> run(connection, call)));
        return;
      }
    } catch (Throwable refused) { // or no thread could be started, which is an Error
      failed(connection, refused);
      return;
    }
    run(connection, call);
    Thread.interrupted(); // a handler's interrupt is not for the I/O thread
  }

  private void run(Connection connection, Callable<? extends CompletionStage<?>> call) {
    try {
      CompletionStage<?> stage =
          Objects.requireNonNull(
              call.call(),
              "the handler returned null instead of a stage; see ConnectionHandler.of for one that"
                  + " returns nothing");
      stage.whenComplete((result, failure) -> returned(connection, failure));
    } catch (Throwable thrown) { // the handler is a program's: no Error of it ends the I/O thread
      failed(connection, thrown);
    }
  }

  private void returned(Connection connection, @Nullable Throwable failure) {
    if (failure == null) {
      onReturned.accept(connection);
    } else {
      failed(connection, failure);
    }
  }

  private void failed(Connection connection, Throwable failure) {
    Throwable error = StreamFuture.causeOf(failure);
    if (error instanceof CancellationException || connection.hasStoppedReadingBy(error)) {
      connection.close();
    } else {
      settings.report(ErrorStage.HANDLER, connection.channel().remoteAddress(), error);
      connection.closeAsHandlerFailed(error);
    }
    onReturned.accept(connection);
  }
}
