package io.weir.internal.concurrent;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Timers on one daemon thread, which starts with the first task and ends when none is left. */
public final class DaemonTimers implements Timers {

  private static final long IDLE_SECONDS = 10;

  private final ScheduledThreadPoolExecutor clock;
  private final Executor tasks;

  /**
   * Makes timers.
   *
   * @param threadName the name of their thread
   * @param tasks runs the tasks, so that one that takes long does not hold up the others
   */
  public DaemonTimers(String threadName, Executor tasks) {
    this.tasks = tasks;
    clock = new ScheduledThreadPoolExecutor(1, IoThread.factoryOf(threadName));
    clock.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy()); // once stopped
    clock.setRemoveOnCancelPolicy(true);
    clock.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    clock.allowCoreThreadTimeOut(true);
    ResilientPool.install(clock);
  }

  @Override
  public Timeout schedule(Duration delay, Runnable task) {
    StackRoom.requireForJdkCall(); // the queue's lock
    ScheduledFuture<?> scheduled =
        clock.schedule(() -> handOver(task), Timers.nanos(delay), TimeUnit.NANOSECONDS);
    return () -> {
      StackRoom.requireForJdkCall();
      scheduled.cancel(false);
    };
  }

  private void handOver(Runnable task) {
    try {
      tasks.execute(task);
    } catch (Throwable noMemory) { // see docs/memory.md
      task.run();
    }
  }

  /** Runs no task any more. */
  public void stop() {
    clock.shutdownNow();
  }

  /** Waits for the thread to end. */
  public void awaitEnd(long nanos) throws InterruptedException {
    clock.awaitTermination(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }
}
