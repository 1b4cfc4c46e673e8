package io.weir.internal.concurrent;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;

/**
 * Replaces the workers of a pool that terminate with an {@link OutOfMemoryError}. The JDK's pool
 * starts no other worker before the next task is submitted, see docs/memory.md.
 */
public final class ResilientPool {

  /** The pause between two attempts to start a thread. */
  private static final long PAUSE_MILLIS = 10;

  static {
    LowMemory.load();
  }

  private ResilientPool() {}

  /** Makes a pool replace its workers. Called before the first task. */
  public static void install(ThreadPoolExecutor pool) {
    ThreadFactory threads = pool.getThreadFactory();
    LowMemory.Step replace = () -> replaceWorker(pool); // allocated while there is memory
    pool.setThreadFactory(worker -> threads.newThread(() -> run(worker, replace)));
  }

  private static void run(Runnable worker, LowMemory.Step replace) {
    try {
      worker.run();
    } catch (Throwable ended) { // an error of a task, or an OutOfMemoryError between two tasks
      LowMemory.retryUntilDone(replace, PAUSE_MILLIS);
      throw ended;
    }
  }

  private static void replaceWorker(ThreadPoolExecutor pool) {
    if (!pool.getQueue().isEmpty()) {
      pool.prestartCoreThread();
    }
  }
}
