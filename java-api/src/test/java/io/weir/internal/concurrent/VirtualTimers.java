package io.weir.internal.concurrent;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Timers whose time goes on when the test says so. */
public final class VirtualTimers implements Timers {

  /** Equal to itself alone. */
  private static final class Task {

    final long dueNanos;
    final Runnable action;

    Task(long dueNanos, Runnable action) {
      this.dueNanos = dueNanos;
      this.action = action;
    }
  }

  private final List<Task> tasks = new ArrayList<>(); // guarded by this
  private long nowNanos; // guarded by this

  @Override
  public synchronized Timeout schedule(Duration delay, Runnable action) {
    Task task = new Task(nowNanos + delay.toNanos(), action);
    tasks.add(task);
    return () -> cancel(task);
  }

  @Override
  public synchronized long nanoTime() {
    return nowNanos;
  }

  private synchronized void cancel(Task task) {
    tasks.remove(task);
  }

  /** Lets time pass, and runs on this thread what becomes due, in order. */
  public void advance(Duration time) {
    long end;
    synchronized (this) {
      end = nowNanos + time.toNanos();
    }
    for (Task task = nextDue(end); task != null; task = nextDue(end)) {
      task.action.run();
    }
    synchronized (this) {
      nowNanos = end;
    }
  }

  private synchronized Task nextDue(long end) {
    Task next =
        tasks.stream()
            .filter(task -> task.dueNanos <= end)
            .min(Comparator.comparingLong(task -> task.dueNanos))
            .orElse(null);
    if (next != null) {
      cancel(next);
      nowNanos = Math.max(nowNanos, next.dueNanos);
    }
    return next;
  }

  /** How many tasks wait for their time. */
  public synchronized int waiting() {
    return tasks.size();
  }
}
