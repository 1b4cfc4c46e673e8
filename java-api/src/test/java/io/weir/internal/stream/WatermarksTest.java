package io.weir.internal.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.WriteLimits;
import io.weir.internal.concurrent.StreamFuture;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatermarksTest {

  private final Watermarks watermarks = new Watermarks();

  /** From each flow, what a size does: to the low mark of 10, the high one of 20 and beyond. */
  @ParameterizedTest
  @CsvSource({
    "flowing, grown,  20, flowing",
    "flowing, grown,  21, paused",
    "flowing, shrunk, 21, flowing", // only what is added pauses
    "flowing, shrunk,  0, flowing",
    "paused,  grown,  21, paused",
    "paused,  grown,   5, paused", // only what is written resumes
    "paused,  shrunk, 20, paused",
    "paused,  shrunk, 11, paused",
    "paused,  shrunk, 10, flowing",
    "paused,  shrunk,  0, flowing"
  })
  void writers_pause_above_the_high_mark_and_resume_at_the_low_one(
      String before, String event, long size, String after) {
    watermarks.limits(new WriteLimits(10, 20), 0);
    if (before.equals("paused")) {
      watermarks.grown(21);
    }

    if (event.equals("grown")) {
      watermarks.grown(size);
    } else {
      watermarks.shrunk(size);
    }

    assertEquals(after.equals("paused"), watermarks.isPaused());
  }

  @Test
  void the_drains_that_wait_are_given_back_once_when_the_low_mark_is_reached() {
    watermarks.limits(new WriteLimits(10, 20), 21);
    StreamFuture<Void> first = watermarks.addDrain(this);
    StreamFuture<Void> second = watermarks.addDrain(this);

    assertEquals(List.of(), watermarks.shrunk(11));
    assertEquals(List.of(first, second), watermarks.shrunk(10));
    assertEquals(List.of(), watermarks.shrunk(0));
    assertEquals(List.of(), watermarks.removeDrains());
  }

  @Test
  void lower_marks_pause_writers_at_once_and_higher_ones_do_not_resume_them() {
    watermarks.limits(new WriteLimits(1, 2), 3);
    assertTrue(watermarks.isPaused());

    watermarks.limits(new WriteLimits(100, 200), 3);
    assertTrue(watermarks.isPaused());

    watermarks.shrunk(3);
    assertFalse(watermarks.isPaused());
  }

  @Test
  void with_a_high_mark_of_0_one_byte_pauses_and_none_resumes() {
    watermarks.limits(WriteLimits.ofHigh(0), 0);
    assertFalse(watermarks.isPaused());

    watermarks.grown(1);
    assertTrue(watermarks.isPaused());
    watermarks.shrunk(0);
    assertFalse(watermarks.isPaused());
  }
}
