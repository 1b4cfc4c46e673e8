package io.weir;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Where users' futures complete: on the thread that found the answer, or on a user's executor. */
final class Callbacks {

  /** On the thread that found the answer. */
  static final Callbacks HERE = new Callbacks(null);

  private final @Nullable Executor executor;

  Callbacks(@Nullable Executor executor) {
    this.executor = executor;
  }

  boolean onExecutor() {
    return executor != null;
  }

  /** Runs a completion; here if the executor refuses, as every wait must end. */
  void run(Runnable completion) {
    if (executor == null) {
      completion.run();
      return;
    }
    try {
      executor.execute(completion);
    } catch (Throwable refused) { // or no thread could be made, which is an Error
      completion.run();
    }
  }
}
