package io.weir.testing;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/** Things that tests do at the same time. */
public final class Tasks {

  private Tasks() {}

  /** Runs a task in a daemon thread of its own. */
  public static <T> Future<T> start(Callable<T> task) {
    CompletableFuture<T> done = new CompletableFuture<>();
    Thread thread = new Thread(() -> run(task, done), "test-task");
    thread.setDaemon(true);
    thread.start();
    return done;
  }

  /** Stays on the processor for so long, to meet another thread in a certain instant. */
  public static void spin(int nanos) {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() - end < 0) {
      Thread.onSpinWait();
    }
  }

  private static <T> void run(Callable<T> task, CompletableFuture<T> done) {
    try {
      done.complete(task.call());
    } catch (Throwable error) { // for the one who waits
      done.completeExceptionally(error);
    }
  }
}
