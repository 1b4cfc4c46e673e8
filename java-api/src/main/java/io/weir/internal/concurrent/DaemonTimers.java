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

  /**
   * Makes timers. Their tasks run on the thread of the timers, so the tasks must be short.
   *
   * @param threadName the name of their thread
   */
  public DaemonTimers(String threadName) {
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
    ScheduledFuture<?> scheduled = clock.schedule(task, Timers.nanos(delay), TimeUnit.NANOSECONDS);
    return () -> {
      StackRoom.requireForJdkCall();
      scheduled.cancel(false);
    };
  }

  /** Returns timers on the same thread. Their tasks run on an executor, so they may take long. */
  public Timers on(Executor tasks) {
    return new Timers() {
      @Override
      public Timeout schedule(Duration delay, Runnable task) {
        return DaemonTimers.this.schedule(delay, () -> handOver(task, tasks));
      }

      @Override
      public long nanoTime() {
        return DaemonTimers.this.nanoTime();
      }
    };
  }

  private static void handOver(Runnable task, Executor tasks) {
    try {
      tasks.execute(task);
    } catch (Throwable noMemory) { // see docs/memory.md
      task.run();
    }
  }

  /** Stops the timers. No task starts afterwards. */
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
