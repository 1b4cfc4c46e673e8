package io.weir.internal.concurrent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Runs completions one after another, in order, for a channel that has a pool instead of a thread,
 * and for futures without a channel. A completion in an I/O event runs on the thread of the event,
 * one in a program's call on an executor.
 */
public final class SerialExecutor extends CompletionExecutor {

  private final Executor executor;

  @GuardedBy("this")
  private final ArrayDeque<Runnable> queue = new ArrayDeque<>(2);

  @GuardedBy("this")
  private boolean running;

  /**
   * Creates an idle executor.
   *
   * @param executor runs the completions of a program's calls
   */
  public SerialExecutor(Executor executor) {
    this.executor = executor;
  }

  @Override
  public void run(Runnable completion) {
    Trampoline here = Trampoline.current();
    if (!here.isInEvent()) {
      StackRoom.requireForJdkCall(); // else `running` could stay set with nothing draining
    }
    try {
      if (!enqueue(completion)) {
        return;
      }
    } catch (OutOfMemoryError noRoom) { // out of order, see docs/memory.md
      here.run(completion);
      return;
    }
    if (here.isInEvent()) {
      here.run(this::drain);
      return;
    }
    try {
      runOn(executor, this::drain);
    } catch (StackOverflowError full) { // the executor has checked a few frames deeper
      synchronized (this) {
        running = false; // the next completion starts again
      }
      throw full;
    }
  }

  /** Adds a completion. Returns whether the caller must have the queue drained. */
  private synchronized boolean enqueue(Runnable completion) {
    queue.add(completion);
    boolean wasRunning = running;
    running = true;
    return !wasRunning;
  }

  private void drain() {
    Runnable next = next();
    while (next != null) {
      Trampoline.current().runNested(next);
      next = next();
    }
  }

  private synchronized @Nullable Runnable next() {
    Runnable next = queue.poll();
    running = next != null;
    return next;
  }
}
