package io.weir.internal.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.internal.concurrent.VirtualTimers;
import io.weir.testing.CapturedLog;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How often a program is warned of connections that it lost. */
class LostConnectionsTest {

  private final VirtualTimers timers = new VirtualTimers();
  private final LostConnections lost = new LostConnections("lost", timers);

  @Test
  void the_first_is_named_and_the_others_of_each_minute_are_counted() {
    try (CapturedLog log = new CapturedLog()) {
      lost.warn(() -> "a");
      lost.warn(() -> "b");
      lost.warn(() -> "c");
      assertEquals(
          List.of("closing a connection that the program dropped without closing it: a"),
          log.messages());
      timers.advance(Duration.ofMinutes(1));
      assertEquals(
          "closed 2 more connections that the program dropped without closing them, since the"
              + " last such message",
          log.messages().get(1));
      lost.warn(() -> "d");
      assertEquals(2, log.messages().size());
      timers.advance(Duration.ofMinutes(1));
      assertEquals(3, log.messages().size());
      timers.advance(Duration.ofMinutes(2));
      assertEquals(3, log.messages().size());
      assertEquals(0, timers.waiting());

      lost.warn(() -> "e");
      assertEquals(
          "closing a connection that the program dropped without closing it: e",
          log.messages().get(3));
    }
  }

  @Test
  void those_that_are_only_counted_are_logged_when_the_runtime_closes() {
    try (CapturedLog log = new CapturedLog()) {
      lost.warn(() -> "a");
      lost.warn(() -> "b");
      lost.stop();

      assertEquals(2, log.messages().size(), log.messages()::toString);
    }
  }
}
