package io.weir.internal.concurrent;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Replaces the workers of a pool that end by an {@link OutOfMemoryError}. The JDK's pool starts no
 * other worker before the next task is submitted, see docs/memory.md.
 */
public final class LastingPool {

  /** The pause between two attempts to start a thread. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  static {
    LockSupport.parkNanos(0); // loads the class, see docs/memory.md
  }

  private LastingPool() {}

  /** Makes a pool replace its workers. To be called before the first task. */
  public static void make(ThreadPoolExecutor pool) {
    ThreadFactory threads = pool.getThreadFactory();
    pool.setThreadFactory(worker -> threads.newThread(() -> run(worker, pool)));
  }

  private static void run(Runnable worker, ThreadPoolExecutor pool) {
    try {
      worker.run();
    } catch (Throwable ended) { // by a task, or because there was no memory to take the next one
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
