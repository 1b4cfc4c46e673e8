package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectOptions;
import io.weir.ConnectionLostException;
import io.weir.Decoder;
import io.weir.Decoders;
import io.weir.IncompleteReadException;
import io.weir.LengthPrefix;
import io.weir.StreamReader;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Values of a reader for subscribers; {@link ReactiveStreamsTckTest} has the rules. */
class ReaderPublisherTest {

  private static final int MANY = 1_000_000;

  /** Keeps what is signalled, and requests so many values at the start and with each value. */
  private static class Recorder implements Flow.Subscriber<String> {

    final List<String> values = new CopyOnWriteArrayList<>();
    final List<Thread> threads = new CopyOnWriteArrayList<>();
    final CompletableFuture<Void> end = new CompletableFuture<>();
    volatile Flow.Subscription subscription;
    private final long first;
    private final long more;

    Recorder(long first, long more) {
      this.first = first;
      this.more = more;
    }

    private void request(long count) {
      threads.add(Thread.currentThread());
      if (count > 0) {
        subscription.request(count);
      }
    }

    @Override
    public void onSubscribe(Flow.Subscription made) {
      subscription = made;
      request(first);
    }

    @Override
    public void onNext(String value) {
      values.add(value);
      request(more);
    }

    @Override
    public void onError(Throwable error) {
      threads.add(Thread.currentThread());
      end.completeExceptionally(error);
    }

    @Override
    public void onComplete() {
      threads.add(Thread.currentThread());
      end.complete(null);
    }
  }

  private static Recorder subscribe(Flow.Publisher<String> publisher, long first, long more) {
    Recorder recorder = new Recorder(first, more);
    publisher.subscribe(recorder);
    return recorder;
  }

  private final StreamReader reader = StreamReader.handFed(10);
  private final Flow.Publisher<String> lines = reader.asPublisher(Decoders.textLine());

  @Test
  void values_are_read_as_they_are_requested() {
    reader.feedData(bytes("one\ntwo\nthree\nfour"));
    Recorder recorder = subscribe(lines, 0, 0);
    assertEquals(List.of(), recorder.values);
    recorder.subscription.request(1);
    assertEquals(List.of("one"), recorder.values);
    recorder.subscription.request(3);
    assertEquals(List.of("one", "two", "three"), recorder.values);
    assertFalse(recorder.end.isDone());
    reader.feedEof();
    assertEquals(List.of("one", "two", "three", "four"), recorder.values);
    recorder.subscription.request(1);

    Deadline.get(recorder.end);
  }

  @Test
  void the_signals_come_on_the_thread_on_which_reads_complete() {
    try (ConnectedPair pair = ConnectedPair.open()) {
      pair.peer().send("early\n");
      Deadline.get(pair.reader().whenReady(Decoders.textLine()));
      Recorder recorder = subscribe(pair.reader().asPublisher(Decoders.textLine()), 1, 1);
      Deadline.await("the early line", () -> !recorder.values.isEmpty());
      pair.peer().send("late\n");
      pair.peer().shutdownOutput();
      Deadline.get(recorder.end);

      assertEquals(List.of("early", "late"), recorder.values);
      assertEquals(1, recorder.threads.stream().distinct().count(), recorder.threads::toString);
      assertFalse(recorder.threads.contains(Thread.currentThread()));
    }
  }

  @Test
  void a_cancelled_subscription_takes_nothing_and_another_may_follow() {
    Recorder recorder = subscribe(lines, 2, 0);
    reader.feedData(bytes("one\ntw"));
    recorder.subscription.cancel();
    reader.feedData(bytes("o\nthree\n"));
    assertEquals(List.of("one"), recorder.values);

    assertEquals("two", Deadline.get(reader.read(Decoders.textLine())));
    assertEquals(List.of("three"), subscribe(lines, 1, 1).values);
  }

  @Test
  void the_next_subscriber_may_come_while_the_last_value_of_the_one_before_is_signalled() {
    Recorder second = new Recorder(1, 1);
    reader.feedData(bytes("one\ntwo\n"));
    lines.subscribe(
        new Recorder(10, 0) {
          @Override
          public void onNext(String value) {
            subscription.cancel();
            lines.subscribe(second);
          }
        });

    assertEquals(List.of("two"), second.values);
  }

