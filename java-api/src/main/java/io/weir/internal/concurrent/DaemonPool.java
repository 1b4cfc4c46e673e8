package io.weir.internal.concurrent;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionHandler;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Pools of a few daemon threads that start when needed and end when they have nothing to do. */
public final class DaemonPool {

  private static final long IDLE_SECONDS = 10;

  private DaemonPool() {}

  /**
   * Returns a pool for calls that block, with threads named {@code prefix-1}, {@code prefix-2} and
   * so on.
   */
  public static ThreadPoolExecutor forBlockingCalls(String prefix, int threads) {
    return of(
        threads,
        DaemonThread.factory(prefix),
        new ThreadPoolExecutor.DiscardPolicy()); // once shut down, when everything has closed
  }

  /** Returns a pool for the completions of I/O, on threads of a factory. */
  public static ExecutorService forCompletions(ThreadFactory factory, int threads) {
    return of(threads, factory, (task, pool) -> task.run()); // once shut down: futures complete
  }

  private static ThreadPoolExecutor of(
      int threads, ThreadFactory factory, RejectedExecutionHandler whenShutDown) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            factory,
            whenShutDown) {
          @Override
          public void execute(Runnable task) {
            StackRoom.requireForJdkCall(); // the queue's lock
            super.execute(task);
          }
        };
    pool.allowCoreThreadTimeOut(true);
    ResilientPool.install(pool);
    return pool;
  }
}
