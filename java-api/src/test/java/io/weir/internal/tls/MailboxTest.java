package io.weir.internal.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MailboxTest {

  private static final Object SOMEBODY = "somebody";
  private static final Object CALLER = "the caller";
  private static final int THREADS = 4;
  private static final int EVENTS = 50_000;

  private final List<Throwable> failures = new ArrayList<>();
  private final List<Runnable> handedOver = new ArrayList<>();
  private Executor elsewhere = handedOver::add;
  private final Mailbox mailbox = new Mailbox(failures::add, task -> elsewhere.execute(task));
  private final List<String> log = new ArrayList<>();

  @Test
  void an_event_runs_inside_the_call_that_posts_it() {
    mailbox.post(() -> log.add("ran"));

    assertEquals(List.of("ran"), log);
  }

  @Test
  void an_event_that_posts_others_does_not_nest_and_they_keep_their_order() {
    mailbox.post(
        () -> {
          mailbox.post(
              () -> {
                mailbox.post(() -> log.add("third"));
                log.add("first");
              });
          mailbox.post(() -> log.add("second"));
          log.add("begin");
        });

    assertEquals(List.of("begin", "first", "second", "third"), log);
  }

  @Test
  void who_is_told_is_told_when_no_event_is_left_and_in_order() {
    mailbox.post(
        () -> {
          mailbox.tell(SOMEBODY, () -> log.add("told first"));
          mailbox.post(() -> mailbox.tell(SOMEBODY, () -> log.add("told second")));
          mailbox.post(() -> log.add("event"));
        });

    assertEquals(List.of("event", "told first", "told second"), log);
  }

  @Test
  void who_is_told_can_post_and_what_it_posts_runs_at_once() {
    mailbox.post(
        () -> {
          mailbox.tell(
              SOMEBODY,
              () -> {
                mailbox.post(() -> log.add("posted"));
                log.add("told");
              });
          mailbox.tell(SOMEBODY, () -> log.add("told as well"));
        });

    assertEquals(List.of("posted", "told", "told as well"), log);
  }

  @Test
  void while_somebody_is_told_others_can_post() {
    CountDownLatch telling = new CountDownLatch(1);
    CountDownLatch posted = new CountDownLatch(1);
    Future<Boolean> told =
        Tasks.start(
            () -> {
              mailbox.post(
                  () ->
                      mailbox.tell(
                          SOMEBODY,
                          () -> {
                            telling.countDown();
                            await(posted);
                          }));
              return true;
            });
    await(telling);
    mailbox.post(() -> log.add("meanwhile"));
    assertEquals(List.of("meanwhile"), log);
    posted.countDown();

    assertTrue(Deadline.get(told));
  }

  private void tellBoth() {
    mailbox.tell(CALLER, () -> log.add("the caller"));
    mailbox.tell(SOMEBODY, () -> log.add("somebody"));
  }

  @Test
  void in_a_call_the_one_who_calls_is_told_here() {
    mailbox.post(() -> mailbox.tell(CALLER, () -> log.add("the caller")), CALLER);

    assertEquals(List.of("the caller"), log);
    assertEquals(List.of(), handedOver);
  }

  @Test
  void in_a_call_others_are_told_elsewhere_and_with_them_the_one_who_calls() {
    mailbox.post(this::tellBoth, CALLER);
    assertEquals(List.of(), log);
    handedOver.forEach(Runnable::run);

    assertEquals(List.of("the caller", "somebody"), log);
  }

  @Test
  void in_a_call_others_are_told_elsewhere_also_of_what_another_thread_has_posted() {
    mailbox.post(
        () ->
            Deadline.get(
                Tasks.start(
                    () -> {
                      mailbox.post(this::tellBoth);
                      return true;
                    })),
        CALLER);

    assertEquals(List.of(), log);
    assertEquals(1, handedOver.size());
  }

  @Test
  void who_is_to_be_told_while_others_are_told_elsewhere_is_told_behind_them() {
    mailbox.post(this::tellBoth, CALLER);
    mailbox.post(() -> mailbox.tell(SOMEBODY, () -> log.add("somebody once more")));
    mailbox.post(
        () ->
            mailbox.tell(
                CALLER,
                () -> {
                  log.add("the caller once more");
                  mailbox.post(() -> mailbox.tell(SOMEBODY, () -> log.add("at last")));
                }),
        CALLER);
    assertEquals(List.of(), log);
    assertEquals(1, handedOver.size());
    handedOver.forEach(Runnable::run);
    assertEquals(
        List.of("the caller", "somebody", "somebody once more", "the caller once more", "at last"),
        log);

    mailbox.post(() -> mailbox.tell(SOMEBODY, () -> log.add("here again")));
    assertEquals("here again", log.get(log.size() - 1));
  }

  @Test
  void in_nobodys_call_everybody_is_told_here_also_of_what_is_posted_in_a_call() {
    mailbox.post(() -> mailbox.post(this::tellBoth, CALLER));

    assertEquals(List.of("the caller", "somebody"), log);
    assertEquals(List.of(), handedOver);
  }

  @Test
  void who_cannot_be_told_elsewhere_is_told_here() {
    elsewhere =
        refused -> {
          throw new RejectedExecutionException("in a test");
        };
    mailbox.post(this::tellBoth, CALLER);

    assertEquals(List.of("the caller", "somebody"), log);
  }

  private static void await(CountDownLatch latch) {
    Deadline.await("the latch", () -> latch.getCount() == 0);
  }

  @Test
  void an_event_that_fails_is_reported_as_a_part_of_it_and_the_others_run() {
    IllegalStateException bug = new IllegalStateException("a bug");
    mailbox.post(
        () -> {
          mailbox.post(() -> log.add("next"));
          mailbox.tell(SOMEBODY, () -> log.add("told"));
          throw bug;
        });
    mailbox.post(() -> log.add("later"));

    assertEquals(List.of("next", "told", "later"), log);
    assertEquals(List.of(bug), failures);
  }

  @Test
  void events_of_many_threads_run_one_at_a_time_and_none_is_lost() {
    int[] unguarded = new int[2];
    AtomicInteger told = new AtomicInteger();
    AtomicInteger inside = new AtomicInteger();
    List<Future<Boolean>> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      threads.add(
          Tasks.start(
              () -> {
                for (int n = 0; n < EVENTS; n++) {
                  mailbox.post(
                      () -> {
                        if (inside.incrementAndGet() != 1) {
                          unguarded[1]++;
                        }
                        unguarded[0]++;
                        mailbox.tell(SOMEBODY, told::incrementAndGet);
                        inside.decrementAndGet();
                      });
                }
                return true;
              }));
    }
    threads.forEach(Deadline::get);

    mailbox.post(() -> log.add(unguarded[0] + " " + unguarded[1]));
    assertEquals(List.of(THREADS * EVENTS + " 0"), log);
    Deadline.await("all are told", () -> told.get() == THREADS * EVENTS);
    assertFalse(failures.stream().findAny().isPresent());
  }
}
