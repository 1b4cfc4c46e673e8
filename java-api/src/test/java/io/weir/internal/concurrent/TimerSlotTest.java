package io.weir.internal.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class TimerSlotTest {

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final int ROUNDS = 2000;

  private final VirtualTimers timers = new VirtualTimers();
  private Timers scheduling = timers; // what a test may replace
  private final TimerSlot slot =
      new TimerSlot(
          new Timers() {
            @Override
            public Timeout schedule(Duration delay, Runnable task) {
              return scheduling.schedule(delay, task);
            }

            @Override
            public long nanoTime() {
              return scheduling.nanoTime();
            }
          });
  private final List<String> fired = new ArrayList<>();

  @Test
  void a_timer_that_is_started_replaces_the_one_before() {
    slot.start(SECOND, () -> fired.add("first"));
    slot.start(SECOND, () -> fired.add("second"));
    assertEquals(1, timers.waiting());

    timers.advance(SECOND);

    assertEquals(List.of("second"), fired);
  }

  @Test
  void a_timer_that_is_cancelled_does_not_fire_and_another_can_be_started() {
    slot.start(SECOND, () -> fired.add("first"));
    slot.cancel();
    assertEquals(0, timers.waiting());
    slot.start(SECOND, () -> fired.add("second"));

    timers.advance(SECOND);

    assertEquals(List.of("second"), fired);
  }

  @Test
  void a_slot_that_is_closed_starts_no_timer() {
    slot.start(SECOND, () -> fired.add("before"));
    slot.close();
    slot.start(SECOND, () -> fired.add("after"));
    slot.cancel();
    slot.close();

    assertTrue(slot.isClosed());
    assertEquals(0, timers.waiting());
    timers.advance(SECOND);
    assertEquals(List.of(), fired);
  }

  @Test
  void a_timer_whose_slot_is_closed_while_it_is_scheduled_is_cancelled() {
    scheduling =
        new Timers() {
          @Override
          public Timeout schedule(Duration delay, Runnable task) {
            Timeout scheduled = timers.schedule(delay, task);
            slot.close();
            return scheduled;
          }

          @Override
          public long nanoTime() {
            return timers.nanoTime();
          }
        };

    slot.start(SECOND, () -> fired.add("late"));

    assertEquals(0, timers.waiting());
  }

  @Test
  void a_timer_can_start_the_next_when_it_fires() {
    slot.start(SECOND, () -> slot.start(SECOND, () -> fired.add("second")));

    timers.advance(SECOND);
    assertEquals(1, timers.waiting());
    timers.advance(SECOND);

    assertEquals(List.of("second"), fired);
  }

  @Test
  void an_error_while_a_timer_is_scheduled_leaves_the_one_before() {
    slot.start(SECOND, () -> fired.add("before"));
    scheduling =
        new Timers() {
          @Override
          public Timeout schedule(Duration delay, Runnable task) {
            throw new StackOverflowError("injected");
          }

          @Override
          public long nanoTime() {
            return 0;
          }
        };
    try {
      slot.start(SECOND, () -> fired.add("never"));
    } catch (StackOverflowError injected) {
      fired.add("error");
    }

    timers.advance(SECOND);

    assertEquals(List.of("error", "before"), fired);
  }

  @Test
  void threads_that_start_cancel_and_close_at_once_leave_no_timer_behind() {
    for (int round = 0; round < ROUNDS; round++) {
      TimerSlot raced = new TimerSlot(timers);
      CountDownLatch go = new CountDownLatch(1);
      List<Future<Boolean>> all = new ArrayList<>();
      if (round % 20 == 0) {
        all.add(at(go, () -> raced.start(SECOND, () -> {})));
        all.add(at(go, () -> raced.start(SECOND, () -> {})));
        all.add(at(go, raced::cancel));
        all.add(at(go, raced::close));
      } else { // cheap: two threads
        all.add(at(go, raced::close));
        go.countDown();
        raced.start(SECOND, () -> {});
      }
      go.countDown();
      all.forEach(Deadline::get);

      assertTrue(raced.isClosed());
      assertEquals(0, timers.waiting(), "round " + round);
    }
  }

  @Test
  void threads_that_start_timers_at_once_leave_one() {
    for (int round = 0; round < 100; round++) {
      TimerSlot raced = new TimerSlot(timers);
      CountDownLatch go = new CountDownLatch(1);
      List<Future<Boolean>> all = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        all.add(at(go, () -> raced.start(SECOND, () -> {})));
      }
      go.countDown();
      all.forEach(Deadline::get);

      assertEquals(1, timers.waiting(), "round " + round);
      raced.cancel();
      assertEquals(0, timers.waiting(), "round " + round);
      assertFalse(raced.isClosed());
    }
  }

  private static Future<Boolean> at(CountDownLatch go, Runnable action) {
    return Tasks.start(
        () -> {
          go.await();
          action.run();
          return true;
        });
  }
}
