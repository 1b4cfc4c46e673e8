package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionLostException;
import io.weir.MemoryStreams;
import io.weir.StreamWriter;
import io.weir.WriteLimits;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.GarbageCollection;
import io.weir.testing.Multiplicity;
import io.weir.testing.Tasks;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Everything that a source has is written, with back-pressure. */
@Tag(Multiplicity.TAG)
class WriteAllTest {

  /** Enough to fill the stack, or the heap of a chain of futures. */
  private static final int MANY = Multiplicity.rounds(1_000_000);

  private static final Iterator<byte[]> ENDLESS = Stream.generate(() -> new byte[100]).iterator();

  private final MemoryStreams.Pair pair = MemoryStreams.pair();
  private final StreamWriter writer = pair.first().writer();

  @AfterEach
  void close() {
    writer.transport().abort();
    pair.second().writer().transport().abort();
  }

  /** The three sources. */
  private enum Source {
    ITERATOR,
    STREAM,
    PUBLISHER;

    CompletableFuture<Void> write(StreamWriter writer, Iterator<byte[]> elements) {
      return switch (this) {
        case ITERATOR -> writer.writeAll(elements);
        case STREAM ->
            writer.writeAll(
                Stream.generate(() -> 1)
                    .takeWhile(one -> elements.hasNext())
                    .map(one -> elements.next()));
        case PUBLISHER -> writer.writeAll(new IteratorPublisher(elements));
      };
    }
  }

  /** Publishes what an iterator has, on the thread that requests it. */
  private static final class IteratorPublisher
      implements Flow.Publisher<byte[]>, Flow.Subscription {

    private final Iterator<byte[]> elements;
    private final AtomicInteger requested = new AtomicInteger();
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private Flow.Subscriber<? super byte[]> subscriber;

    IteratorPublisher(Iterator<byte[]> elements) {
      this.elements = elements;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super byte[]> subscriber) {
      this.subscriber = subscriber;
      subscriber.onSubscribe(this);
    }

    @Override
    public void request(long count) {
      assertEquals(1, count);
      requested.incrementAndGet();
      try {
        if (elements.hasNext()) {
          subscriber.onNext(elements.next());
        } else {
          subscriber.onComplete();
        }
      } catch (IllegalStateException failure) {
        subscriber.onError(failure);
      }
    }

    @Override
    public void cancel() {
      cancelled.set(true);
    }
  }

  private static Iterator<byte[]> of(String... texts) {
    return Arrays.stream(texts).map(text -> bytes(text)).iterator();
  }

