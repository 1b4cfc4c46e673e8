package io.weir.internal.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class TrampolineTest {

  private final List<String> seen = new ArrayList<>();
  private final Trampoline here = Trampoline.current();

  private Runnable note(String text) {
    return () -> seen.add(text);
  }

  @Test
  void a_callback_found_in_a_call_runs_when_the_outermost_call_returns() {
    Trampoline.enterCall();
    Trampoline.enterEvent();
    here.run(note("callback"));
    here.exit();
    seen.add("inner call has returned");
    here.exit();

    assertEquals(List.of("inner call has returned", "callback"), seen);
  }

  @Test
  void a_callback_found_outside_of_calls_runs_at_once() {
    here.run(note("callback"));

    assertEquals(List.of("callback"), seen);
  }

  @Test
  void callbacks_run_in_order_and_do_not_nest() {
    here.run(
        () -> {
          here.run(note("third"));
          Trampoline.enterCall();
          here.run(note("fourth"));
          here.exit();
          seen.add("first");
          here.run(note("fifth"));
          seen.add("second");
        });

    assertEquals(List.of("first", "second", "third", "fourth", "fifth"), seen);
  }

  @Test
  void a_task_for_when_idle_runs_behind_all_callbacks_also_those_that_are_found_by_them() {
    here.run(
        () -> {
          here.whenIdle(note("idle"));
          here.run(() -> here.run(note("last callback")));
        });

    assertEquals(List.of("last callback", "idle"), seen);
  }

  @Test
  void a_task_for_when_idle_that_finds_callbacks_has_them_run() {
    here.run(() -> here.whenIdle(() -> here.run(note("found when idle"))));

    assertEquals(List.of("found when idle"), seen);
  }

  @Test
  void thirty_two_futures_in_a_row_are_returned_completed_and_the_next_is_not() {
    here.run(
        () -> {
          for (int i = 0; i < 32; i++) {
            assertTrue(here.mayCompleteNow(), "number " + i);
          }
          assertFalse(here.mayCompleteNow());
          assertFalse(here.mayCompleteNow());
          here.run(() -> seen.add("next callback: " + here.mayCompleteNow()));
        });

    assertEquals(List.of("next callback: true"), seen);
  }

  @Test
  void outside_of_callbacks_every_thirty_third_is_completed_elsewhere() {
    here.isIterating();
    int elsewhere = 0;
    for (int i = 0; i < 330; i++) {
      elsewhere += here.mayCompleteNow() ? 0 : 1;
    }

    assertEquals(10, elsewhere);
  }

  @Test
  void who_looks_at_the_results_in_a_loop_is_not_counted() {
    here.run(
        () -> {
          StreamFuture<String> future = StreamFuture.completed("x");
          for (int i = 0; i < 1000; i++) {
            assertTrue(here.mayCompleteNow());
            assertTrue(future.isDone());
          }
        });
    assertFalse(here.isRunning());
  }

  @Test
  void a_callback_that_throws_an_error_is_logged_and_the_next_one_runs() {
    try (CapturedLog log = new CapturedLog()) {
      Trampoline.enterCall();
      here.run(
          () -> {
            throw new StackOverflowError("injected");
          });
      here.run(note("next"));
      here.exit();

      assertEquals(List.of("next"), seen);
      assertEquals(1, log.records().size());
    }
    assertFalse(here.isRunning());
    assertFalse(Trampoline.isInCall());
  }

  @Test
  void a_thread_of_an_event_loop_yields_to_it_after_64_callbacks() {
    ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    Future<List<Integer>> turns =
        Tasks.start(
            () -> {
              Trampoline loops = Trampoline.current();
              Trampoline.yieldTo(tasks::add);
              int[] ran = new int[1];
              List<Integer> inTurn = new ArrayList<>();
              Trampoline.enterEvent();
              for (int i = 0; i < 150; i++) {
                loops.run(() -> ran[0]++);
              }
              loops.exit();
              inTurn.add(ran[0]);
              while (!tasks.isEmpty()) {
                tasks.poll().run();
                inTurn.add(ran[0]);
              }
              return inTurn;
            });

    assertEquals(List.of(64, 128, 150), Deadline.get(turns));
  }

  @Test
  void a_thread_whose_event_loop_takes_no_task_runs_all_callbacks_at_once() {
    Future<Integer> all =
        Tasks.start(
            () -> {
              Trampoline loops = Trampoline.current();
              Trampoline.yieldTo(
                  task -> {
                    throw new OutOfMemoryError("injected");
                  });
              int[] ran = new int[1];
              Trampoline.enterEvent();
              for (int i = 0; i < 150; i++) {
                loops.run(() -> ran[0]++);
              }
              loops.exit();
              return ran[0];
            });

    assertEquals(150, Deadline.get(all));
  }

  @Test
  void another_thread_that_does_not_yield_runs_all_callbacks_in_one_go() {
    Trampoline.enterCall();
    for (int i = 0; i < 1000; i++) {
      here.run(note("x"));
    }
    here.exit();

    assertEquals(1000, seen.size());
  }

  @Test
  void a_call_inside_a_callback_on_an_executor_that_runs_in_the_caller_completes_inside_it() {
    Trampoline.enterCall();
    here.runOnExecutor(
        () -> {
          here.run(note("found in the callback"));
          seen.add("callback");
        });
    assertTrue(Trampoline.isInCall());
    here.exit();

    assertEquals(List.of("callback", "found in the callback"), seen);
  }

  @Test
  void what_is_pending_is_completed_before_a_callback_on_an_executor_blocks() {
    here.runOnExecutor(
        () -> {
          here.run(note("pending"));
          here.runBeforeBlocking();
          seen.add("blocks");
        });

    assertEquals(List.of("pending", "blocks"), seen);
  }

  @Test
  void every_thread_has_its_own() {
    assertSame(here, Trampoline.current());
    assertNotSame(here, Deadline.get(Tasks.start(Trampoline::current)));
  }

  @Test
  void a_thread_that_has_called_the_library_does_not_keep_its_trampoline_and_so_not_its_class() {
    CountDownLatch used = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    List<WeakReference<Trampoline>> references = Collections.synchronizedList(new ArrayList<>());
    Future<Boolean> thread =
        Tasks.start(
            () -> {
              references.add(new WeakReference<>(Trampoline.enterCall()));
              Trampoline.current().exit();
              used.countDown();
              return end.await(Deadline.LIMIT_SECONDS, java.util.concurrent.TimeUnit.SECONDS);
            });
    Deadline.await("it has called", () -> used.getCount() == 0);

    Deadline.await(
        "the trampoline is collected",
        () -> {
          System.gc();
          return references.get(0).get() == null;
        });

    assertNull(references.get(0).get());
    end.countDown();
    assertTrue(Deadline.get(thread));
  }
}
