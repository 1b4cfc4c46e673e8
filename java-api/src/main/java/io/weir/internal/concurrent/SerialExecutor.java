package io.weir.internal.concurrent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Completes in order, one after another, for a channel whose provider has no thread of its own for
 * each channel, and for what has no channel. An I/O event completes on its own thread; a completion
 * that is found in a program's call moves to an executor.
 */
public final class SerialExecutor extends CompletionExecutor {

  private final Executor executor;

  @GuardedBy("this")
  private final ArrayDeque<Runnable> queue = new ArrayDeque<>(2);

  @GuardedBy("this")
  private boolean running;

  /**
   * Makes an idle one.
   *
   * @param executor runs what cannot run where it is found
   */
  public SerialExecutor(Executor executor) {
    this.executor = executor;
  }

  @Override
  public void run(Runnable completion) {
    Trampoline here = Trampoline.current();
    if (!here.isInEvent()) {
      StackRoom.requireForJdkCall(); // else the queue could stay as if it were being drained
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

  /** Adds a completion; true when the caller sees to it that the queue is drained. */
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
