package io.weir.internal.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.internal.concurrent.Trampoline;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class EventQueueTest {

  private static final int THREADS = 4;
  private static final int EVENTS = 50_000;
  private static final int MANY = 1_000; // events in a row

  private final List<Throwable> failures = new ArrayList<>();
  private final EventQueue events = new EventQueue(failures::add);
  private final List<String> log = new ArrayList<>();

  @Test
  void an_event_runs_inside_the_call_that_posts_it() {
    events.post(() -> log.add("ran"));

    assertEquals(List.of("ran"), log);
  }

  @Test
  void an_event_that_posts_others_does_not_nest_and_they_keep_their_order() {
    events.post(
        () -> {
          events.post(
              () -> {
                events.post(() -> log.add("third"));
                log.add("first");
              });
          events.post(() -> log.add("second"));
          log.add("begin");
        });

    assertEquals(List.of("begin", "first", "second", "third"), log);
  }

  @Test
  void handlers_are_called_when_no_event_is_left_and_in_order() {
    events.post(
        () -> {
          events.notify(() -> log.add("first handler"));
          events.post(() -> events.notify(() -> log.add("second handler")));
          events.post(() -> log.add("event"));
        });

    assertEquals(List.of("event", "first handler", "second handler"), log);
  }

  @Test
  void what_a_handler_posts_runs_behind_the_handlers() {
    events.post(
        () -> {
          events.notify(
              () -> {
                events.post(() -> log.add("posted"));
                log.add("handler");
              });
          events.notify(() -> log.add("another handler"));
        });

    assertEquals(List.of("handler", "another handler", "posted"), log);
  }

  @Test
  void callbacks_run_when_the_queue_is_free_again() {
    events.post(
        () ->
            events.notify(
                () ->
                    Trampoline.current()
                        .run(
                            () -> {
                              assertFalse(Trampoline.isInCall());
                              events.post(() -> log.add("posted by the callback"));
                              log.add("callback");
                            })));

    assertEquals(List.of("posted by the callback", "callback"), log);
  }

  @Test
  void an_event_for_an_idle_queue_runs_with_what_it_posts_and_with_its_handlers() {
    boolean ran =
        events.postIfIdle(
            () -> {
              events.notify(() -> log.add("handler"));
              events.post(() -> log.add("posted"));
              log.add("event");
            });

    assertTrue(ran);
    assertEquals(List.of("event", "posted", "handler"), log);
  }

  @Test
  void an_event_for_an_idle_queue_does_not_run_inside_another_event_or_handler() {
    List<Boolean> ran = new ArrayList<>();
    events.post(
        () -> {
          events.notify(() -> ran.add(events.postIfIdle(() -> log.add("in a handler"))));
          ran.add(events.postIfIdle(() -> log.add("in an event")));
        });

    assertEquals(List.of(false, false), ran);
    assertEquals(List.of(), log);
  }

  @Test
  void an_event_for_an_idle_queue_does_not_wait_for_another_thread() {
    CompletableFuture<Boolean> other = new CompletableFuture<>();
    events.post(
        () -> {
          Tasks.start(() -> other.complete(events.postIfIdle(() -> log.add("outside"))));
          assertFalse(Deadline.get(other));
          events.notify(() -> log.add("handler"));
        });

    assertEquals(List.of("handler"), log);
    assertTrue(failures.isEmpty());
  }

  @Test
  void an_event_of_another_thread_gets_its_turn_among_events_that_handlers_post() {
    assertTurnOfAnotherThread(again -> events.notify(() -> events.post(again)));
  }

  @Test
  void an_event_of_another_thread_gets_its_turn_among_events_that_events_post() {
    assertTurnOfAnotherThread(events::post);
  }

  /** An event posts itself again in some way, until the event of another thread has run. */
  private void assertTurnOfAnotherThread(Consumer<Runnable> repeat) {
    AtomicInteger times = new AtomicInteger();
    AtomicInteger turn = new AtomicInteger();
    Runnable repeated =
        new Runnable() {
          @Override
          public void run() {
            if (times.incrementAndGet() < MANY && turn.get() == 0) {
              repeat.accept(this);
            }
          }
        };
    events.post(
        () -> {
          Deadline.get(Tasks.start(() -> postFromHere(() -> turn.set(times.get()))));
          repeated.run();
        });

    assertTrue(turn.get() < MANY, "after " + turn);
  }

  private Void postFromHere(Runnable event) {
    events.post(event);
    return null;
  }

  @Test
  void an_event_that_fails_is_reported_as_a_part_of_it_and_the_others_run() {
    IllegalStateException bug = new IllegalStateException("a bug");
    events.post(
        () -> {
          events.post(() -> log.add("next"));
          events.notify(() -> log.add("handler"));
          throw bug;
        });
    events.post(() -> log.add("later"));

    assertEquals(List.of("next", "handler", "later"), log);
    assertEquals(List.of(bug), failures);
  }

  @Test
  void events_of_many_threads_run_one_at_a_time_and_none_is_lost() {
    int[] unguarded = new int[2];
    AtomicInteger notified = new AtomicInteger();
    AtomicInteger inside = new AtomicInteger();
    List<Future<Boolean>> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      threads.add(
          Tasks.start(
              () -> {
                for (int n = 0; n < EVENTS; n++) {
                  events.post(
                      () -> {
                        if (inside.incrementAndGet() != 1) {
                          unguarded[1]++;
                        }
                        unguarded[0]++;
                        events.notify(notified::incrementAndGet);
                        inside.decrementAndGet();
                      });
                }
                return true;
              }));
    }
    threads.forEach(Deadline::get);
    Deadline.await("all handlers", () -> notified.get() == THREADS * EVENTS);

    events.post(() -> log.add(unguarded[0] + " " + unguarded[1]));
    assertEquals(List.of(THREADS * EVENTS + " 0"), log);
    assertTrue(failures.isEmpty());
  }
}
