package io.weir.internal.tls;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.internal.concurrent.Trampoline;
import io.weir.internal.log.ErrorLog;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs events one after another. Those of one thread run in the order of {@link #post}. The posting
 * thread runs an event, unless another thread is running events; then that thread runs it. The
 * state that only events use needs no lock. An event that posts another event returns before that
 * one runs.
 *
 * <p>Completion handlers run when no event is left, in the order of {@link #notify}, and before the
 * events that they post. The handlers belong to the library. Callbacks of programs run after the
 * queue is idle, or on an executor ({@link io.weir.internal.concurrent.CompletionExecutor}).
 */
final class EventQueue {

  /** How many events of the running thread run before one of another thread gets its turn. */
  private static final int OWN_IN_A_ROW = 16;

  private final Consumer<Throwable> onFailure;

  @GuardedBy("this")
  private final Deque<Runnable> posted = new ArrayDeque<>(7); // by other threads; does not grow

  private volatile @Nullable Thread runner; // changed under the lock; null while idle

  // Confined to the runner.
  private final Deque<Runnable> own = new ArrayDeque<>(7); // posted by the runner; does not grow
  private final List<Runnable> notifications = new ArrayList<>(2);
  private int ownInARow; // events since the last turn of another thread

  /**
   * Creates an idle queue.
   *
   * @param onFailure receives, as a part of the event, an exception that an event throws
   */
  EventQueue(Consumer<Throwable> onFailure) {
    this.onFailure = onFailure;
  }

  /**
   * Runs an event, now or after the events before it.
   *
   * @throws StackOverflowError when the stack is full; nothing has changed then
   */
  void post(Runnable event) {
    if (runner == Thread.currentThread()) { // which has checked its stack
      own.add(event);
    } else {
      postFromOutside(event);
    }
  }

  private void postFromOutside(Runnable event) {
    Trampoline.current().checkStack();
    synchronized (this) {
      if (runner != null) {
        posted.add(event);
        return;
      }
      runner = Thread.currentThread();
    }
    runUntilIdle(event);
  }

  /**
   * Runs an event, and those that it posts, unless events are being run.
   *
   * @return whether the events and their completion handlers have run
   * @throws StackOverflowError when the stack is full; nothing has changed then
   */
  boolean postIfIdle(Runnable event) {
    Trampoline.current().checkStack();
    synchronized (this) {
      if (runner != null) {
        return false;
      }
      runner = Thread.currentThread();
    }
    runUntilIdle(event);
    return true;
  }

  private void runUntilIdle(Runnable event) {
    Trampoline here = Trampoline.enterEvent(); // callbacks run when the queue is idle
    try {
      Runnable next = event;
      while (next != null) {
        runWithFollowing(next);
        runNotifications();
        next = nextOrLeave();
      }
    } finally {
      here.exit();
    }
  }

  /** Runs a completion handler when no event is left. Called by an event. */
  void notify(Runnable notification) {
    notifications.add(notification);
  }

  /** Runs an event, and those that it posts. */
  private void runWithFollowing(Runnable event) {
    Runnable next = event;
    while (next != null) {
      run(next);
      next = following();
    }
  }

  /** Returns the next event of this thread; after many of them, one of another thread. */
  private @Nullable Runnable following() {
    if (++ownInARow < OWN_IN_A_ROW) {
      return own.poll();
    }
    ownInARow = 0;
    Runnable other;
    synchronized (this) {
      other = posted.poll();
    }
    return other == null ? own.poll() : other;
  }

  /** Returns the next event. Without one, lets other threads run events, and returns null. */
  private @Nullable Runnable nextOrLeave() {
    Runnable next = following();
    if (next != null) {
      return next;
    }
    synchronized (this) {
      next = posted.poll();
      if (next == null) {
        runner = null;
      }
      return next;
    }
  }

  private void runNotifications() {
    if (!notifications.isEmpty()) {
      notifyAll(notifications);
      notifications.clear();
    }
  }

  /** Iterates by index, because an iterator allocates. */
  private static void notifyAll(List<Runnable> due) {
    for (int i = 0; i < due.size(); i++) {
      notifyOne(due.get(i));
    }
  }

  private void run(Runnable event) {
    try {
      event.run();
    } catch (Throwable failure) { // a bug or an OutOfMemoryError must not stop the queue
      report(failure);
    }
  }

  private void report(Throwable failure) {
    try {
      onFailure.accept(failure);
    } catch (Throwable again) { // an OutOfMemoryError again
      ErrorLog.report(Level.WARNING, "the handling of a TLS failure failed", again);
    }
  }

  /** Runs one handler. Its failure does not prevent the next handler. */
  private static void notifyOne(Runnable notification) {
    try {
      notification.run();
    } catch (Throwable failure) {
      ErrorLog.report(Level.WARNING, "A completion handler of TLS failed", failure);
    }
  }
}
