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

/**
 * Runs events one after another, in the order of {@link #post}. The posting thread runs an event,
 * unless another thread is running events; then that thread runs it. The state that only events use
 * needs no lock. An event that posts another event returns before that one runs.
 *
 * <p>Completion handlers run when no event is left, in the order of {@link #notify}, and before the
 * events that they post. The handlers belong to the library. Callbacks of programs run after the
 * queue is idle, or on an executor ({@link io.weir.internal.concurrent.CompletionExecutor}).
 */
final class EventQueue {

  private final Consumer<Throwable> onFailure;
  private final Object lock = new Object();

  @GuardedBy("lock")
  private final Deque<Runnable> posted = new ArrayDeque<>(7); // does not grow

  @GuardedBy("lock")
  private boolean busy;

  private final List<Runnable> notifications = new ArrayList<>(2); // confined to the busy thread

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
    Trampoline.current().checkStack();
    synchronized (lock) {
      posted.add(event);
      if (busy) {
        return;
      }
      busy = true;
    }
    Trampoline here = Trampoline.enterEvent(); // callbacks run when the queue is idle
    try {
      boolean done = false;
      while (!done) {
        runEvents();
        done = leave();
      }
    } finally {
      here.exit();
    }
  }

  /** Runs a completion handler when no event is left. Called by an event. */
  void notify(Runnable notification) {
    notifications.add(notification);
  }

  private void runEvents() {
    Runnable event = next();
    while (event != null) {
      run(event);
      event = next();
    }
  }

  private Runnable next() {
    synchronized (lock) {
      return posted.poll();
    }
  }

  /**
   * Runs the completion handlers, and lets other threads run events.
   *
   * @return whether no event is left
   */
  private boolean leave() {
    List<Runnable> due = notifications;
    if (due.isEmpty()) {
      return release();
    }
    notifyAll(due);
    due.clear();
    return release();
  }

  private boolean release() {
    synchronized (lock) {
      busy = !posted.isEmpty();
      return !busy;
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
