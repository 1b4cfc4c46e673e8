package io.weir.internal.concurrent;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A task for an executor of the program, which runs at most once. A pool of the JDK that cannot
 * start a thread may keep a task in its queue although {@code execute} throws, and run it later.
 */
public final class SubmittedTask implements Runnable {

  /** Null once the task has started or was withdrawn. */
  private final AtomicReference<@Nullable Runnable> task;

  /** Creates a task, to be submitted once. */
  public SubmittedTask(Runnable task) {
    this.task = new AtomicReference<>(task);
  }

  @Override
  public void run() {
    Runnable taken = task.getAndSet(null);
    if (taken != null) {
      taken.run();
    }
  }

  /**
   * Withdraws the task, after the executor has thrown.
   *
   * @return whether it will never run; false when it has started
   */
  public boolean withdraw() {
    return task.getAndSet(null) != null;
  }
}
