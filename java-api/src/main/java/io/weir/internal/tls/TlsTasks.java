package io.weir.internal.tls;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the delegated tasks of a {@link TlsEngine}, one at a time, outside the events. Its methods
 * are called by events of the {@link EventQueue}. The engine must not be used while a task runs.
 */
final class TlsTasks {

  private final TlsEnvironment environment;
  private final EventQueue events;
  private final Consumer<@Nullable Throwable> onFinished;
  private @Nullable CompletableFuture<@Nullable Void> needed; // while a task runs

  /**
   * Creates a runner.
   *
   * @param onFinished receives, in an event, the error of a task, or null
   */
  TlsTasks(
      TlsEnvironment environment, EventQueue events, Consumer<@Nullable Throwable> onFinished) {
    this.environment = environment;
    this.events = events;
    this.onFinished = onFinished;
  }

  boolean isRunning() {
    return needed != null;
  }

  /** Starts a task. */
  void run(Runnable task) {
    CompletableFuture<@Nullable Void> result = new CompletableFuture<>();
    needed = result;
    environment.tasks().run(result, () -> runAndReport(task));
  }

  /** Gives up the task that runs, if one does: nothing needs its result any more. */
  void abandon() {
    if (needed != null) {
      needed.complete(null);
    }
  }

  private void runAndReport(Runnable task) {
    Throwable thrown = null;
    try {
      task.run();
    } catch (Throwable failure) { // SSLEngine lets Errors out, and would offer the task again
      thrown = failure;
    }
    report(thrown);
  }

  private void report(@Nullable Throwable failure) {
    Runnable event = () -> finish(failure);
    try {
      environment.completions().execute(() -> events.post(event));
    } catch (Throwable refused) { // the pool is closed, or cannot create a thread
      events.post(event);
    }
  }

  private void finish(@Nullable Throwable failure) {
    needed = null;
    onFinished.accept(failure);
  }
}
