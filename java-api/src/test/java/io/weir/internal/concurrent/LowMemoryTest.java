package io.weir.internal.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class LowMemoryTest {

  private int attempts;

  private void succeedAt(int attempt, Throwable failure) throws Throwable {
    if (++attempts < attempt) {
      throw failure;
    }
  }

  @Test
  void a_step_that_succeeds_runs_once() {
    assertTrue(LowMemory.retry(() -> succeedAt(1, new OutOfMemoryError())));
    assertEquals(1, attempts);
  }

  @Test
  void a_step_that_fails_runs_again_until_it_succeeds() {
    assertTrue(LowMemory.retry(() -> succeedAt(10, new OutOfMemoryError("injected"))));
    assertEquals(10, attempts);
  }

  @Test
  void a_step_that_always_fails_runs_ten_times_and_nothing_is_thrown() {
    assertFalse(LowMemory.retry(() -> succeedAt(11, new IOException("injected"))));
    assertEquals(10, attempts);
  }

  @Test
  void a_step_that_has_to_succeed_runs_for_as_long_as_it_takes() {
    LowMemory.retryUntilDone(() -> succeedAt(25, new StackOverflowError("injected")), 0);
    assertEquals(25, attempts);
  }
}
