package io.weir.internal.concurrent;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Has a pool do its tasks even when one of its threads has ended for want of memory, and there was
 * none for another. The JDK's pool would leave them until somebody brings the next task.
 */
public final class LastingPool {

  /** Between two attempts to start a thread. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  static {
    LockSupport.parkNanos(0); // is loaded now: later there may be no memory for that
  }

  private LastingPool() {}

  /** Has a pool last, which has no thread yet. */
  public static void make(ThreadPoolExecutor pool) {
    ThreadFactory threads = pool.getThreadFactory();
    pool.setThreadFactory(worker -> threads.newThread(() -> run(worker, pool)));
  }

  private static void run(Runnable worker, ThreadPoolExecutor pool) {
    try {
      worker.run();
    } catch (Throwable ended) { // by what a task has thrown, or as there was no memory for the next
      boolean replaced = false;
      while (!replaced) {
        LockSupport.parkNanos(PAUSE_NANOS);
        replaced = isReplaced(pool);
      }
      throw ended;
    }
  }

  private static boolean isReplaced(ThreadPoolExecutor pool) {
    try {
      if (!pool.getQueue().isEmpty()) {
        pool.prestartCoreThread();
      }
      return true;
    } catch (Throwable noMemory) {
      return false;
    }
  }
}