  private static Iterator<byte[]> failing(RuntimeException failure) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return true;
      }

      @Override
      public byte[] next() {
        throw failure;
      }
    };
  }

  @ParameterizedTest
  @EnumSource
  void all_elements_are_written_in_order(Source source) {
    assertNull(Deadline.get(source.write(writer, of("one", "", "two"))));
    writer.close();

    assertEquals("onetwo", text(pair.second().reader().read()));
  }

  @ParameterizedTest
  @EnumSource
  void no_elements_write_nothing(Source source) {
    assertNull(Deadline.get(source.write(writer, of())));
    assertFalse(writer.isClosing());
  }

  @ParameterizedTest
  @EnumSource
  void many_elements_whose_drains_complete_at_once_do_not_fill_the_stack(Source source) {
    byte[] none = new byte[0];
    Iterator<byte[]> many = IntStream.range(0, MANY).mapToObj(i -> none).iterator();

    assertNull(Deadline.get(source.write(writer, many)));
  }

  @ParameterizedTest
  @EnumSource
  void many_elements_whose_drains_are_pending_do_not_fill_the_stack(Source source) {
    writer.transport().setWriteBufferLimits(WriteLimits.ofHigh(0));
    int count = MANY / 20;
    Iterator<byte[]> many = IntStream.range(0, count).mapToObj(i -> new byte[1000]).iterator();
    AtomicInteger received = new AtomicInteger();
    pair.second()
        .reader()
        .forEachChunk(
            5_000,
            chunk -> {
              received.addAndGet(chunk.length);
              return CompletableFuture.completedFuture(null);
            });

    assertNull(Deadline.get(source.write(writer, many)));
    Deadline.await("all has arrived", () -> received.get() == count * 1000);
  }

  @ParameterizedTest
  @EnumSource
  void the_next_element_is_asked_for_when_the_peer_has_caught_up(Source source) {
    try (ConnectedPair sockets = ConnectedPair.open()) {
      sockets.writer().transport().setWriteBufferLimits(WriteLimits.ofHigh(1_000));
      AtomicInteger asked = new AtomicInteger();
      int size = 100_000;
      int count = 200;
      Iterator<byte[]> counted =
          IntStream.range(0, count)
              .mapToObj(
                  i -> {
                    asked.incrementAndGet();
                    return new byte[size];
                  })
              .iterator();
      CompletableFuture<Void> all = source.write(sockets.writer(), counted);
      Deadline.await(
          "the writer waits", () -> sockets.writer().transport().getWriteBufferSize() > 1_000);
      assertTrue(sockets.writer().transport().getWriteBufferSize() <= 2L * size);
      assertTrue(asked.get() < count);
      assertFalse(all.isDone());

      Future<byte[]> received = Tasks.start(() -> sockets.peer().receive(count * size));
      assertNull(Deadline.get(all));
      assertEquals(count * size, Deadline.get(received).length);
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_null_element_is_refused_by_name(Source source) {
    Iterator<byte[]> elements = Arrays.asList(bytes("a"), null).iterator();
    String text =
        Deadline.failure(NullPointerException.class, source.write(writer, elements)).getMessage();

    assertTrue(text.contains("an element of "), text);
    assertFalse(writer.isClosing());
  }

  @ParameterizedTest
  @EnumSource
  void an_error_of_the_source_leaves_the_connection_open(Source source) {
    IllegalStateException wrong = new IllegalStateException("wrong");

    assertSame(
        wrong, Deadline.failure(IllegalStateException.class, source.write(writer, failing(wrong))));
    Deadline.get(writer.send(bytes("still open\n")));
    assertEquals("still open\n", text(pair.second().reader().readLine()));
  }

  @ParameterizedTest
  @EnumSource
  void a_lost_connection_ends_it(Source source) {
    try (ConnectedPair sockets = ConnectedPair.open()) {
      CompletableFuture<Void> all = source.write(sockets.writer(), ENDLESS);
      sockets.peer().reset();

      Deadline.failure(ConnectionLostException.class, all);
    }
  }

  @ParameterizedTest
  @EnumSource
  void after_writeEof_it_fails(Source source) {
    writer.writeEof();

    Deadline.failure(IllegalStateException.class, source.write(writer, of("late")));
  }

  @ParameterizedTest
  @EnumSource
  void a_cancelled_future_stops_it_before_the_next_element(Source source) {
    writer.transport().setWriteBufferLimits(WriteLimits.ofHigh(0));
    AtomicInteger asked = new AtomicInteger();
    Iterator<byte[]> large =
        Stream.generate(
                () -> {
                  asked.incrementAndGet();
                  return new byte[200_000];
                })
            .iterator();
    CompletableFuture<Void> all = source.write(writer, large);
    Deadline.await("the writer waits", () -> writer.transport().getWriteBufferSize() > 0);
    int before = asked.get();
    all.cancel(false);
    Deadline.get(pair.second().reader().readExactly(before * 200_000));
    Deadline.get(writer.drain());

    assertEquals(before, asked.get());
    assertFalse(writer.isClosing());
  }

  @Test
  void a_stream_is_closed_before_the_future_completes() {
    AtomicInteger closed = new AtomicInteger();
    Deadline.get(writer.writeAll(Stream.of(bytes("a")).onClose(closed::incrementAndGet)));
    assertEquals(1, closed.get());

    Deadline.failure(
        NullPointerException.class,
        writer.writeAll(Stream.of((byte[]) null).onClose(closed::incrementAndGet)));
    assertEquals(2, closed.get());
  }

  @Test
  void the_stream_of_a_cancelled_future_is_closed_though_a_drain_is_pending() {
    writer.transport().setWriteBufferLimits(WriteLimits.ofHigh(0));
    AtomicInteger closed = new AtomicInteger();
    CompletableFuture<Void> all =
        writer.writeAll(Stream.generate(() -> new byte[200_000]).onClose(closed::incrementAndGet));
    assertFalse(all.isDone());
    all.cancel(false);

    assertEquals(1, closed.get());
  }

  @Test
  void what_the_close_of_a_stream_throws_is_not_lost() {
    IllegalStateException onClose = new IllegalStateException("close");
    Runnable failing =
        () -> {
          throw onClose;
        };

    assertSame(
        onClose,
        Deadline.failure(
            IllegalStateException.class, writer.writeAll(Stream.of(bytes("a")).onClose(failing))));
    assertArrayEquals(
        new Throwable[] {onClose},
        Deadline.failure(
                NullPointerException.class,
                writer.writeAll(Stream.of((byte[]) null).onClose(failing)))
            .getSuppressed());
  }

  @Test
  void a_stream_that_has_been_used_is_refused() {
    Stream<byte[]> used = Stream.of(bytes("a"));
    assertEquals(1, used.count());

    assertThrows(IllegalStateException.class, () -> writer.writeAll(used));
  }

  @Test
  void a_publisher_with_threads_of_its_own_is_written() {
    SubmissionPublisher<byte[]> publisher = new SubmissionPublisher<>();
    try (ConnectedPair sockets = ConnectedPair.open()) {
      CompletableFuture<Void> all = sockets.writer().writeAll(publisher);
      Future<byte[]> received = Tasks.start(() -> sockets.peer().receive(50_000));
      for (int i = 0; i < 50_000; i++) {
        publisher.submit(new byte[] {(byte) i});
      }
      publisher.close();

      assertNull(Deadline.get(all));
      byte[] got = Deadline.get(received);
      for (int i = 0; i < got.length; i++) {
        assertEquals((byte) i, got[i]);
      }
    }
  }

  /** A publisher that the test plays. */
  private static final class Played implements Flow.Publisher<byte[]>, Flow.Subscription {

    private Flow.Subscriber<? super byte[]> subscriber;

    @Override
    public void subscribe(Flow.Subscriber<? super byte[]> subscriber) {
      this.subscriber = subscriber;
      subscriber.onSubscribe(this);
    }

    @Override
    public void request(long count) {}

    @Override
    public void cancel() {}
  }

  private static Stream<Consumer<Flow.Subscriber<? super byte[]>>> lastSignals() {
    return Stream.of(
        Flow.Subscriber::onComplete,
        subscriber -> {
          subscriber.onNext(bytes("a"));
          subscriber.onComplete();
        },
        subscriber -> subscriber.onError(new IllegalStateException("wrong")),
        subscriber -> assertThrows(NullPointerException.class, () -> subscriber.onNext(null)));
  }

  @ParameterizedTest
  @MethodSource("lastSignals")
  void no_callback_runs_in_a_signal_of_the_publisher(
      Consumer<Flow.Subscriber<? super byte[]>> lastSignal) {
    Played publisher = new Played();
    try (ConnectedPair sockets = ConnectedPair.open()) {
      CompletableFuture<Void> all = sockets.writer().writeAll(publisher);
      CompletableFuture<Thread> callback = all.handle((done, error) -> Thread.currentThread());
      lastSignal.accept(publisher.subscriber);

      assertNotSame(Thread.currentThread(), Deadline.get(callback));
    }
  }

  @Test
  void a_subscription_is_cancelled_with_the_future() {
    try (SubmissionPublisher<byte[]> publisher = new SubmissionPublisher<>()) {
      CompletableFuture<Void> all = writer.writeAll(publisher);
      assertEquals(1, publisher.getNumberOfSubscribers());
      all.cancel(false);

      Deadline.await("no subscriber", () -> !publisher.hasSubscribers());
      assertFalse(writer.isClosing());
    }
  }

  @Test
  void a_lost_connection_cancels_the_subscription_while_nothing_is_published() {
    try (SubmissionPublisher<byte[]> publisher = new SubmissionPublisher<>();
        ConnectedPair sockets = ConnectedPair.open()) {
      CompletableFuture<Void> lost = sockets.writer().writeAll(publisher);
      sockets.peer().reset();
      Deadline.failure(ConnectionLostException.class, lost);
      Deadline.failure(ConnectionLostException.class, sockets.writer().writeAll(publisher));

      Deadline.await("no subscriber", () -> !publisher.hasSubscribers());
    }
  }

  @Test
  void a_closed_connection_cancels_the_subscription_while_nothing_is_published() {
    try (SubmissionPublisher<byte[]> publisher = new SubmissionPublisher<>()) {
      CompletableFuture<Void> all = writer.writeAll(publisher);
      writer.close();

      Deadline.failure(ConnectionLostException.class, all);
      Deadline.await("no subscriber", () -> !publisher.hasSubscribers());
    }
  }

  @Test
  void an_error_of_a_publisher_and_of_its_subscribe_fails_the_future() {
    IllegalStateException wrong = new IllegalStateException("wrong");
    try (SubmissionPublisher<byte[]> publisher = new SubmissionPublisher<>()) {
      CompletableFuture<Void> all = writer.writeAll(publisher);
      publisher.closeExceptionally(wrong);
      assertSame(wrong, Deadline.failure(IllegalStateException.class, all));
    }

    assertSame(
        wrong,
        Deadline.failure(
            IllegalStateException.class,
            writer.writeAll(
                (Flow.Publisher<byte[]>)
                    subscriber -> {
                      throw wrong;
                    })));
  }

  @Test
  void elements_that_were_published_before_the_end_are_written_before_the_future_completes() {
    writer.transport().setWriteBufferLimits(WriteLimits.ofHigh(0));
    AtomicReference<Flow.Subscriber<? super byte[]>> subscriber = new AtomicReference<>();
    CompletableFuture<Void> all = writer.writeAll((Flow.Publisher<byte[]>) subscriber::set);
    AtomicInteger requested = new AtomicInteger();
    subscriber
        .get()
        .onSubscribe(
            new Flow.Subscription() {
              @Override
              public void request(long count) {
                requested.incrementAndGet();
              }

              @Override
              public void cancel() {}
            });
    subscriber.get().onNext(new byte[500_000]);
    subscriber.get().onComplete();
    assertFalse(all.isDone());
    Deadline.get(pair.second().reader().readExactly(500_000));

    assertNull(Deadline.get(all));
    assertEquals(1, requested.get());
  }

  @Test
  void a_connection_keeps_nothing_of_a_publisher_whose_elements_are_written() {
    AtomicReference<Flow.Subscriber<? super byte[]>> subscriber = new AtomicReference<>();
    CompletableFuture<Void> all = writer.writeAll((Flow.Publisher<byte[]>) subscriber::set);
    WeakReference<Object> weakly = new WeakReference<>(subscriber.getAndSet(null));
    ((Flow.Subscriber<?>) weakly.get()).onComplete();
    assertNull(Deadline.get(all));

    GarbageCollection.collectUntil("the subscriber is gone", () -> weakly.get() == null);
  }
}
