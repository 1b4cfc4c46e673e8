package io.weir.internal.tls;

import io.weir.internal.concurrent.Trampoline;
import io.weir.internal.log.ErrorLog;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Runs one event after another, in the order in which they were posted: on the thread that posts
 * one, or on the thread that runs events already. So what events touch needs no lock, and an event
 * that posts another does not nest.
 *
 * <p>Completion handlers are called when no event is left, in the order of the notifications. What
 * they post runs behind them. They belong to the library: the callbacks of programs run when the
 * queue is free again, or elsewhere (see {@link io.weir.internal.concurrent.CompletionExecutor}).
 */
final class EventQueue {

  private final Consumer<Throwable> onFailure;
  private final Object lock = new Object();
  private final Deque<Runnable> posted = new ArrayDeque<>(7); // does not grow; guarded by lock
  private boolean busy; // guarded by lock
  private List<Runnable> notifications = new ArrayList<>(2); // confined to the busy thread

  /**
   * Makes an idle queue.
   *
   * @param onFailure receives, as a part of the event, what an event has thrown
   */
  EventQueue(Consumer<Throwable> onFailure) {
    this.onFailure = onFailure;
  }

  /** Runs an event, now or as soon as those before it have run. */
  void post(Runnable event) {
    synchronized (lock) {
      posted.add(event);
      if (busy) {
        return;
      }
      busy = true;
    }
    Trampoline here = Trampoline.enterEvent(); // callbacks run when the queue is free again
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

  /** Calls a completion handler when no event is left. To be called by an event. */
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
   * Notifies, and lets other threads run events.
   *
   * @return whether no event was left
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

  /** Iterates without an iterator, which would take memory. */
  private static void notifyAll(List<Runnable> due) {
    for (int i = 0; i < due.size(); i++) {
      notifyOne(due.get(i));
    }
  }

  private void run(Runnable event) {
    try {
      event.run();
    } catch (Throwable failure) { // a bug, or no memory: the queue goes on
      report(failure);
    }
  }

  private void report(Throwable failure) {
    try {
      onFailure.accept(failure);
    } catch (Throwable again) { // no memory, still
      ErrorLog.report(Level.WARNING, "TLS broke down twice", again);
    }
  }

  /** An error in one handler must not keep the next from being called. */
  private static void notifyOne(Runnable notification) {
    try {
      notification.run();
    } catch (Throwable failure) {
      ErrorLog.report(Level.WARNING, "A completion handler of TLS failed", failure);
    }
  }
}
