package io.weir.internal.concurrent;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.Threads;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What many share is called at every depth of a recursion, until the stack is full, and works
 * afterwards. An executor of the JDK does not: its lock stays locked when the stack ends in it.
 */
@Tag(Multiplicity.TAG)
class FullStackTest {

  private static final int ROUNDS = Multiplicity.rounds(50);
  private static final int MAX_REFUSALS = 8;
  private static final long STACK_BYTES = 256 * 1024;
  private static final Duration SOON = Duration.ofNanos(1);
  private static final Duration LATE = Duration.ofHours(1);

  /** Calls something at every depth, with frames of several sizes. */
  private static final class Recursion implements Runnable {

    private final Runnable call;
    private final Random random;
    private int refusalsLeft;

    Recursion(Runnable call, Random random) {
      this.call = call;
      this.random = random;
      this.refusalsLeft = random.nextInt(MAX_REFUSALS);
    }

    @Override
    public void run() {
      try {
        deeper(random.nextInt(8));
      } catch (StackOverflowError full) {
        // That is what this is for.
      }
    }

    private long deeper(int left) {
      if (left > 0) {
        return 1 + deeper(left - 1);
      }
      int frames = random.nextInt(3);
      try {
        call.run();
      } catch (StackOverflowError refused) {
        if (refusalsLeft-- == 0) { // at the next depth the stack ends elsewhere
          throw refused;
        }
      }
      return 1 + (random.nextBoolean() ? deeper(frames) : larger(frames, 1, 2, 3, 4, 5));
    }

    private long larger(int left, long a, long b, long c, long d, long e) {
      return a + b + c + d + e + deeper(left);
    }
  }

  /** Fills the stack in calls of {@code call}; {@code probe} has a task run afterwards. */
  private static void fill(Runnable call, Consumer<Runnable> probe) throws InterruptedException {
    long seed = Long.getLong("weir.seed", System.nanoTime());
    for (int round = 0; round < ROUNDS; round++) {
      String which = "round " + round + ", seed " + seed;
      AtomicReference<Throwable> escaped = new AtomicReference<>();
      start(new Recursion(call, new Random(seed + round)), escaped, which);
      CountDownLatch ran = new CountDownLatch(1);
      start(() -> probe.accept(ran::countDown), escaped, which);
      Deadline.await(which, () -> ran.getCount() == 0);
      assertNull(escaped.get(), which);
    }
  }

  private static void nothing() {}

  private static void start(Runnable task, AtomicReference<Throwable> escaped, String which)
      throws InterruptedException {
    Thread thread = new Thread(null, task, "deep", STACK_BYTES);
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler((of, error) -> escaped.set(error));
    thread.start();
    thread.join(Deadline.TIME.toMillis());
    assertTrue(!thread.isAlive(), () -> which + ": " + Threads.lastFrames(thread));
  }

  @Test
  void the_pool_for_completions() throws Exception {
    ExecutorService pool = DaemonPool.forCompletions(IoThread.factory("full-stack"), 2);
    CompletionExecutor completions = CompletionExecutor.on(pool);

    fill(() -> completions.run(FullStackTest::nothing), pool::execute);

    pool.shutdown();
  }

  @Test
  void the_pool_for_blocking_calls() throws Exception {
    ExecutorService pool = DaemonPool.forBlockingCalls("full-stack", 2);

    fill(() -> pool.execute(FullStackTest::nothing), pool::execute);

    pool.shutdown();
  }

  @Test
  void a_serial_executor_on_that_pool() throws Exception {
    ExecutorService pool = DaemonPool.forCompletions(IoThread.factory("full-stack"), 2);
    SerialExecutor serial = new SerialExecutor(pool);

    fill(
        () -> {
          Trampoline here = Trampoline.enterCall();
          try {
            serial.run(FullStackTest::nothing);
          } finally {
            here.exit();
          }
        },
        serial::run);

    pool.shutdown();
  }

  @Test
  void timers() throws Exception {
    DaemonTimers timers = new DaemonTimers("full-stack");

    fill(
        () -> timers.schedule(LATE, FullStackTest::nothing).cancel(),
        task -> timers.schedule(SOON, task));

    timers.stop();
  }

  /** Callbacks that a call leaves behind where the stack is full move to that pool. */
  @Test
  void the_common_pool() throws Exception {
    fill(
        () -> {
          Trampoline here = Trampoline.enterCall();
          here.run(FullStackTest::nothing);
          here.exit();
        },
        ForkJoinPool.commonPool()::execute);
  }
}
