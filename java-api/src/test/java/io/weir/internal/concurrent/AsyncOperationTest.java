package io.weir.internal.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class AsyncOperationTest {

  private final AsyncOperation<Integer> operation = new AsyncOperation<>();

  private boolean completedByAnotherThread(int value) {
    return Deadline.get(Tasks.start(() -> operation.completed(value, null)));
  }

  @Test
  void one_that_completes_inside_the_call_that_starts_it_is_handled_by_the_starter() {
    operation.start();
    assertFalse(operation.isIdle());
    assertFalse(operation.completed(5, null), "the starter handles it");
    assertTrue(operation.started());

    assertTrue(operation.isHandling());
    assertEquals(5, operation.result());
    operation.finish();
    assertTrue(operation.isIdle());
    assertNull(operation.result());
  }

  @Test
  void one_that_completes_later_is_handled_where_it_completes() {
    operation.start();
    assertFalse(operation.started());
    assertFalse(operation.isIdle());

    assertTrue(operation.completed(5, null));

    assertTrue(operation.isHandling());
    assertEquals(5, operation.result());
  }

  @Test
  void one_that_another_thread_completes_inside_the_call_is_handled_by_that_thread() {
    operation.start();
    assertTrue(completedByAnotherThread(5));

    assertFalse(operation.started(), "the starter has nothing to do");
    assertTrue(operation.isHandling());
    assertEquals(5, operation.result());
  }

  @Test
  void one_that_another_thread_has_completed_and_started_again_is_not_the_starters_any_more() {
    operation.start();
    Deadline.get(
        Tasks.start(
            () -> {
              operation.completed(5, null);
              operation.finish();
              operation.start();
              return true;
            }));

    assertFalse(operation.started());
    assertFalse(operation.isIdle());
    assertTrue(operation.completed(6, null), "by a thread that has not started it");
    assertEquals(6, operation.result());
  }

  @Test
  void one_that_another_thread_has_completed_and_handled_stays_idle_when_the_call_returns() {
    operation.start();
    Deadline.get(
        Tasks.start(
            () -> {
              operation.completed(5, null);
              operation.finish();
              return true;
            }));

    assertFalse(operation.started());
    assertTrue(operation.isIdle());
  }

  @Test
  void a_failure_is_known_until_it_has_been_handled() {
    IOException failure = new IOException("reset");
    operation.start();
    operation.started();
    operation.completed(null, failure);
    assertEquals(failure, operation.failure());
    assertNull(operation.result());

    operation.finish();

    assertNull(operation.failure());
  }

  @Test
  void operations_that_complete_inside_make_a_loop_and_no_recursion() {
    int handled = 0;
    for (int i = 0; i < 100_000; i++) {
      operation.start();
      operation.completed(i, null);
      if (operation.started()) {
        handled++;
        operation.finish();
      }
    }

    assertEquals(100_000, handled);
  }
}
