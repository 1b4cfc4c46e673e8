package io.weir.internal.server;

import io.weir.ErrorStage;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.SubmittedTask;
import io.weir.internal.concurrent.Trampoline;
import io.weir.internal.stream.Connection;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs the handler of each connection of a server, on the executor of the settings, and reports its
 * errors. A handler can affect only its own connection.
 */
final class HandlerRunner {

  private final Function<Connection, HandlerCall> handler;
  private final ServerSettings settings;
  private final Consumer<Connection> onFailed;
  private final Consumer<Connection> onReturned;

  /**
   * Creates a runner.
   *
   * @param handler creates the call of the handler for a connection, with its reader and writer.
   *     They are created before the call is submitted to an executor. When the executor drops the
   *     call, they become garbage, which closes the connection.
   * @param onFailed runs when the handler of a connection has failed, before it is closed
   * @param onReturned runs once per connection, when its handler has returned or failed
   */
  HandlerRunner(
      Function<Connection, HandlerCall> handler,
      ServerSettings settings,
      Consumer<Connection> onFailed,
      Consumer<Connection> onReturned) {
    this.handler = handler;
    this.settings = settings;
    this.onFailed = onFailed;
    this.onReturned = onReturned;
  }

  /** Starts the handler of a connection. Never throws. */
  void run(Connection connection) {
    HandlerCall call;
    try {
      call = handler.apply(connection);
    } catch (Throwable noMemory) { // an OutOfMemoryError
      failed(connection, noMemory);
      return;
    }
    Executor executor = settings.handlerExecutor();
    if (executor == null) {
      run(connection, call);
      Thread.interrupted(); // clears an interrupt that the handler left
    } else {
      submit(connection, call, executor);
    }
  }

  private void submit(Connection connection, HandlerCall call, Executor executor) {
    SubmittedTask task = null;
    try {
      task =
          new SubmittedTask(() -> Trampoline.current().runOnExecutor(() -> run(connection, call)));
      executor.execute(task);
    } catch (Throwable refused) { // also an OutOfMemoryError: no thread can be started
      if (task == null || task.withdraw()) {
        failed(connection, refused);
      }
    }
  }

  private void run(Connection connection, HandlerCall call) {
    Runnable release = call.hold();
    try {
      CompletionStage<?> stage =
          Objects.requireNonNull(
              call.start(),
              "the handler returned null instead of a stage; see ConnectionHandler.of for handlers"
                  + " that return nothing");
      stage.whenComplete(
          (result, failure) -> {
            release.run();
            completed(connection, failure);
          });
    } catch (Throwable thrown) { // user code: no Error may terminate the I/O thread
      release.run();
      failed(connection, thrown);
    }
  }

  private void completed(Connection connection, @Nullable Throwable failure) {
    if (failure instanceof CancellationException) { // a wrapped one is that of another stage
      connection.close();
    } else if (failure != null) {
      closeAfter(connection, failure);
    }
    onReturned.accept(connection);
  }

  private void failed(Connection connection, Throwable failure) {
    closeAfter(connection, failure);
    onReturned.accept(connection);
  }

  /** Closes a connection whose handler has failed, and reports the failure. */
  private void closeAfter(Connection connection, Throwable failure) {
    Throwable error = StreamFuture.causeOf(failure);
    if (connection.hasStoppedReadingBy(error)) { // because of a shutdown, which is no failure
      connection.close();
      return;
    }
    onFailed.accept(connection);
    settings.report(connection, ErrorStage.HANDLER, error);
    connection.closeAsHandlerFailed(error);
  }
}
