package io.weir.internal.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

class FreeListTest {

  private final FreeList<String> free = new FreeList<>(2);

  @Test
  void an_empty_list_has_no_object() {
    assertNull(free.poll());
  }

  @Test
  void what_was_added_last_is_taken_first_because_it_is_in_the_cache() {
    free.offer("first");
    free.offer("second");

    assertEquals("second", free.poll());
    assertEquals("first", free.poll());
    assertNull(free.poll());
  }

  @Test
  void a_full_list_keeps_what_it_has() {
    free.offer("first");
    free.offer("second");
    free.offer("third");

    assertEquals("second", free.poll());
    assertEquals("first", free.poll());
    assertNull(free.poll());
  }
}
