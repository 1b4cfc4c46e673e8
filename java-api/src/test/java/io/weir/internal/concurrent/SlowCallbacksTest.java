package io.weir.internal.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Callbacks that keep an I/O thread, in virtual time. */
class SlowCallbacksTest {

  private static final Duration THRESHOLD = Duration.ofSeconds(2);

  private final VirtualTimers clock = new VirtualTimers();
  private final CapturedLog log = new CapturedLog();
  private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  private final Thread thread =
      IoThread.factory("slow-test", new SlowCallbacks(THRESHOLD, clock, Runnable::run))
          .newThread(this::runTasks);

  SlowCallbacksTest() {
    thread.start();
  }

  @AfterEach
  void stop() {
    thread.interrupt();
    log.close();
  }

  private void runTasks() {
    try {
      while (true) {
        Trampoline.current().run(tasks.take());
      }
    } catch (InterruptedException end) {
      // The test has ended.
    }
  }

  /** Runs a callback that returns at once. */
  private void runQuick() {
    tasks.add(() -> {});
    Deadline.await(
        "the callback has returned",
        () -> tasks.isEmpty() && thread.getState() == Thread.State.WAITING);
  }

  /** Starts a callback that blocks until the latch opens. */
  private CountDownLatch block() {
    CountDownLatch latch = new CountDownLatch(1);
    CountDownLatch started = new CountDownLatch(1);
    tasks.add(
        () -> {
          started.countDown();
          await(latch);
        });
    await(started);
    return latch;
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<String> warnings() {
    return log.messages().stream().filter(text -> text.contains("slow-test-1")).toList();
  }

  @Test
  void are_logged_once_with_the_stack_of_the_thread() {
    CountDownLatch latch = block();

    clock.advance(Duration.ofSeconds(4));
    clock.advance(Duration.ofSeconds(100));

    assertEquals(1, warnings().size(), log.messages()::toString);
    LogRecord record = log.records().get(0);
    assertTrue(record.getMessage().contains("2000 ms"), record.getMessage());
    assertTrue(
        Arrays.stream(record.getThrown().getStackTrace())
            .anyMatch(frame -> frame.getClassName().equals(SlowCallbacksTest.class.getName())),
        () -> Arrays.toString(record.getThrown().getStackTrace()));
    latch.countDown();
  }

  @Test
  void are_logged_each_when_there_are_several() {
    for (int i = 1; i <= 3; i++) {
      CountDownLatch latch = block();
      clock.advance(Duration.ofSeconds(4));
      latch.countDown();
      runQuick();

      assertEquals(i, warnings().size(), log.messages()::toString);
    }
  }

  @Test
  void are_not_logged_when_they_return_in_time() {
    for (int i = 0; i < 20; i++) {
      CountDownLatch latch = block();
      clock.advance(Duration.ofMillis(1_900));
      latch.countDown();
      runQuick();
      clock.advance(Duration.ofMillis(100));
    }

    assertEquals(List.of(), warnings());
  }

  @Test
  void are_found_after_a_time_without_callbacks() {
    runQuick();
    clock.advance(Duration.ofMinutes(1));
    assertEquals(0, clock.waiting(), "an idle thread has a timer");

    CountDownLatch latch = block();
    clock.advance(Duration.ofSeconds(4));

    assertEquals(1, warnings().size(), log.messages()::toString);
    latch.countDown();
  }

  @Test
  void are_found_in_the_moment_when_the_watch_falls_asleep() {
    for (int millis = 0; millis <= 4_000; millis += 250) {
      int before = warnings().size();
      runQuick();
      clock.advance(Duration.ofMillis(millis));
      CountDownLatch latch = block();
      clock.advance(Duration.ofSeconds(4));
      assertEquals(before + 1, warnings().size(), millis + " ms: " + log.messages());
      latch.countDown();
      runQuick();
      clock.advance(Duration.ofMinutes(1));
    }
  }

  @Test
  void no_timer_is_left_when_the_thread_is_idle() {
    for (int i = 0; i < 100; i++) {
      runQuick();
      clock.advance(Duration.ofMillis(700));
    }
    assertEquals(1, clock.waiting());

    clock.advance(Duration.ofSeconds(10));

    assertEquals(0, clock.waiting());
    assertEquals(List.of(), warnings());
  }
}
