package io.weir.internal.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.testing.Deadline;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A pool for whose threads there is no memory now and then. */
class ResilientPoolTest {

  private static final int FAILURES = 3;

  private final AtomicInteger threads = new AtomicInteger();
  private final ThreadPoolExecutor pool =
      new ThreadPoolExecutor(
          1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), this::newThread);

  private Thread newThread(Runnable worker) {
    int before = threads.getAndIncrement();
    if (before > 0 && before <= FAILURES) {
      throw new OutOfMemoryError("in a test");
    }
    Thread thread = new Thread(worker, "lasting-pool-test");
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler((ended, error) -> {});
    return thread;
  }

  @Test
  void F59_what_waits_for_a_thread_is_run_when_there_is_memory_for_one() {
    pool.allowCoreThreadTimeOut(true);
    ResilientPool.install(pool);
    CompletableFuture<String> queued = new CompletableFuture<>();
    pool.execute(
        () -> {
          pool.execute(() -> queued.complete(Thread.currentThread().getName()));
          throw new OutOfMemoryError("in a test, and it ends this thread");
        });

    assertEquals("lasting-pool-test", Deadline.get(queued));
    assertEquals(1 + FAILURES + 1, threads.get());
    pool.shutdown();
  }
}
