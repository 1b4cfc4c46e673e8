package io.weir.callbacks;

import io.weir.StreamWriter;
import io.weir.WriteLimits;
import io.weir.testing.CallbackCheck;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Three threads of a program whose locks are in order, unless Weir runs a callback inside a call:
 * one writes while it holds the log's lock, one takes the account's lock in callbacks of drains,
 * one takes the account's and then the log's.
 */
class LockOrderTest {

  private static final long RUN_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MAX_ROUNDS = 200_000;

  @TempDir Path directory;

  private final ReentrantLock log = new ReentrantLock();
  private final ReentrantLock account = new ReentrantLock();
  private final AtomicInteger rounds = new AtomicInteger();
  private final AtomicInteger callbacks = new AtomicInteger();

  private final Queue<Thread> running = new ConcurrentLinkedQueue<>();
  private volatile boolean stopped;

  @ParameterizedTest
  @EnumSource
  void a_write_under_one_lock_takes_no_lock_of_a_callback(TransportKind carrier) {
    try (SlowServer server = new SlowServer(carrier, directory)) {
      StreamWriter writer = server.connect().writer();
      writer.transport().setWriteBufferLimits(new WriteLimits(500, 2_000));
      long end = System.nanoTime() + RUN_NANOS;
      byte[] data = new byte[1_500];
      List<Future<Boolean>> threads =
          List.of(
              Tasks.start(() -> repeat(end, () -> writeUnderLock(writer, data))),
              Tasks.start(() -> repeat(end, () -> lockInCallback(writer, data))),
              Tasks.start(() -> repeat(end, this::lockBoth)));
      try {
        awaitEndOf(threads);
      } finally {
        stopped = true;
        running.forEach(Thread::interrupt);
        Deadline.await("three threads stop", () -> threads.stream().allMatch(Future::isDone));
        writer.transport().abort();
      }
    }
  }

  private boolean repeat(long end, Interruptible step) throws InterruptedException {
    running.add(Thread.currentThread());
    while (!stopped && System.nanoTime() - end < 0 && rounds.getAndIncrement() < MAX_ROUNDS) {
      step.run();
    }
    return true;
  }

  private void writeUnderLock(StreamWriter writer, byte[] data) throws InterruptedException {
    log.lockInterruptibly();
    try {
      writer.write(data);
    } finally {
      log.unlock();
    }
    if (writer.transport().getWriteBufferSize() > 100_000) {
      Deadline.await("room", () -> stopped || writer.transport().getWriteBufferSize() < 50_000);
    }
  }

  private void lockInCallback(StreamWriter writer, byte[] data) {
    writer.write(data);
    CompletableFuture<?> drain = writer.drain();
    drain.thenRun(this::useAccount);
    Deadline.await("the drain", () -> stopped || drain.isDone());
  }

  private void useAccount() {
    CallbackCheck.assertOutsideCalls();
    try {
      account.lockInterruptibly();
      account.unlock();
      callbacks.incrementAndGet();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void lockBoth() throws InterruptedException {
    account.lockInterruptibly();
    try {
      log.lockInterruptibly();
      log.unlock();
    } finally {
      account.unlock();
    }
  }

  private void awaitEndOf(List<Future<Boolean>> threads) {
    ThreadMXBean beans = ManagementFactory.getThreadMXBean();
    Deadline.await(
        "the end of three threads",
        () -> {
          long[] deadlocked = beans.findDeadlockedThreads();
          if (deadlocked != null) {
            throw deadlock(beans.getThreadInfo(deadlocked, /* maxDepth= */ 40));
          }
          return threads.stream().allMatch(Future::isDone);
        });
    threads.forEach(Deadline::get);
  }

  private AssertionError deadlock(ThreadInfo[] threads) {
    StringBuilder text = new StringBuilder("deadlock after " + callbacks + " callbacks:\n");
    for (ThreadInfo thread : threads) {
      text.append(thread.getThreadName()).append(" waits for ").append(thread.getLockName());
      Arrays.stream(thread.getStackTrace()).forEach(frame -> text.append("\n    ").append(frame));
      text.append('\n');
    }
    return new AssertionError(text.toString());
  }

  @FunctionalInterface
  private interface Interruptible {
    void run() throws InterruptedException;
  }
}
