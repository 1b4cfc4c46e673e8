package io.weir.internal.log;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OncePerMinuteTest {

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // overflows soon
  private final OncePerMinute limit = new OncePerMinute(now::get);

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  @Test
  void a_message_is_due_again_after_a_minute() {
    assertTrue(limit.isDue("message"));
    pass(Duration.ofSeconds(60).minusNanos(1));
    assertFalse(limit.isDue("message"));
    pass(Duration.ofNanos(1));
    assertTrue(limit.isDue("message"));
    assertFalse(limit.isDue("message"));
  }

  @Test
  void messages_do_not_limit_each_other() {
    assertTrue(limit.isDue("one"));
    assertTrue(limit.isDue("another"));
    assertFalse(limit.isDue("one"));
  }

  @Test
  void a_peer_that_varies_a_message_gets_only_some_of_them_logged() {
    for (int i = 0; i < 64; i++) {
      assertTrue(limit.isDue("message " + i));
    }
    assertFalse(limit.isDue("message 64"));
    assertFalse(limit.isDue("message 0"));

    pass(Duration.ofMinutes(1));
    assertTrue(limit.isDue("message 64"));
  }
}
