package io.weir.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectOptions;
import io.weir.ConnectionLostException;
import io.weir.IncompleteReadException;
import io.weir.LimitOverrunException;
import io.weir.StreamReader;
import io.weir.testing.BlockingSockets;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReadFaultsTest {

  private static final int KIB = 1024;
  private static final long GIB = 1L << 30;
  private static final int LIMIT = 4 * KIB;

  /** More than one read of a socket brings. */
  private static final int ONE_READ = 64 * KIB;

  /** More than two sockets buffer, and far less than a GiB. */
  private static final long SOCKET_BUFFERS = 64L * KIB * KIB;

  private static final ConnectOptions SMALL = ConnectOptions.DEFAULTS.withLimit(LIMIT);
  private static final byte[] SEPARATOR = "\r\n".getBytes(US_ASCII);

  /** All kinds of reads, none of which nine bytes answer. */
  static Stream<Named<Function<StreamReader, CompletableFuture<byte[]>>>> waitingReads() {
    return Stream.of(
        Named.of("read()", StreamReader::read),
        Named.of("readExactly", reader -> reader.readExactly(10)),
        Named.of("readLine", StreamReader::readLine),
        Named.of("readUntil", reader -> reader.readUntil(SEPARATOR)));
  }

  // ---- F18 ----

  @Test
  void F18_an_endless_line_overruns_again_and_again_in_bounded_memory() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open(SMALL)) {
      Future<Boolean> sending = Tasks.start(() -> sendEndlessLine(pair));
      int overruns = 0;
      int rests = 0;
      String line = "";
      while (!line.equals("next\n")) {
        try {
          line = text(pair.reader().readLine().get(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
          rests++;
        } catch (ExecutionException e) {
          assertBounded(assertInstanceOf(LimitOverrunException.class, e.getCause()));
          overruns++;
        }
      }

      assertTrue(overruns > 32 * KIB * KIB / (2 * LIMIT + 2 * ONE_READ), "overruns: " + overruns);
      assertTrue(rests <= 2, "lines: " + rests); // what was left of the long one, and the next
      assertTrue(Deadline.get(sending));
    }
  }

  private static boolean sendEndlessLine(ConnectedPair pair) throws IOException {
    byte[] part = new byte[64 * KIB];
    Arrays.fill(part, (byte) 'x');
    for (int i = 0; i < 32 * KIB * KIB / part.length; i++) {
      pair.peer().send(part);
    }
    pair.peer().send("\nnext\n".getBytes(US_ASCII));
    return true;
  }

  private static void assertBounded(LimitOverrunException overrun) {
    assertTrue(overrun.consumed() > LIMIT, () -> "consumed " + overrun.consumed());
    assertTrue(
        overrun.consumed() <= 2 * LIMIT + 2 * ONE_READ, () -> "consumed " + overrun.consumed());
  }

  @Test
  void F18_an_endless_line_ends_a_loop_over_lines_with_an_overrun() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open(SMALL)) {
      CompletableFuture<?> loop =
          pair.reader().forEachLine(line -> CompletableFuture.completedFuture(null));
      pair.peer().send(new byte[LIMIT + 1]);

      LimitOverrunException overrun = Deadline.failure(LimitOverrunException.class, loop);
      assertTrue(overrun.getMessage().contains("withLimit"), overrun.getMessage());
    }
  }

  // ---- F19 ----

  @Test
  void F19_a_gib_pushed_while_nobody_reads_stays_with_the_peer() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open(SMALL)) {
      AtomicLong pushed = new AtomicLong();
      Future<Boolean> pushing = Tasks.start(() -> push(pair.peer().socket(), GIB, pushed));
      Deadline.await("reading pauses", () -> !pair.writer().transport().isReading());
      awaitStill(pushed);

      assertFalse(pushing.isDone());
      assertTrue(pushed.get() < SOCKET_BUFFERS, () -> "took " + pushed);
      byte[] there = Deadline.get(pair.reader().read(Integer.MAX_VALUE));
      assertTrue(there.length > 2 * LIMIT, () -> "buffered " + there.length);
      assertTrue(there.length <= 2 * LIMIT + ONE_READ, () -> "buffered " + there.length);
    }
  }

  @Test
  void F19_what_was_held_back_arrives_when_somebody_reads() throws Exception {
    long all = 128L * KIB * KIB;
    try (ConnectedPair pair = ConnectedPair.open(SMALL)) {
      AtomicLong pushed = new AtomicLong();
      Future<Boolean> pushing = Tasks.start(() -> push(pair.peer().socket(), all, pushed));
      Deadline.await("reading pauses", () -> !pair.writer().transport().isReading());
      long got = 0;
      byte[] part = Deadline.get(pair.reader().read(ONE_READ));
      while (part.length > 0) {
        assertEquals((byte) (got / (64 * KIB)), part[0]);
        got += part.length;
        part = Deadline.get(pair.reader().read(ONE_READ));
      }

      assertEquals(all, got);
      assertTrue(Deadline.get(pushing));
    }
  }

  /** Each block has its own number in all of its bytes. */
  private static boolean push(Socket peer, long count, AtomicLong pushed) throws IOException {
    byte[] block = new byte[64 * KIB];
    while (pushed.get() < count) {
      Arrays.fill(block, (byte) (pushed.get() / block.length));
      peer.getOutputStream().write(block);
      pushed.addAndGet(block.length);
    }
    peer.shutdownOutput();
    return true;
  }

  /** Waits until a number has been the same for many looks. */
  private static void awaitStill(AtomicLong number) {
    long[] last = {-1};
    int[] looks = {0};
    Deadline.await(
        "it stands still",
        () -> {
          looks[0] = number.get() == last[0] ? looks[0] + 1 : 0;
          last[0] = number.get();
          return looks[0] == 200;
        });
  }

  // ---- F20 ----

  @ParameterizedTest
  @MethodSource("waitingReads")
  void F20_a_reset_is_reported_after_the_data(
      Function<StreamReader, CompletableFuture<byte[]>> read) throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      byte[] data = "nine bytes".getBytes(US_ASCII);
      pair.peer().send(Arrays.copyOf(data, 9));
      pair.peer().reset();
      Deadline.await("the reset is noticed", () -> pair.reader().exception() != null);

      ConnectionLostException lost =
          Deadline.failure(ConnectionLostException.class, read.apply(pair.reader()));
      assertTrue(lost.getCause() instanceof IOException, () -> "cause: " + lost.getCause());
      assertEquals("nine byte", text(Deadline.get(pair.reader().read(100))));
      Deadline.failure(ConnectionLostException.class, pair.reader().read(100));
      assertFalse(pair.reader().atEof());
    }
  }

  // ---- F21 ----

  @ParameterizedTest
  @MethodSource("waitingReads")
  void F21_a_reset_ends_a_read_that_waits(Function<StreamReader, CompletableFuture<byte[]>> read)
      throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      CompletableFuture<byte[]> waiting = read.apply(pair.reader());
      pair.peer().reset();

      Deadline.failure(ConnectionLostException.class, waiting);
      Deadline.failure(ConnectionLostException.class, pair.writer().waitClosed());
    }
  }

  @ParameterizedTest
  @MethodSource("waitingReads")
  void F21_a_timeout_ends_a_read_that_waits_and_takes_nothing(
      Function<StreamReader, CompletableFuture<byte[]>> read) throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      CompletableFuture<byte[]> waiting = read.apply(pair.reader());
      pair.peer().send("abc".getBytes(US_ASCII));
      waiting.orTimeout(1, TimeUnit.MILLISECONDS);

      Deadline.failure(TimeoutException.class, waiting);
      assertEquals("abc", text(Deadline.get(pair.reader().readExactly(3))));
      pair.peer().send("def\r\n".getBytes(US_ASCII));
      assertEquals("def\r\n", text(Deadline.get(pair.reader().readUntil(SEPARATOR))));
    }
  }

  @ParameterizedTest
  @MethodSource("waitingReads")
  void F21_closing_gives_a_read_that_waits_the_end(
      Function<StreamReader, CompletableFuture<byte[]>> read) throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      CompletableFuture<byte[]> waiting = read.apply(pair.reader());
      pair.writer().close();

      assertEndsWith(waiting);
      Deadline.get(pair.writer().waitClosed());
    }
  }

  @ParameterizedTest
  @MethodSource("waitingReads")
  void F21_aborting_gives_a_read_that_waits_the_end(
      Function<StreamReader, CompletableFuture<byte[]>> read) throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      CompletableFuture<byte[]> waiting = read.apply(pair.reader());
      pair.writer().transport().abort();

      assertEndsWith(waiting);
      Deadline.get(pair.writer().waitClosed());
    }
  }

  /** The end of the stream, as each kind of read tells it. */
  private static void assertEndsWith(CompletableFuture<byte[]> read) {
    try {
      assertEquals(0, Deadline.get(read).length);
    } catch (AssertionError e) {
      assertTrue(e.getCause() instanceof IncompleteReadException, e::toString);
    }
  }

  // ---- F26 ----

  @Test
  void F26_an_end_inside_readExactly_gives_the_bytes_that_came() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      CompletableFuture<byte[]> waiting = pair.reader().readExactly(10);
      pair.peer().send("ab".getBytes(US_ASCII));
      pair.peer().send("cd".getBytes(US_ASCII));
      pair.peer().shutdownOutput();

      IncompleteReadException failure = Deadline.failure(IncompleteReadException.class, waiting);
      assertEquals("abcd", text(failure.partial()));
      assertEquals(OptionalInt.of(10), failure.expected());
      assertTrue(pair.reader().atEof());
      IncompleteReadException again =
          Deadline.failure(IncompleteReadException.class, pair.reader().readExactly(1));
      assertEquals(0, again.partial().length);
    }
  }

  @Test
  void F26_an_end_inside_readUntil_gives_the_bytes_that_came() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      CompletableFuture<byte[]> waiting = pair.reader().readUntil(SEPARATOR);
      pair.peer().send("abc\r".getBytes(US_ASCII));
      pair.peer().shutdownOutput();

      IncompleteReadException failure = Deadline.failure(IncompleteReadException.class, waiting);
      assertEquals("abc\r", text(failure.partial()));
      assertEquals(OptionalInt.empty(), failure.expected());
      assertTrue(pair.reader().atEof());
    }
  }

  @Test
  void F26_an_end_inside_much_gives_all_of_it() throws Exception {
    byte[] much = new byte[300_001];
    Arrays.fill(much, (byte) 'm');
    try (ConnectedPair pair = ConnectedPair.open(SMALL)) {
      CompletableFuture<byte[]> waiting = pair.reader().readExactly(1_000_000);
      pair.peer().send(much);
      pair.peer().shutdownOutput();

      IncompleteReadException failure = Deadline.failure(IncompleteReadException.class, waiting);
      assertArrayEquals(much, failure.partial());
    }
  }

  @Test
  void F26_after_an_end_the_other_half_is_still_open() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      pair.peer().shutdownOutput();
      Deadline.failure(IncompleteReadException.class, pair.reader().readExactly(1));
      pair.writer().write("still here".getBytes(US_ASCII));
      pair.writer().close();

      assertEquals(10, BlockingSockets.countToEnd(pair.peer().socket()));
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, US_ASCII);
  }
}