  @Test
  void the_next_subscription_starts_when_the_cancelled_one_is_left_also_on_several_threads() {
    ExecutorService executor = Executors.newFixedThreadPool(2);
    List<String> events = new CopyOnWriteArrayList<>();
    try (ConnectedPair pair =
        ConnectedPair.open(ConnectOptions.DEFAULTS.withCallbackExecutor(executor))) {
      Flow.Publisher<String> publisher = pair.reader().asPublisher(Decoders.textLine());
      Recorder second =
          new Recorder(0, 0) {
            @Override
            public void onSubscribe(Flow.Subscription made) {
              events.add("the second begins");
            }
          };
      publisher.subscribe(
          new Recorder(1, 0) {
            @Override
            public void onNext(String value) {
              subscription.cancel();
              publisher.subscribe(second);
              Tasks.spin(20_000_000);
              events.add("the first ends");
            }
          });
      pair.peer().send("one\n");

      Deadline.await("both events", () -> events.size() == 2);
      assertEquals(List.of("the first ends", "the second begins"), events);
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void a_second_subscriber_is_refused_and_the_first_goes_on() {
    Recorder first = subscribe(lines, 1, 1);
    String text =
        Deadline.failure(IllegalStateException.class, subscribe(lines, 1, 1).end).getMessage();
    assertTrue(text.contains("already has a subscriber"), text);
    reader.feedData(bytes("one\n"));

    assertEquals(List.of("one"), first.values);
  }

  @Test
  void a_read_that_is_pending_fails_the_subscriber_and_stays_pending() {
    CompletableFuture<byte[]> read = reader.readLine();
    Deadline.failure(IllegalStateException.class, subscribe(lines, 1, 1).end);
    reader.feedData(bytes("one\n"));

    assertEquals("one\n", text(read));
  }

  @Test
  void errors_are_signalled() {
    try (ConnectedPair pair = ConnectedPair.open()) {
      Recorder recorder = subscribe(pair.reader().asPublisher(Decoders.textLine()), 1, 1);
      pair.peer().reset();
      Deadline.failure(ConnectionLostException.class, recorder.end);
    }
    Flow.Publisher<String> frames =
        reader.asPublisher(Decoders.frame(LengthPrefix.ofBytes(1)).map(String::new));
    Recorder cut = subscribe(frames, 1, 1);
    reader.feedData(new byte[] {2, 1});
    reader.feedEof();
    Deadline.failure(IncompleteReadException.class, cut.end);
  }

  @Test
  void what_a_subscriber_or_a_decoder_throws_is_signalled() {
    IllegalStateException wrong = new IllegalStateException("wrong");
    reader.feedData(bytes("one\ntwo\n"));
    Recorder recorder =
        new Recorder(2, 0) {
          @Override
          public void onNext(String value) {
            throw wrong;
          }
        };
    lines.subscribe(recorder);
    assertSame(wrong, Deadline.failure(IllegalStateException.class, recorder.end));

    Flow.Publisher<String> failing =
        reader.asPublisher(
            (received, ended) -> {
              throw wrong;
            });
    assertSame(wrong, Deadline.failure(IllegalStateException.class, subscribe(failing, 1, 1).end));
    assertEquals("two", Deadline.get(reader.read(Decoders.textLine())));
  }

  @Test
  void a_subscriber_that_cancels_and_then_throws_gets_no_signal() {
    Recorder recorder =
        new Recorder(2, 0) {
          @Override
          public void onNext(String value) {
            subscription.cancel();
            throw new IllegalStateException("wrong");
          }
        };
    lines.subscribe(recorder);
    reader.feedData(bytes("one\n"));

    assertFalse(recorder.end.isDone());
    assertEquals(List.of("two"), nextLineAfter("two\n"));
  }

  @Test
  void a_subscription_that_is_cancelled_while_the_decoder_looks_takes_nothing() {
    Recorder recorder = new Recorder(5, 0);
    Decoder<String> cancelling =
        (received, ended) -> {
          if (received.hasRemaining() && received.get(0) == 't') {
            recorder.subscription.cancel();
          }
          return Decoders.textLine().decode(received, ended);
        };
    reader.feedData(bytes("one\ntwo\n"));
    reader.asPublisher(cancelling).subscribe(recorder);

    assertEquals(List.of("one"), recorder.values);
    assertEquals("two", Deadline.get(reader.read(Decoders.textLine())));
  }

  private List<String> nextLineAfter(String arriving) {
    reader.feedData(bytes(arriving));
    return subscribe(lines, 1, 0).values;
  }

  @Test
  void subscribers_that_are_cancelled_at_any_moment_lose_no_value() {
    int count = 20_000;
    List<String> all = Collections.synchronizedList(new ArrayList<>());
    try (ConnectedPair pair = ConnectedPair.open()) {
      Flow.Publisher<String> publisher = pair.reader().asPublisher(Decoders.textLine());
      Future<Boolean> sender =
          Tasks.start(
              () -> {
                for (int i = 0; i < count; i++) {
                  pair.peer().send(i + "\n");
                }
                return true;
              });
      int round = 0;
      while (all.size() < count) {
        Recorder recorder =
            new Recorder(0, 0) {
              @Override
              public void onNext(String value) {
                all.add(value);
              }
            };
        publisher.subscribe(recorder);
        Deadline.await("subscribed", () -> recorder.subscription != null);
        recorder.subscription.request(round % 2 == 0 ? 10 : Long.MAX_VALUE);
        Tasks.spin(round++ % 50 * 1_000);
        recorder.subscription.cancel();
        assertFalse(recorder.end.isDone(), recorder.end::toString);
      }
      assertTrue(Deadline.get(sender));
    }

    assertEquals(IntStream.range(0, count).mapToObj(String::valueOf).toList(), all);
  }

  @Test
  void many_values_do_not_fill_the_stack_when_each_requests_the_next() {
    reader.feedData(new byte[MANY]);
    reader.feedEof();
    AtomicInteger count = new AtomicInteger();
    Recorder recorder =
        new Recorder(1, 1) {
          @Override
          public void onNext(String value) {
            count.incrementAndGet();
            subscription.request(1);
          }
        };
    reader.asPublisher(Decoders.int8().map(String::valueOf)).subscribe(recorder);

    Deadline.get(recorder.end);
    assertEquals(MANY, count.get());
  }
}
