package io.weir.internal.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SerialExecutorTest {

  private static final int THREADS = 4;
  private static final int EACH = 2000;

  private final ExecutorService pool = Executors.newFixedThreadPool(THREADS);
  private final SerialExecutor serial = new SerialExecutor(pool);

  @AfterEach
  void end_the_threads() {
    pool.shutdownNow();
  }

  @Test
  void completions_of_many_threads_run_one_at_a_time_and_each_threads_in_its_order() {
    List<List<Integer>> seen = new ArrayList<>();
    AtomicInteger running = new AtomicInteger();
    AtomicInteger together = new AtomicInteger();
    CountDownLatch all = new CountDownLatch(THREADS * EACH);
    List<Future<Boolean>> callers = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      List<Integer> mine = new ArrayList<>(); // only touched by completions, one at a time
      seen.add(mine);
      callers.add(
          Tasks.start(
              () -> {
                for (int i = 0; i < EACH; i++) {
                  int number = i;
                  serial.run(
                      () -> {
                        together.accumulateAndGet(running.incrementAndGet(), Math::max);
                        mine.add(number);
                        running.decrementAndGet();
                        all.countDown();
                      });
                }
                return true;
              }));
    }
    callers.forEach(Deadline::get);
    Deadline.await("all have run", () -> all.getCount() == 0);

    assertEquals(1, together.get());
    for (List<Integer> mine : seen) {
      assertEquals(EACH, mine.size());
      for (int i = 0; i < EACH; i++) {
        assertEquals(i, mine.get(i));
      }
    }
  }

  @Test
  void a_completion_found_in_a_call_runs_on_the_executor() {
    CompletableFuture<Thread> ranOn = new CompletableFuture<>();
    Trampoline here = Trampoline.enterCall();
    try {
      serial.run(() -> ranOn.complete(Thread.currentThread()));
    } finally {
      here.exit();
    }

    assertNotEquals(Thread.currentThread(), Deadline.get(ranOn));
  }

  @Test
  void a_completion_found_in_an_event_runs_on_the_thread_of_the_event_and_behind_it() {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    Thread thread = Thread.currentThread();
    Trampoline here = Trampoline.enterEvent();
    try {
      serial.run(
          () -> order.add("completion on its thread: " + (Thread.currentThread() == thread)));
      order.add("event");
    } finally {
      here.exit();
    }

    assertEquals(List.of("event", "completion on its thread: true"), order);
  }

  @Test
  void a_completion_that_fails_does_not_keep_the_next_from_running() {
    try (CapturedLog log = new CapturedLog()) {
      CompletableFuture<Void> next = new CompletableFuture<>();
      serial.run(
          () -> {
            throw new StackOverflowError("injected");
          });
      serial.run(() -> next.complete(null));

      Deadline.get(next);
      assertEquals(1, log.records().size());
    }
  }

  @Test
  void a_completion_found_in_a_completion_runs_behind_it() {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    CompletableFuture<Void> done = new CompletableFuture<>();
    serial.run(
        () -> {
          serial.run(
              () -> {
                order.add("inner");
                done.complete(null);
              });
          order.add("outer");
        });

    Deadline.get(done);
    assertEquals(List.of("outer", "inner"), order);
  }

  @Test
  void an_executor_that_rejects_leaves_no_completion_behind() {
    pool.shutdown();
    CompletableFuture<Boolean> inCall = new CompletableFuture<>();
    Trampoline here = Trampoline.enterCall();
    try {
      serial.run(() -> inCall.complete(Trampoline.isInCall()));
      assertFalse(inCall.isDone());
    } finally {
      here.exit();
    }

    assertTrue(inCall.isDone());
    assertFalse(Deadline.get(inCall), "it runs when the call has returned");
  }
}
