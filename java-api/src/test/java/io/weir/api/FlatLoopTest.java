package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.Decoded;
import io.weir.Decoder;
import io.weir.Decoders;
import io.weir.IncompleteReadException;
import io.weir.LengthPrefix;
import io.weir.StreamReader;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Loops whose stack and memory do not grow. */
@Tag(Multiplicity.TAG)
class FlatLoopTest {

  /** Enough to fill the stack, or the heap of a chain of futures. */
  private static final int MANY = Multiplicity.rounds(1_000_000);

  private enum Completion {
    AT_ONCE,
    BY_ONE_THREAD,
    BY_SEVERAL_THREADS,
    BY_THE_SUBMITTER;

    ExecutorService executor() {
      return this == BY_SEVERAL_THREADS
          ? Executors.newFixedThreadPool(3)
          : Executors.newSingleThreadExecutor();
    }

    CompletableFuture<Boolean> complete(boolean value, Executor executor) {
      return switch (this) {
        case AT_ONCE -> CompletableFuture.completedFuture(value);
        case BY_ONE_THREAD, BY_SEVERAL_THREADS ->
            CompletableFuture.supplyAsync(() -> value, executor);
        case BY_THE_SUBMITTER -> CompletableFuture.supplyAsync(() -> value, Runnable::run);
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_loop_ends_after_many_rounds_however_its_stages_complete(Completion completion) {
    ExecutorService executor = completion.executor();
    try {
      int rounds = completion == Completion.AT_ONCE ? MANY : MANY / 10;
      int[] round = new int[1];
      CompletableFuture<Void> loop =
          AsyncStreams.loop(() -> completion.complete(++round[0] < rounds, executor));

      assertNull(Deadline.get(loop));
      assertEquals(rounds, round[0]);
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void a_loop_fails_with_what_the_body_throws_or_its_stage_fails_with() {
    IllegalStateException wrong = new IllegalStateException("wrong");

    assertSame(
        wrong,
        Deadline.failure(
            IllegalStateException.class,
            AsyncStreams.loop(
                () -> {
                  throw wrong;
                })));
    assertSame(
        wrong,
        Deadline.failure(
            IllegalStateException.class,
            AsyncStreams.loop(() -> CompletableFuture.failedFuture(wrong))));
    Deadline.failure(NullPointerException.class, AsyncStreams.loop(() -> null));
    Deadline.failure(
        NullPointerException.class,
        AsyncStreams.loop(() -> CompletableFuture.completedFuture(null)));
  }

  @Test
  void a_loop_that_is_cancelled_begins_no_other_round() {
    List<CompletableFuture<Boolean>> rounds = new ArrayList<>();
    CompletableFuture<Void> loop =
        AsyncStreams.loop(
            () -> {
              rounds.add(new CompletableFuture<>());
              return rounds.get(rounds.size() - 1);
            });
    rounds.get(0).complete(true);
    loop.cancel(false);
    rounds.get(1).complete(true);

    assertEquals(2, rounds.size());
    assertTrue(loop.isCancelled());
  }

  @Test
  void a_stage_that_was_cancelled_fails_the_loop_and_does_not_cancel_it() {
    CompletableFuture<Boolean> round = new CompletableFuture<>();
    CompletableFuture<Void> loop = AsyncStreams.loop(() -> round);
    round.cancel(false);

    assertFalse(loop.isCancelled());
    Deadline.failure(CancellationException.class, loop);
  }

  @Test
  void each_value_is_given_to_the_action_until_the_end() {
    StreamReader reader = StreamReader.handFed(10);
    List<String> values = new ArrayList<>();
    CompletableFuture<Void> all =
        reader.forEach(
            Decoders.textLine(),
            line -> {
              values.add(line);
              return CompletableFuture.completedFuture(null);
            });
    reader.feedData(bytes("one\ntwo\nth"));
    reader.feedData(bytes("ree\n"));
    assertEquals(List.of("one", "two", "three"), values);
    assertFalse(all.isDone());
    reader.feedEof();

    assertNull(Deadline.get(all));
  }

  @Test
  void an_action_may_return_nothing_and_numbers_end_between_two_of_them() {
    StreamReader reader = StreamReader.handFed(10);
    AtomicInteger sum = new AtomicInteger();
    CompletableFuture<Void> all = reader.acceptEach(Decoders.uint8(), sum::addAndGet);
    reader.feedData(new byte[] {1, 2, 3});
    reader.feedEof();

    assertNull(Deadline.get(all));
    assertEquals(6, sum.get());
  }

  @Test
  void a_value_that_is_cut_off_fails_the_loop() {
    StreamReader reader = StreamReader.handFed(10);
    CompletableFuture<Void> all =
        reader.acceptEach(Decoders.frame(LengthPrefix.ofBytes(1)), frame -> {});
    reader.feedData(new byte[] {2, 1});
    reader.feedEof();

    Deadline.failure(IncompleteReadException.class, all);
  }

  @Test
  void an_action_that_throws_or_returns_null_fails_the_loop() {
    StreamReader reader = StreamReader.handFed(10);
    reader.feedData(bytes("ab"));

    String text =
        Deadline.failure(NullPointerException.class, reader.forEach(Decoders.int8(), value -> null))
            .getMessage();
    assertTrue(text.contains("forEach"), text);
    Deadline.failure(
        ArithmeticException.class,
        reader.acceptEach(
            Decoders.int8(),
            value -> {
              throw new ArithmeticException();
            }));
    assertNull(reader.exception());
  }

  @Test
  void a_cancelled_loop_leaves_the_next_value() {
    StreamReader reader = StreamReader.handFed(10);
    CompletableFuture<Void> all = reader.acceptEach(Decoders.textLine(), line -> {});
    reader.feedData(bytes("one\ntw"));
    all.cancel(false);
    reader.feedData(bytes("o\n"));

    assertEquals("two", reader.read(Decoders.textLine()).join());
  }

  @Test
  void actions_run_on_the_calling_thread_as_long_as_values_are_buffered() {
    try (ConnectedPair pair = ConnectedPair.open()) {
      List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
      pair.peer().send(new byte[2]);
      Deadline.get(pair.reader().whenReady(Decoders.bytes(2)));
      pair.reader().acceptEach(Decoders.int8(), value -> threads.add(Thread.currentThread()));
      Thread here = Thread.currentThread();
      assertEquals(List.of(here, here), threads);
      pair.peer().send(new byte[1]);
      Deadline.await("the third value", () -> threads.size() == 3);

      assertNotSame(here, threads.get(2));
    }
  }

  @Test
  void a_loop_that_is_cancelled_while_the_decoder_looks_leaves_the_value() {
    StreamReader reader = StreamReader.handFed(10);
    AtomicReference<CompletableFuture<Void>> loop = new AtomicReference<>();
    Decoder<Byte> cancelling =
        (received, ended) -> {
          if (received.hasRemaining() && received.get(0) == 2) {
            loop.get().cancel(false);
          }
          return Decoders.int8().decode(received, ended);
        };
    List<Byte> values = new ArrayList<>();
    CompletableFuture<Void> first = new CompletableFuture<>();
    loop.set(
        reader.forEach(
            cancelling,
            value -> {
              values.add(value);
              return first;
            }));
    reader.feedData(new byte[] {1, 2, 3});
    first.complete(null);

    assertTrue(loop.get().isCancelled());
    assertEquals(List.of((byte) 1), values);
    assertArrayEquals(new byte[] {2, 3}, Deadline.get(reader.read(9)));
  }

  @Test
  void an_error_between_two_values_fails_the_loop() {
    StreamReader reader = StreamReader.handFed(10);
    Decoder<Byte> nameless =
        new Decoder<>() {
          @Override
          public Decoded<Byte> decode(ByteBuffer received, boolean ended) throws IOException {
            return Decoders.int8().decode(received, ended);
          }

          @Override
          public String toString() {
            throw new ArithmeticException();
          }
        };
    CompletableFuture<Void> loop =
        reader.acceptEach(nameless, value -> reader.read(1)); // so that the next read is refused
    reader.feedData(new byte[] {1});

    Deadline.failure(ArithmeticException.class, loop);
  }

  @Test
  void many_values_that_are_there_do_not_fill_the_stack() {
    StreamReader reader = StreamReader.handFed(10);
    reader.feedData(new byte[MANY]);
    reader.feedEof();
    AtomicInteger count = new AtomicInteger();
    Decoder<Byte> one = Decoders.int8();

    assertNull(
        Deadline.get(
            reader.forEach(
                one,
                value -> {
                  count.incrementAndGet();
                  return CompletableFuture.completedFuture(null);
                })));
    assertEquals(MANY, count.get());
  }

  @Test
  void chunks_come_as_they_arrive() {
    try (ConnectedPair pair = ConnectedPair.open()) {
      AtomicInteger total = new AtomicInteger();
      CompletableFuture<Void> all =
          pair.reader()
              .forEachChunk(
                  1_000,
                  chunk -> {
                    assertTrue(chunk.length <= 1_000);
                    total.addAndGet(chunk.length);
                    return CompletableFuture.completedFuture(null);
                  });
      pair.peer().send(new byte[500_000]);
      pair.peer().shutdownOutput();

      assertNull(Deadline.get(all));
      assertEquals(500_000, total.get());
    }
  }
}
