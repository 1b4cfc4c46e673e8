package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.noise;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectOptions;
import io.weir.IncompleteReadException;
import io.weir.LimitOverrunException;
import io.weir.ReadRequest;
import io.weir.ServerOptions;
import io.weir.StreamReader;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedChannel;
import io.weir.testing.ScriptedConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamReaderTest {

  private final IOException broken = new IOException("broken");

  private static StreamReader readerOf(String content) {
    return readerOf(StreamReader.DEFAULT_LIMIT, content);
  }

  private static StreamReader readerOf(int limit, String content) {
    StreamReader reader = StreamReader.handFed(limit);
    reader.feedData(bytes(content));
    return reader;
  }

  private static String rest(StreamReader reader) {
    reader.feedEof();
    return text(reader.read());
  }

  /** Each kind of read, with what is buffered while it waits. */
  enum Kind {
    UP_TO(""),
    TO_EOF("abc"),
    EXACTLY("abc"),
    LINE("abc"),
    UNTIL("abc");

    final String buffered;

    Kind(String buffered) {
      this.buffered = buffered;
    }

    CompletableFuture<byte[]> read(StreamReader reader) {
      return switch (this) {
        case UP_TO -> reader.read(100);
        case TO_EOF -> reader.read();
        case EXACTLY -> reader.readExactly(10);
        case LINE -> reader.readLine();
        case UNTIL -> reader.readUntil(bytes("\n\n"));
      };
    }
  }

  @Nested
  class OrderOfChecks {

    @Test
    void wrong_arguments_are_refused_before_the_state_is_looked_at() {
      StreamReader reader = StreamReader.handFed(10);
      reader.setException(broken);

      assertThrows(IllegalArgumentException.class, () -> reader.readExactly(-1));
      assertThrows(IllegalArgumentException.class, () -> reader.read(-1));
      assertThrows(IllegalArgumentException.class, () -> reader.readUntil(new byte[0]));
    }

    @Test
    void a_stored_error_fails_even_a_read_of_nothing() {
      StreamReader reader = StreamReader.handFed(10);
      reader.setException(broken);

      assertSame(broken, Deadline.failure(IOException.class, reader.read(0)));
      assertSame(broken, Deadline.failure(IOException.class, reader.readExactly(0)));
    }

    @Test
    void a_separator_that_has_come_is_found_although_the_stream_has_ended() {
      StreamReader reader = readerOf("line\nrest");
      reader.feedEof();

      assertEquals("line\n", text(reader.readLine()));
      assertEquals("rest", text(reader.readLine()));
      assertEquals("", text(reader.readLine()));
      assertTrue(reader.atEof());
    }

    @Test
    void the_end_that_came_first_stands() {
      StreamReader ended = readerOf("data");
      ended.feedEof();
      ended.setException(broken);
      assertNull(ended.exception());
      assertEquals("data", text(ended.read()));

      StreamReader cut = readerOf("data");
      cut.setException(broken);
      cut.feedEof();
      assertFalse(cut.atEof());
      assertSame(broken, Deadline.failure(IOException.class, cut.read()));
    }

    @Test
    void nothing_can_be_fed_after_the_end() {
      StreamReader reader = StreamReader.handFed(10);
      reader.feedEof();

      assertThrows(IllegalStateException.class, () -> reader.feedData(bytes("x")));
      assertThrows(IllegalStateException.class, () -> reader.feedData(new byte[0]));
    }

    @Test
    void bytes_before_the_end_come_before_the_end() {
      StreamReader reader = readerOf("data");
      reader.feedEof();
      assertFalse(reader.atEof());

      assertEquals("data", text(reader.read(100)));
      assertTrue(reader.atEof());
      assertEquals("", text(reader.read(100)));
    }

    @Test
    void an_incomplete_read_has_exactly_the_bytes_that_came_and_takes_them() {
      StreamReader reader = readerOf("some");
      CompletableFuture<byte[]> read = reader.readExactly(10);
      reader.feedData(bytes(" data"));
      reader.feedEof();

      IncompleteReadException first = Deadline.failure(IncompleteReadException.class, read);
      assertEquals("some data", text(first.partial()));
      assertEquals(10, first.expected().getAsInt());
      assertEquals("9 bytes read on a total of 10 expected bytes", first.getMessage());

      IncompleteReadException second =
          Deadline.failure(IncompleteReadException.class, reader.readExactly(10));
      assertEquals("", text(second.partial()));
    }
  }

  @Nested
  class ASecondReader {

    @ParameterizedTest
    @EnumSource(Kind.class)
    void is_refused_at_once_and_the_first_is_undisturbed(Kind kind) {
      StreamReader reader = readerOf(kind.buffered);
      CompletableFuture<byte[]> first = kind.read(reader);

      for (Kind second : List.of(Kind.TO_EOF, Kind.EXACTLY, Kind.LINE, Kind.UNTIL)) {
        CompletableFuture<byte[]> refused = second.read(reader);
        assertTrue(refused.isDone());
        String text = Deadline.failure(IllegalStateException.class, refused).getMessage();
        assertTrue(text.contains("already waiting for incoming data"), text);
      }

      reader.feedData(bytes("0123456789\n\n"));
      reader.feedEof();
      assertTrue(text(first).startsWith(kind.buffered + "0123456789".substring(0, 7)));
    }

    @Test
    void a_read_whose_caller_has_given_up_goes_on_until_its_future_is_cancelled() throws Exception {
      StreamReader reader = StreamReader.handFed(10);
      CompletableFuture<byte[]> first = reader.readLine();
      assertThrows(TimeoutException.class, () -> first.get(1, TimeUnit.NANOSECONDS));
      CompletableFuture<Integer> derived = first.thenApply(line -> line.length);
      derived.completeExceptionally(new TimeoutException());

      String text = Deadline.failure(IllegalStateException.class, reader.readLine()).getMessage();
      assertTrue(
          text.contains("read stays pending, even when a get() of its future has timed"), text);
      assertTrue(text.contains("cancel the future that the earlier call returned"), text);

      first.cancel(false);
      reader.feedData(bytes("line\n"));
      assertEquals("line\n", text(Deadline.get(reader.readLine())));
    }

    @Test
    void is_answered_when_its_bytes_are_there() {
      StreamReader reader = readerOf("abc");
      CompletableFuture<byte[]> first = reader.readExactly(4);

      assertEquals("ab", text(reader.read(2)));

      assertFalse(first.isDone());
      reader.feedData(bytes("defg"));
      assertEquals("cdef", text(first));
    }

    @Test
    void may_wait_when_the_first_has_left() {
      StreamReader reader = StreamReader.handFed(10);
      assertTrue(reader.readLine().cancel(false));

      CompletableFuture<byte[]> second = reader.readLine();

      reader.feedData(bytes("line\n"));
      assertEquals("line\n", text(second));
    }

    @Test
    void whenReady_counts_as_a_read_that_waits() {
      StreamReader reader = StreamReader.handFed(10);
      CompletableFuture<Void> ready = reader.whenReady(ReadRequest.line());

      Deadline.failure(IllegalStateException.class, reader.read(1));

      assertFalse(ready.isDone());
      assertTrue(ready.cancel(false));
      CompletableFuture<byte[]> read = reader.read(1);
      Deadline.failure(IllegalStateException.class, reader.whenReady(ReadRequest.line()));
      assertFalse(read.isDone());
    }
  }

  @Nested
  class ABrokenStream {

    @Test
    void gives_the_bytes_before_it_fails() {
      StreamReader reader = readerOf("line\nmore");
      reader.setException(broken);

      assertEquals("line\n", text(reader.readLine()));
      assertEquals("mo", text(reader.readExactly(2)));
      assertEquals("re", text(reader.read(100)));
      assertSame(broken, Deadline.failure(IOException.class, reader.read(100)));
      assertSame(broken, Deadline.failure(IOException.class, reader.read()));
    }

    @ParameterizedTest
    @EnumSource(
        value = Kind.class,
        names = {"UP_TO"},
        mode = EnumSource.Mode.EXCLUDE)
    void keeps_the_bytes_that_a_read_could_not_use(Kind kind) {
      StreamReader reader = readerOf(kind.buffered);
      reader.setException(broken);

      assertSame(broken, Deadline.failure(IOException.class, kind.read(reader)));
      assertSame(broken, Deadline.failure(IOException.class, kind.read(reader)));

      assertEquals("abc", text(reader.read(100)));
      assertSame(broken, Deadline.failure(IOException.class, reader.read(100)));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void ends_a_read_that_waits_and_keeps_its_bytes(Kind kind) {
      StreamReader reader = readerOf(kind.buffered);
      CompletableFuture<byte[]> read = kind.read(reader);

      reader.setException(broken);

      assertSame(broken, Deadline.failure(IOException.class, read));
      if (!kind.buffered.isEmpty()) {
        assertEquals(kind.buffered, text(reader.read(100)));
      }
      assertSame(broken, Deadline.failure(IOException.class, reader.read(100)));
    }
  }

  /** The ways in which one who waits can leave. */
  enum Leaving {
    CANCEL,
    OR_TIMEOUT,
    COMPLETE_ON_TIMEOUT,
    COMPLETE,
    COMPLETE_EXCEPTIONALLY,
    COMPLETE_ASYNC,
    OBTRUDE;

    void leave(CompletableFuture<byte[]> read) {
      switch (this) {
        case CANCEL -> read.cancel(false);
        case OR_TIMEOUT -> read.orTimeout(1, TimeUnit.MILLISECONDS);
        case COMPLETE_ON_TIMEOUT -> read.completeOnTimeout(bytes("x"), 1, TimeUnit.MILLISECONDS);
        case COMPLETE -> read.complete(bytes("x"));
        case COMPLETE_EXCEPTIONALLY -> read.completeExceptionally(new IOException("left"));
        case COMPLETE_ASYNC -> read.completeAsync(() -> bytes("x"));
        case OBTRUDE -> read.obtrudeException(new IOException("left"));
      }
    }
  }

  @Nested
  class ACancelledRead {

    static Stream<Arguments> everyKindAndWay() {
      return Arrays.stream(Kind.values())
          .flatMap(kind -> Arrays.stream(Leaving.values()).map(way -> Arguments.of(kind, way)));
    }

    @ParameterizedTest
    @MethodSource("everyKindAndWay")
    void takes_nothing(Kind kind, Leaving way) {
      StreamReader reader = readerOf(kind.buffered);
      CompletableFuture<byte[]> read = kind.read(reader);
      assertFalse(read.isDone());

      way.leave(read);
      Deadline.await("the read is over", read::isDone);
      reader.feedData(bytes("defghijklmn\n\n"));

      assertEquals(kind.buffered + "defghijklmn\n\n", rest(reader));
    }

    @Test
    void that_came_too_late_has_its_bytes() {
      StreamReader reader = StreamReader.handFed(10);
      CompletableFuture<byte[]> read = reader.read(10);
      reader.feedData(bytes("data"));

      assertFalse(read.cancel(false));
      assertFalse(read.complete(bytes("other")));

      assertEquals("data", text(read));
    }

    @Test
    void is_only_the_future_that_the_method_returned() {
      StreamReader reader = StreamReader.handFed(10);
      CompletableFuture<byte[]> read = reader.read(10);

      read.thenApply(bytes -> bytes).cancel(false);

      assertFalse(read.isDone());
      reader.feedData(bytes("data"));
      assertEquals("data", text(read));
    }
  }

  @Nested
  class BackPressure {

    private final ScriptedConnection scripted = ScriptedConnection.open(4);
    private final ScriptedChannel channel = scripted.channel();
    private final StreamReader reader = scripted.reader();

    @Test
    void reading_pauses_above_twice_the_limit() {
      channel.arrive("12345678");
      assertTrue(channel.isReadPending());

      channel.arrive("9");

      assertFalse(channel.isReadPending());
      assertFalse(scripted.transport().isReading());
      assertTrue(reader.toString().contains("paused"), reader.toString());
    }

    @Test
    void reading_goes_on_at_the_limit() {
      channel.arrive("123456789");
      assertEquals("1234", text(reader.read(4)));
      assertFalse(channel.isReadPending());

      assertEquals("5", text(reader.read(1)));

      assertTrue(channel.isReadPending());
      assertTrue(scripted.transport().isReading());
    }

    @Test
    void reading_goes_on_at_the_limit_after_a_poll() throws IOException {
      channel.arrive("123456789");

      assertEquals("12345", text(reader.poll(ReadRequest.exactly(5))));

      assertTrue(channel.isReadPending());
    }

    @Test
    void a_read_that_has_to_wait_makes_reading_go_on() {
      channel.arrive("123456789");

      CompletableFuture<byte[]> read = reader.readExactly(30);

      assertTrue(channel.isReadPending());
      channel.arrive("0123456789");
      assertTrue(channel.isReadPending());
      channel.arrive("01234567890");
      assertEquals(30, Deadline.get(read).length);
    }

    @Test
    void a_whenReady_that_has_to_wait_makes_reading_go_on() {
      channel.arrive("123456789");

      CompletableFuture<Void> ready = reader.whenReady(ReadRequest.exactly(10));

      assertTrue(channel.isReadPending());
      channel.arrive("0");
      assertNull(Deadline.get(ready));
    }

    @Test
    void reading_pauses_again_when_the_one_who_waited_has_left() {
      channel.arrive("123456789");
      reader.readExactly(30).cancel(false);

      channel.arrive("0");

      assertFalse(channel.isReadPending());
      assertEquals("1234567890", text(reader.read(100)));
    }

    @Test
    void an_overrun_line_that_is_dropped_makes_reading_go_on() {
      channel.arrive("123456789\n");
      assertFalse(channel.isReadPending());

      Deadline.failure(LimitOverrunException.class, reader.readLine());

      assertTrue(channel.isReadPending());
    }

    @Test
    void a_peer_that_never_stops_is_held_back_when_nobody_reads() {
      for (int i = 0; i < 1000; i++) {
        channel.arrive("123456789");
      }

      assertEquals(1, channel.reads());
    }
  }

  @Nested
  class Separators {

    private static final byte[][][] SETS = {
      {bytes("\r\n")},
      {bytes("aab")},
      {bytes("aaa")},
      {bytes("ab"), bytes("aab"), bytes("b\n")},
      {bytes("\n"), bytes("\r\n\r\n")},
      {bytes("abcabd")}
    };

    private static final String CONTENT =
        "xaaaab\r\n\r\naab\raab\n\n\naaaaabcabcabdab\r\r\nrest of it\r";

    /** Reads everything up to separators, until none is left; fed in pieces as told. */
    private static List<String> readAll(byte[][] separators, List<String> pieces) {
      StreamReader reader = StreamReader.handFed(1000);
      List<String> parts = new ArrayList<>();
      CompletableFuture<byte[]> read = reader.readUntil(separators);
      for (String piece : pieces) {
        reader.feedData(bytes(piece));
        while (read.isDone()) {
          parts.add(text(read));
          read = reader.readUntil(separators);
        }
      }
      reader.feedEof();
      IncompleteReadException incomplete = Deadline.failure(IncompleteReadException.class, read);
      parts.add(text(incomplete.partial()));
      return parts;
    }

    @Test
    void split_at_every_place_are_found_as_in_one_piece() {
      for (byte[][] separators : SETS) {
        List<String> whole = readAll(separators, List.of(CONTENT));
        assertTrue(whole.size() > 1, whole.toString());
        for (int i = 1; i < CONTENT.length(); i++) {
          assertEquals(
              whole, readAll(separators, List.of(CONTENT.substring(0, i), CONTENT.substring(i))));
        }
      }
    }

    @Test
    void in_one_byte_packets_and_random_pieces_are_found_as_in_one_piece() {
      Random random = new Random(17);
      for (byte[][] separators : SETS) {
        List<String> whole = readAll(separators, List.of(CONTENT));
        for (int round = 0; round < 200; round++) {
          int largest = 1 + round % 7;
          List<String> pieces = new ArrayList<>();
          for (int at = 0; at < CONTENT.length(); ) {
            int end = Math.min(CONTENT.length(), at + 1 + random.nextInt(largest));
            pieces.add(CONTENT.substring(at, end));
            at = end;
          }
          assertEquals(whole, readAll(separators, pieces), pieces.toString());
        }
      }
    }

    @Test
    void the_match_that_ends_first_wins() {
      StreamReader reader = readerOf("xxABCDxx");

      assertEquals("xxAB", text(reader.readUntil(bytes("ABCD"), bytes("AB"), bytes("BCD"))));
    }

    @Test
    void one_longer_than_what_has_come_is_waited_for() {
      StreamReader reader = readerOf("a");
      CompletableFuture<byte[]> read = reader.readUntil(bytes("bcdefgh"));
      reader.feedData(bytes("bcdef"));
      assertFalse(read.isDone());

      reader.feedData(bytes("gh"));

      assertEquals("abcdefgh", text(read));
    }

    @Test
    void given_to_a_read_can_be_changed_afterwards() {
      StreamReader reader = StreamReader.handFed(10);
      byte[] separator = bytes(";");
      CompletableFuture<byte[]> read = reader.readUntil(separator);

      separator[0] = '!';
      reader.feedData(bytes("a!b;"));

      assertEquals("a!b;", text(read));
    }

    @Test
    void searched_for_one_after_the_other_are_searched_from_the_start() {
      StreamReader reader = readerOf("one;two\n");
      assertTrue(reader.readUntil(bytes("#")).cancel(false));
      assertTrue(reader.readUntil(bytes("##")).cancel(false));

      assertEquals("one;", text(reader.readUntil(bytes(";"))));
      assertEquals("two\n", text(reader.readLine()));
    }
  }

  @Nested
  class Limits {

    @Test
    void a_line_may_have_as_many_bytes_as_the_limit_before_its_newline() {
      assertEquals("12345\n", text(readerOf(5, "12345\nrest").readLine()));
      assertEquals("12345ab", text(readerOf(5, "12345abrest").readUntil(bytes("ab"))));
    }

    @Test
    void a_separator_found_behind_the_limit_is_told_with_where_it_begins() {
      StreamReader reader = readerOf(5, "123456ab789");

      LimitOverrunException overrun =
          Deadline.failure(LimitOverrunException.class, reader.readUntil(bytes("ab")));

      assertEquals(6, overrun.consumed());
      assertTrue(overrun.getMessage().contains("is found"), overrun.getMessage());
      assertEquals("123456", text(reader.readExactly(overrun.consumed())));
      assertEquals("ab", text(reader.readUntil(bytes("ab"))));
      assertEquals("789", rest(reader));
    }

    @Test
    void a_separator_not_found_within_the_limit_is_told_with_what_cannot_be_part_of_it() {
      StreamReader reader = readerOf(5, "1234567a");

      LimitOverrunException overrun =
          Deadline.failure(LimitOverrunException.class, reader.readUntil(bytes("ab")));

      assertEquals(7, overrun.consumed());
      assertTrue(overrun.getMessage().contains("is not found"), overrun.getMessage());
      assertEquals("1234567", text(reader.readExactly(overrun.consumed())));
      reader.feedData(bytes("b"));
      assertEquals("ab", text(reader.readUntil(bytes("ab"))));
    }

    @Test
    void a_separator_that_can_still_begin_within_the_limit_is_waited_for() {
      StreamReader reader = readerOf(5, "12345");
      CompletableFuture<byte[]> line = reader.readLine();
      assertFalse(line.isDone());

      reader.feedData(bytes("\n"));

      assertEquals("12345\n", text(line));
    }

    @Test
    void the_longest_of_several_separators_decides_how_long_is_waited() {
      StreamReader reader = readerOf(5, "1234567");
      CompletableFuture<byte[]> read = reader.readUntil(bytes("a"), bytes("abcd"));
      assertFalse(read.isDone());
      reader.feedData(bytes("89"));

      assertEquals(6, Deadline.failure(LimitOverrunException.class, read).consumed());
    }

    @Test
    void an_over_long_line_names_the_limit_and_the_way_out_and_the_next_line_follows() {
      StreamReader reader = readerOf(5, "too long\nnext\n");

      String message =
          Deadline.failure(LimitOverrunException.class, reader.readLine()).getMessage();

      assertTrue(message.contains("5 bytes"), message);
      assertTrue(message.contains("withLimit"), message);
      assertEquals("next\n", text(reader.readLine()));
    }

    @Test
    void an_over_long_line_without_an_end_drops_what_has_come() {
      StreamReader reader = readerOf(5, "1234");
      CompletableFuture<byte[]> line = reader.readLine();
      reader.feedData(bytes("567"));
      Deadline.failure(LimitOverrunException.class, line);

      reader.feedData(bytes("89\nnext\n"));

      assertEquals("89\n", text(reader.readLine()));
      assertEquals("next\n", text(reader.readLine()));
    }

    @Test
    void an_overrun_comes_before_the_end_and_before_an_error() {
      StreamReader ended = readerOf(5, "1234567");
      ended.feedEof();
      Deadline.failure(LimitOverrunException.class, ended.readUntil(bytes("ab")));
      Deadline.failure(LimitOverrunException.class, ended.readLine());
      assertEquals("", text(ended.readLine()));

      StreamReader cut = readerOf(5, "1234567");
      cut.setException(broken);
      Deadline.failure(LimitOverrunException.class, cut.readUntil(bytes("ab")));
      assertEquals("1234567", text(cut.read(100)));
    }

    @Test
    void do_not_bound_a_read_of_so_many_bytes_or_of_everything() {
      byte[] data = noise(100_000, 3);
      StreamReader reader = StreamReader.handFed(5);
      reader.feedData(data);
      assertEquals(text(data).substring(0, 50_000), text(reader.read(50_000)));
      assertEquals(text(data).substring(50_000), rest(reader));
    }

    @Test
    void are_of_the_default_64_kibibytes() {
      assertEquals(65_536, StreamReader.DEFAULT_LIMIT);
      assertEquals(65_536, ConnectOptions.DEFAULTS.limit());
      assertEquals(65_536, ServerOptions.DEFAULTS.limit());
    }
  }

  @Nested
  class WaitingWithoutTaking {

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whenReady_completes_when_poll_would_answer_and_takes_nothing(boolean waits)
        throws IOException {
      StreamReader reader = StreamReader.handFed(10);
      CompletableFuture<Void> ready = null;
      if (waits) {
        ready = reader.whenReady(ReadRequest.line());
        assertNull(reader.poll(ReadRequest.line()));
        assertFalse(ready.isDone());
      }
      reader.feedData(bytes("line\n"));
      if (!waits) {
        ready = reader.whenReady(ReadRequest.line());
      }

      assertNull(Deadline.get(ready));
      assertEquals("line\n", text(reader.poll(ReadRequest.line())));
      assertNull(reader.poll(ReadRequest.line()));
    }

    @Test
    void whenReady_completes_when_poll_would_fail() {
      StreamReader reader = readerOf("abc");
      CompletableFuture<Void> ready = reader.whenReady(ReadRequest.exactly(10));

      reader.feedEof();

      assertNull(Deadline.get(ready));
      IncompleteReadException incomplete =
          assertThrows(IncompleteReadException.class, () -> reader.poll(ReadRequest.exactly(10)));
      assertEquals("abc", text(incomplete.partial()));
    }

    @Test
    void poll_fails_as_a_read_would() {
      StreamReader cut = readerOf("abc");
      cut.setException(broken);
      assertSame(broken, assertThrows(IOException.class, () -> cut.poll(ReadRequest.exactly(10))));
      assertEquals("abc", text(cut.read(10)));

      StreamReader overrun = readerOf(5, "1234567\n");
      assertThrows(LimitOverrunException.class, () -> overrun.poll(ReadRequest.line()));
      assertEquals("", rest(overrun));
    }

    @Test
    void poll_answers_every_kind_of_request() throws IOException {
      StreamReader reader = readerOf("line\nexact;some");

      assertEquals("line\n", text(reader.poll(ReadRequest.line())));
      assertEquals("exa", text(reader.poll(ReadRequest.exactly(3))));
      assertEquals("ct;", text(reader.poll(ReadRequest.until(bytes(";")))));
      assertEquals("so", text(reader.poll(ReadRequest.upTo(2))));
      assertNull(reader.poll(ReadRequest.toEof()));
      reader.feedEof();
      assertEquals("me", text(reader.poll(ReadRequest.toEof())));
    }

    @Test
    void a_request_serves_several_readers_and_more_than_once() {
      ReadRequest request = ReadRequest.until(bytes("::"));
      StreamReader first = readerOf("a:");
      StreamReader second = readerOf("abcdef:");
      CompletableFuture<byte[]> fromFirst = first.submit(request);
      CompletableFuture<byte[]> fromSecond = second.submit(request);

      first.feedData(bytes(":b::"));
      second.feedData(bytes("::"));

      assertEquals("a::", text(fromFirst));
      assertEquals("b::", text(first.submit(request)));
      assertEquals("abcdef::", text(fromSecond));
    }
  }

  @Nested
  class IntoABuffer {

    private final ByteBuffer buffer = ByteBuffer.allocate(8);

    private String filled() {
      return text(Arrays.copyOf(buffer.array(), buffer.position()));
    }

    @Test
    void a_read_goes_behind_the_position_and_moves_it() {
      StreamReader reader = readerOf("data");
      buffer.put(bytes("::"));

      CompletableFuture<Integer> read = reader.read(buffer);

      assertTrue(read.isDone());
      assertEquals(4, Deadline.get(read));
      assertEquals("::data", filled());
      assertEquals(8, buffer.limit());
    }

    @Test
    void a_read_that_waits_is_answered_by_the_next_bytes_and_leaves_what_has_no_room() {
      StreamReader reader = StreamReader.handFed(10);
      CompletableFuture<Integer> read = reader.read(buffer);

      reader.feedData(bytes("0123456789"));

      assertEquals(8, Deadline.get(read));
      assertEquals("01234567", filled());
      assertEquals("89", rest(reader));
    }

    @Test
    void a_read_without_room_is_answered_with_0_whatever_has_become_of_the_stream()
        throws IOException {
      StreamReader reader = readerOf("kept");
      ByteBuffer none = ByteBuffer.allocate(0);

      assertEquals(0, Deadline.get(reader.read(none)));
      assertEquals(0, reader.poll(none));
      assertEquals("kept", rest(reader));
      assertEquals(0, Deadline.get(reader.read(none)));
      StreamReader lost = StreamReader.handFed(10);
      lost.setException(broken);
      assertEquals(0, Deadline.get(lost.read(none)));
      assertEquals(0, lost.poll(none));
    }

    @Test
    void the_end_is_told_again_and_again() throws IOException {
      StreamReader reader = readerOf("last");
      reader.feedEof();

      assertEquals(4, Deadline.get(reader.read(buffer)));
      for (int i = 0; i < 2; i++) {
        assertEquals(-1, Deadline.get(reader.read(buffer)));
        assertEquals(-1, reader.poll(buffer));
      }
      assertEquals("last", filled());
    }

    @Test
    void a_loss_is_told_behind_the_bytes_that_came() throws IOException {
      StreamReader reader = readerOf("last");
      reader.setException(broken);

      assertEquals(4, reader.poll(buffer));
      assertSame(broken, Deadline.failure(IOException.class, reader.read(buffer)));
      assertSame(broken, assertThrows(IOException.class, () -> reader.poll(buffer)));
      assertEquals("last", filled());
    }

    @Test
    void a_read_that_waits_is_told_of_the_end_and_of_a_loss() {
      StreamReader ended = StreamReader.handFed(10);
      CompletableFuture<Integer> toTheEnd = ended.read(buffer);
      ended.feedEof();
      StreamReader lost = StreamReader.handFed(10);
      CompletableFuture<Integer> toTheLoss = lost.read(buffer);
      lost.setException(broken);

      assertEquals(-1, Deadline.get(toTheEnd));
      assertSame(broken, Deadline.failure(IOException.class, toTheLoss));
      assertEquals(0, buffer.position());
    }

    @Test
    void one_that_is_read_only_is_refused_and_nothing_is_taken() {
      StreamReader reader = readerOf("kept");
      Class<IllegalArgumentException> refused = IllegalArgumentException.class;
      ByteBuffer readOnly = buffer.asReadOnlyBuffer();

      WrongArguments.assertNames(
          assertThrows(refused, () -> reader.read(readOnly)), "destination", "read-only");
      WrongArguments.assertNames(
          assertThrows(refused, () -> reader.poll(readOnly)), "destination", "read-only");
      assertEquals("kept", rest(reader));
    }

    @Test
    void poll_answers_null_when_a_read_would_have_to_wait() throws IOException {
      StreamReader reader = StreamReader.handFed(10);
      assertNull(reader.poll(buffer));
      CompletableFuture<Void> ready = reader.whenReady(ReadRequest.upTo(buffer.remaining()));
      assertFalse(ready.isDone());
      reader.feedData(bytes("0123456789"));

      assertNull(Deadline.get(ready));
      assertEquals(8, reader.poll(buffer));
      assertEquals("01234567", filled());
      assertEquals("89", rest(reader));
    }

    @Test
    void poll_makes_reading_go_on_when_there_is_room_again() throws IOException {
      ScriptedConnection scripted = ScriptedConnection.open(4);
      scripted.channel().arrive("0123456789");
      assertFalse(scripted.transport().isReading());

      assertEquals(8, scripted.reader().poll(buffer));

      assertTrue(scripted.transport().isReading());
    }

    /** Changes the buffer under a read that waits, in a way that leaves it too small, or unfit. */
    enum Misuse {
      LESS_ROOM {
        @Override
        void change(ByteBuffer waited) {
          waited.limit(waited.position() + 2);
        }
      },
      NO_ROOM {
        @Override
        void change(ByteBuffer waited) {
          waited.position(waited.limit());
        }
      };

      abstract void change(ByteBuffer waited);
    }

    @ParameterizedTest
    @EnumSource
    void one_that_is_changed_while_a_read_waits_gets_no_more_than_fits(Misuse misuse) {
      StreamReader reader = StreamReader.handFed(10);
      CompletableFuture<Integer> read = reader.read(buffer);
      misuse.change(buffer);
      int room = buffer.remaining();

      reader.feedData(bytes("data"));

      assertEquals(room, Deadline.get(read));
      assertEquals("data".substring(room), rest(reader));
    }
  }

  @Nested
  class EachLine {

    private static final int MANY = 100_000;

    private static long stackDepth() {
      return StackWalker.getInstance().walk(Stream::count);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fed before", "fed while it waits", "acted on later"})
    void of_a_hundred_thousand_lines_is_handed_over_on_a_stack_that_does_not_grow(String how) {
      StreamReader reader = StreamReader.handFed(StreamReader.DEFAULT_LIMIT);
      byte[] lines = bytes("a line\n".repeat(MANY));
      if (!how.equals("fed while it waits")) {
        reader.feedData(lines);
      }
      AtomicInteger seen = new AtomicInteger();
      List<Long> depths = new ArrayList<>(); // of the stack, for some of the lines
      CompletableFuture<Void> done =
          reader.forEachLine(
              line -> {
                if (seen.getAndIncrement() % 1000 == 0) {
                  depths.add(stackDepth());
                }
                return how.equals("acted on later") && seen.get() % 100 == 0
                    ? CompletableFuture.runAsync(() -> {})
                    : CompletableFuture.completedFuture(line);
              });
      if (how.equals("fed while it waits")) {
        reader.feedData(lines);
      }
      reader.feedEof();

      assertNull(Deadline.get(done));
      assertEquals(MANY, seen.get());
      long deepest = depths.stream().mapToLong(depth -> depth).max().orElseThrow();
      assertTrue(deepest - depths.get(0) < 50, depths.toString());
    }

    @Test
    void waits_for_the_stage_of_the_one_before() {
      StreamReader reader = readerOf("one\ntwo\n");
      List<String> seen = new ArrayList<>();
      CompletableFuture<Void> first = new CompletableFuture<>();
      CompletableFuture<Void> done =
          reader.forEachLine(
              line -> {
                seen.add(text(line));
                return first;
              });
      assertEquals(List.of("one\n"), seen);

      first.complete(null);

      assertEquals(List.of("one\n", "two\n"), seen);
      assertFalse(done.isDone());
      reader.feedEof();
      assertNull(Deadline.get(done));
    }

    @Test
    void counts_when_it_lacks_its_newline() {
      StreamReader reader = readerOf("one\ntw");
      reader.feedEof();
      List<String> seen = new ArrayList<>();

      Deadline.get(
          reader.forEachLine(
              line -> {
                seen.add(text(line));
                return CompletableFuture.completedFuture(null);
              }));

      assertEquals(List.of("one\n", "tw"), seen);
    }

    @Test
    void is_left_in_the_reader_when_the_loop_is_cancelled_while_it_waits() {
      StreamReader reader = readerOf("half a li");
      List<String> seen = new ArrayList<>();
      CompletableFuture<Void> loop =
          reader.forEachLine(
              line -> {
                seen.add(text(line));
                return CompletableFuture.completedFuture(null);
              });

      assertTrue(loop.cancel(false));
      reader.feedData(bytes("ne\nnext\n"));

      assertEquals(List.of(), seen);
      assertEquals("half a line\n", text(reader.readLine()));
      assertEquals("next\n", rest(reader));
    }

    @Test
    void after_the_one_being_acted_on_is_left_in_the_reader_when_the_loop_is_cancelled() {
      StreamReader reader = readerOf("one\ntwo\n");
      CompletableFuture<Void> acting = new CompletableFuture<>();
      List<String> seen = new ArrayList<>();
      CompletableFuture<Void> loop =
          reader.forEachLine(
              line -> {
                seen.add(text(line));
                return acting;
              });
      assertTrue(loop.cancel(false));

      acting.complete(null);

      assertEquals(List.of("one\n"), seen);
      assertEquals("two\n", rest(reader));
    }

    @Test
    void fails_the_loop_with_what_its_action_threw_or_its_stage_failed_with() {
      RuntimeException thrown = new IllegalStateException("the action's");
      assertSame(
          thrown,
          Deadline.failure(
              RuntimeException.class,
              readerOf("one\n")
                  .forEachLine(
                      line -> {
                        throw thrown;
                      })));
      assertSame(
          thrown,
          Deadline.failure(
              RuntimeException.class,
              readerOf("one\n").forEachLine(line -> CompletableFuture.failedFuture(thrown))));
      assertSame(
          thrown,
          Deadline.failure(
              RuntimeException.class,
              readerOf("one\n")
                  .forEachLine(
                      line ->
                          CompletableFuture.runAsync(
                              () -> {
                                throw thrown;
                              }))));
    }

    @Test
    void needs_an_action_that_returns_a_stage() {
      String message =
          Deadline.failure(NullPointerException.class, readerOf("one\n").forEachLine(line -> null))
              .getMessage();

      assertTrue(message.contains("returned null instead of a stage"), message);
    }

    @Test
    void that_follows_a_failure_is_left_in_the_reader() {
      StreamReader reader = readerOf("one\ntwo\n");

      Deadline.failure(
          IOException.class, reader.forEachLine(line -> CompletableFuture.failedFuture(broken)));

      assertEquals("two\n", text(reader.readLine()));
    }

    @Test
    void fails_the_loop_with_what_its_read_fails_with() {
      StreamReader cut = readerOf("one\n");
      CompletableFuture<Void> loop =
          cut.forEachLine(line -> CompletableFuture.completedFuture(null));
      cut.setException(broken);
      assertSame(broken, Deadline.failure(IOException.class, loop));

      Deadline.failure(
          LimitOverrunException.class,
          readerOf(5, "too long\n").forEachLine(line -> CompletableFuture.completedFuture(null)));
    }

    @Test
    void may_be_read_by_one_loop_at_a_time() {
      StreamReader reader = StreamReader.handFed(10);
      CompletableFuture<Void> first =
          reader.forEachLine(line -> CompletableFuture.completedFuture(null));

      Deadline.failure(
          IllegalStateException.class,
          reader.forEachLine(line -> CompletableFuture.completedFuture(null)));

      assertFalse(first.isDone());
    }
  }

  @Nested
  class ReadingInACallback {

    private static final int DEEP = 100_000;

    private final List<Integer> seen = new ArrayList<>();
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    private void readNext(StreamReader reader) {
      reader
          .readExactly(1)
          .whenComplete(
              (bytes, error) -> {
                if (error != null) {
                  done.completeExceptionally(error);
                  return;
                }
                seen.add((int) bytes[0]);
                if (seen.size() == DEEP) {
                  done.complete(null);
                } else {
                  readNext(reader);
                }
              });
    }

    @Test
    void a_hundred_thousand_deep_does_not_fill_the_stack() {
      StreamReader reader = StreamReader.handFed(StreamReader.DEFAULT_LIMIT);
      byte[] data = noise(DEEP, 24);
      readNext(reader);

      reader.feedData(data);

      assertNull(Deadline.get(done));
      for (int i = 0; i < DEEP; i++) {
        assertEquals(data[i], seen.get(i).byteValue());
      }
    }

    @Test
    void many_times_in_a_row_is_answered_like_anywhere_else() {
      StreamReader reader = StreamReader.handFed(StreamReader.DEFAULT_LIMIT);
      List<CompletableFuture<byte[]>> reads = new ArrayList<>();
      CompletableFuture<Void> first =
          reader
              .read(1)
              .thenAccept(
                  bytes -> {
                    for (int i = 0; i < 200; i++) {
                      reads.add(reader.readExactly(1));
                    }
                  });

      reader.feedData(bytes("x" + "y".repeat(200)));

      assertNull(Deadline.get(first));
      reads.forEach(read -> assertEquals("y", text(read)));
    }

    @Test
    void that_throws_does_not_disturb_the_next_read() {
      StreamReader reader = StreamReader.handFed(10);
      CompletableFuture<Void> throwing =
          reader
              .read(1)
              .thenAccept(
                  bytes -> {
                    throw new IllegalStateException("the callback's");
                  });

      reader.feedData(bytes("ab"));

      Deadline.failure(IllegalStateException.class, throwing);
      assertEquals("b", text(reader.read(1)));
    }
  }

  @Nested
  class WrongArguments {

    private final StreamReader reader = StreamReader.handFed(10);

    private static void assertNames(RuntimeException refused, String... facts) {
      for (String fact : facts) {
        assertTrue(refused.getMessage().contains(fact), refused.getMessage());
      }
    }

    @Test
    void are_refused_with_the_name_the_value_and_what_is_allowed() {
      Class<IllegalArgumentException> refused = IllegalArgumentException.class;
      assertNames(
          assertThrows(refused, () -> reader.read(-7)),
          "max",
          "-7",
          "can not be less than zero",
          "read()");
      assertNames(
          assertThrows(refused, () -> reader.readExactly(-7)),
          "count",
          "-7",
          "can not be less than zero");
      assertNames(
          assertThrows(refused, () -> StreamReader.handFed(-7)), "limit", "-7", "cannot be <= 0");
      assertNames(
          assertThrows(refused, () -> reader.readUntil(bytes("a"), new byte[0])),
          "separators[1]",
          "empty",
          "at least");
    }

    @Test
    void that_are_null_are_refused_by_name() {
      Class<NullPointerException> refused = NullPointerException.class;
      assertNames(assertThrows(refused, () -> reader.submit(null)), "request");
      assertNames(assertThrows(refused, () -> reader.whenReady((ReadRequest) null)), "request");
      assertNames(assertThrows(refused, () -> reader.poll((ReadRequest) null)), "request");
      assertNames(assertThrows(refused, () -> reader.poll((ByteBuffer) null)), "destination");
      assertNames(assertThrows(refused, () -> reader.read((ByteBuffer) null)), "destination");
      assertNames(assertThrows(refused, () -> reader.forEachLine(null)), "action");
      assertNames(assertThrows(refused, () -> reader.feedData(null)), "data");
      assertNames(assertThrows(refused, () -> reader.setException(null)), "error");
      assertNames(assertThrows(refused, () -> reader.readUntil(bytes("a"), null)), "separators[1]");
      assertNames(assertThrows(refused, () -> reader.readUntil((byte[][]) null)), "separators");
    }
  }

  @Nested
  class TextForm {

    @Test
    void tells_what_is_buffered_who_waits_and_how_it_ended() {
      StreamReader reader = StreamReader.handFed(10);
      reader.feedData(bytes("abc"));
      CompletableFuture<byte[]> read = reader.readExactly(12);

      assertEquals(
          "StreamReader[3 bytes, limit=10, waiting for exactly 12 bytes]", reader.toString());
      assertTrue(read.cancel(false));
      reader.feedEof();
      assertEquals("StreamReader[3 bytes, eof, limit=10]", reader.toString());
    }

    @Test
    void of_requests_says_what_is_to_be_read() {
      assertEquals("up to 5 bytes", ReadRequest.upTo(5).toString());
      assertEquals("exactly 5 bytes", ReadRequest.exactly(5).toString());
      assertEquals("a line", ReadRequest.line().toString());
      assertEquals("up to a separator", ReadRequest.until(bytes("x")).toString());
      assertEquals("everything up to the end", ReadRequest.toEof().toString());
    }
  }
}
