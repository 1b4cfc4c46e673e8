package io.weir.contract;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.noise;
import static io.weir.testing.Texts.text;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.CloseReason;
import io.weir.ConnectionHandler;
import io.weir.ConnectionLostException;
import io.weir.Decoder;
import io.weir.Decoders;
import io.weir.ExtraInfo;
import io.weir.IncompleteReadException;
import io.weir.LengthPrefix;
import io.weir.LimitOverrunException;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.WriteLimits;
import io.weir.testing.CallbackCheck;
import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import io.weir.testing.Tasks;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the streams of every connection do, whatever carries its bytes. A subclass says how two
 * connected ends are opened.
 */
abstract class StreamContract {

  private static final int MIB = 1024 * 1024;

  private final List<StreamConnection> opened = new ArrayList<>();

  private int filled; // bytes that fill() has written

  StreamReader reader;
  StreamWriter writer;
  StreamReader peerReader;
  StreamWriter peerWriter;

  /**
   * Opens two connected ends.
   *
   * @param limit of both readers
   */
  abstract Ends openPair(int limit);

  /** How the text of an open transport begins, up to the addresses. */
  abstract String kind();

  /** Whether one half can be ended alone. */
  boolean halfCloses() {
    return true;
  }

  /** What a connection fails with when the peer has gone without a word. */
  Class<? extends IOException> loss() {
    return ConnectionLostException.class;
  }

  /** Ends the stream to the peer: our half of it, or, where that cannot be ended alone, all. */
  private void end(StreamWriter ending) {
    if (halfCloses()) {
      ending.writeEof();
    } else {
      ending.close();
    }
  }

  /** Two ends of a connection. */
  record Ends(StreamConnection ours, StreamConnection theirs) {

    /** Opens one through a server, which is closed at once. */
    static Ends of(
        BiFunction<ConnectionHandler, ServerOptions, CompletableFuture<Server>> start,
        Function<Server, CompletableFuture<StreamConnection>> connect,
        int limit) {
      CompletableFuture<StreamConnection> accepted = new CompletableFuture<>();
      ConnectionHandler handler =
          ConnectionHandler.of((in, out) -> accepted.complete(new StreamConnection(in, out)));
      Server server = Deadline.get(start.apply(handler, ServerOptions.DEFAULTS.withLimit(limit)));
      try (server) {
        return new Ends(Deadline.get(connect.apply(server)), Deadline.get(accepted));
      }
    }
  }

  @BeforeEach
  void open() {
    open(StreamReader.DEFAULT_LIMIT);
  }

  final void open(int limit) {
    Ends ends = openPair(limit);
    opened.add(ends.ours());
    opened.add(ends.theirs());
    reader = ends.ours().reader();
    writer = ends.ours().writer();
    peerReader = ends.theirs().reader();
    peerWriter = ends.theirs().writer();
  }

  @AfterEach
  void abortAll() {
    for (StreamConnection connection : opened) {
      connection.writer().transport().abort();
      assertTrue(connection.writer().isClosing());
    }
  }

  /** Writes until the peer takes no more and drain has to wait. */
  private CompletableFuture<Void> fill() {
    byte[] chunk = new byte[256 * 1024];
    CompletableFuture<Void> drain;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Deadline.LIMIT_SECONDS);
    do {
      assertTrue(System.nanoTime() - end < 0, "the peer takes everything");
      writer.write(chunk);
      filled += chunk.length;
      drain = writer.drain();
    } while (drain.isDone() || writer.transport().getWriteBufferSize() < 16 * MIB);
    return drain;
  }

  private void answerLinesInUpperCase() {
    peerReader
        .forEachLine(
            line -> {
              peerWriter.write(bytes(text(line).toUpperCase(Locale.ROOT)));
              return peerWriter.drain();
            })
        .whenComplete((nothing, error) -> peerWriter.close());
  }

  // ---- reading and writing ----

  @Test
  void what_is_written_is_read_in_both_directions() {
    writer.write(bytes("to the peer"));
    peerWriter.write(bytes("to us"));

    assertEquals("to the peer", text(peerReader.readExactly(11)));
    assertEquals("to us", text(reader.readExactly(5)));
  }

  @Test
  void an_echo_gives_everything_back_and_ends() {
    peerReader
        .readUntil(bytes("three"))
        .thenAccept(
            everything -> {
              peerWriter.write(everything);
              peerWriter.close();
            });
    writer.writeLines(List.of(bytes("one\n"), bytes("two\n"), bytes("three")));

    assertEquals("one\ntwo\nthree", text(reader.read()));
    assertTrue(reader.atEof());
  }

  @Test
  void an_echo_ends_with_the_half_that_it_echoes() {
    if (!halfCloses()) {
      assertThrows(UnsupportedOperationException.class, writer::writeEof);
      return;
    }
    peerReader
        .forEachLine(
            line -> {
              peerWriter.write(line);
              return peerWriter.drain();
            })
        .whenComplete((nothing, error) -> peerWriter.close());
    writer.writeLines(List.of(bytes("one\n"), bytes("two\n"), bytes("three")));
    writer.writeEof();

    assertEquals("one\ntwo\nthree", text(reader.read()));
    assertTrue(reader.atEof());
  }

  @Test
  void a_question_and_an_answer_take_turns_a_thousand_times() {
    answerLinesInUpperCase();
    for (int i = 0; i < 1_000; i++) {
      writer.write(bytes("q" + i + "\n"));

      assertEquals("Q" + i + "\n", text(reader.readLine()));
    }
  }

  @Test
  @Tag(Multiplicity.TAG)
  void two_ends_that_answer_each_other_in_callbacks_do_not_fill_the_stack() {
    int turns = Multiplicity.rounds(20_000);
    peerReader.forEachLine(
        line -> {
          peerWriter.write(line);
          return CompletableFuture.completedFuture(null);
        });
    int[] left = {turns};
    CompletableFuture<Void> over = new CompletableFuture<>();
    reader.forEachLine(
        line -> {
          if (--left[0] == 0) {
            over.complete(null);
          } else {
            writer.write(line);
          }
          return CompletableFuture.completedFuture(null);
        });
    writer.write(bytes("ball\n"));

    assertNull(Deadline.get(over));
    assertEquals(0, left[0]);
  }

  @Test
  void a_read_waits_for_the_first_byte_and_takes_what_is_there() {
    CompletableFuture<byte[]> read = reader.read(100);
    assertFalse(read.isDone());

    peerWriter.write(bytes("some"));

    assertEquals("some", text(read));
  }

  @Test
  void a_read_of_nothing_is_answered_at_once() {
    assertTrue(reader.read(0).isDone());
    assertEquals("", text(reader.readExactly(0)));
  }

  @Test
  void a_read_to_the_end_gets_everything() {
    peerWriter.write(bytes("every"));
    peerWriter.write(bytes("thing"));
    peerWriter.close();

    assertEquals("everything", text(reader.read()));
    assertEquals("", text(reader.read()));
  }

  @Test
  void lines_come_one_by_one_and_the_last_may_lack_its_newline() {
    peerWriter.write(bytes("first\n\nsecond\nrest"));
    end(peerWriter);

    assertEquals("first\n", text(reader.readLine()));
    assertEquals("\n", text(reader.readLine()));
    assertEquals("second\n", text(reader.readLine()));
    assertEquals("rest", text(reader.readLine()));
    assertEquals("", text(reader.readLine()));
  }

  @Test
  void a_line_may_come_in_pieces() {
    CompletableFuture<byte[]> line = reader.readLine();
    peerWriter.write(bytes("in "));
    Deadline.await("the first has come", () -> reader.toString().contains("3 bytes"));
    peerWriter.write(bytes("pieces\n"));

    assertEquals("in pieces\n", text(line));
  }

  @Test
  void an_exact_number_crosses_the_borders_of_writes() {
    CompletableFuture<byte[]> read = reader.readExactly(10);
    peerWriter.write(bytes("01234"));
    peerWriter.write(bytes("56789abc"));

    assertEquals("0123456789", text(read));
    assertEquals("abc", text(reader.readExactly(3)));
  }

  @Test
  void an_exact_number_is_not_bounded_by_the_limit() {
    open(16);
    byte[] data = noise(100_000, 1);
    peerWriter.write(data);

    assertArrayEquals(data, Deadline.get(reader.readExactly(data.length)));
  }

  @Test
  void the_end_before_an_exact_number_tells_what_came() {
    peerWriter.write(bytes("part"));
    end(peerWriter);

    IncompleteReadException incomplete =
        Deadline.failure(IncompleteReadException.class, reader.readExactly(10));
    assertEquals("part", text(incomplete.partial()));
    assertEquals(10, incomplete.expected().getAsInt());
  }

  @Test
  void what_ends_first_of_several_separators_counts() {
    peerWriter.write(bytes("a;b,c\r\nrest"));

    assertEquals("a;", text(reader.readUntil(bytes(","), bytes(";"))));
    assertEquals("b,", text(reader.readUntil(ByteBuffer.wrap(bytes(",")))));
    assertEquals("c\r\n", text(reader.readUntil(bytes("\r\n"))));
    assertEquals("rest", text(reader.read(100)));
  }

  @Test
  void a_separator_may_be_split_between_writes() {
    CompletableFuture<byte[]> read = reader.readUntil(bytes("END"));
    peerWriter.write(bytes("dataE"));
    peerWriter.write(bytes("N"));
    peerWriter.write(bytes("D!"));

    assertEquals("dataEND", text(read));
    assertEquals("!", text(reader.read(100)));
  }

  @Test
  void the_end_before_a_separator_tells_what_came() {
    peerWriter.write(bytes("no separator"));
    end(peerWriter);

    IncompleteReadException incomplete =
        Deadline.failure(IncompleteReadException.class, reader.readUntil(bytes("|")));
    assertEquals("no separator", text(incomplete.partial()));
    assertTrue(incomplete.expected().isEmpty());
  }

  @Test
  void a_line_over_the_limit_is_dropped_and_the_next_one_read() {
    open(8);
    peerWriter.write(bytes("123456789\nnext\n"));
    end(peerWriter);
    Deadline.await("all of it has come", () -> reader.toString().contains("15 bytes"));

    LimitOverrunException overrun =
        Deadline.failure(LimitOverrunException.class, reader.readLine());
    assertTrue(overrun.getMessage().contains("8"), overrun.getMessage());
    assertEquals("next\n", text(reader.readLine()));
  }

  @Test
  void every_line_is_handed_to_an_action_in_order() {
    List<String> lines = new ArrayList<>();
    CompletableFuture<Void> all =
        reader.forEachLine(
            line -> {
              lines.add(text(line));
              return CompletableFuture.completedFuture(null);
            });
    peerWriter.writeLines(List.of(bytes("1\n2\n"), bytes("3\n4")));
    peerWriter.close();

    assertNull(Deadline.get(all));
    assertEquals(List.of("1\n", "2\n", "3\n", "4"), lines);
  }

  @Test
  void what_is_written_is_what_was_there_at_the_call() {
    byte[] data = bytes("as it was");
    writer.write(data);
    writer.write(ByteBuffer.wrap(data));
    Arrays.fill(data, (byte) '!');

    assertEquals("as it wasas it was", text(peerReader.readExactly(18)));
  }

  @Test
  void a_mebibyte_arrives_unchanged_each_way_at_the_same_time() {
    byte[] there = noise(MIB, 2);
    byte[] back = noise(MIB, 3);
    CompletableFuture<byte[]> atPeer = peerReader.readExactly(MIB);
    CompletableFuture<byte[]> here = reader.readExactly(MIB);
    Future<Void> sendingBack = Tasks.start(() -> sendInPieces(peerWriter, back));
    Deadline.get(Tasks.start(() -> sendInPieces(writer, there)));
    Deadline.get(sendingBack);

    assertArrayEquals(there, Deadline.get(atPeer));
    assertArrayEquals(back, Deadline.get(here));
  }

  private static Void sendInPieces(StreamWriter to, byte[] data) {
    int size = 7_001;
    for (int at = 0; at < data.length; at += size) {
      to.write(data, at, Math.min(size, data.length - at));
      Deadline.get(to.drain());
    }
    return null;
  }

  @Test
  void a_record_is_not_torn_by_those_of_fifteen_other_threads() {
    int threads = 16;
    int records = 200;
    int size = 300; // of a record: the thread, again and again
    CountDownLatch start = new CountDownLatch(1);
    List<Future<Void>> writing = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      byte[] record = new byte[size];
      Arrays.fill(record, (byte) i);
      writing.add(
          Tasks.start(
              () -> {
                start.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS);
                for (int r = 0; r < records; r++) {
                  writer.write(record);
                }
                return null;
              }));
    }
    start.countDown();

    int[] seen = new int[threads];
    for (int r = 0; r < threads * records; r++) {
      byte[] record = Deadline.get(peerReader.readExactly(size));
      for (byte part : record) {
        assertEquals(record[0], part);
      }
      seen[record[0]]++;
    }
    writing.forEach(Deadline::get);
    for (int count : seen) {
      assertEquals(records, count);
    }
  }

  @Test
  void much_that_is_written_at_once_is_what_was_there_at_the_call() {
    byte[] data = noise(4 * MIB, 5);
    byte[] expected = data.clone();
    writer.write(data);
    Arrays.fill(data, (byte) '!');

    assertArrayEquals(expected, Deadline.get(peerReader.readExactly(expected.length)));
  }

  // ---- into a buffer ----

  /** Buffers with room for eight bytes, and with bytes around it. */
  private static List<ByteBuffer> buffers() {
    ByteBuffer whole = ByteBuffer.allocate(20).position(5).limit(17);
    return List.of(
        ByteBuffer.allocate(12).position(2).limit(10),
        ByteBuffer.allocateDirect(12).position(2).limit(10),
        whole.slice().position(2).limit(10),
        whole.slice().order(ByteOrder.LITTLE_ENDIAN).position(4));
  }

  private static String between(ByteBuffer buffer, int from, int to) {
    byte[] bytes = new byte[to - from];
    buffer.get(from, bytes);
    return text(bytes);
  }

  @Test
  void a_read_into_a_buffer_takes_what_is_there_and_leaves_what_has_no_room() {
    for (ByteBuffer buffer : buffers()) {
      int start = buffer.position();
      peerWriter.write(bytes("0123456789"));
      Deadline.await("it has come", () -> reader.toString().contains("10 bytes"));

      CompletableFuture<Integer> read = reader.read(buffer);

      assertTrue(read.isDone());
      assertEquals(8, Deadline.get(read));
      assertEquals(start + 8, buffer.position());
      assertEquals(start + 8, buffer.limit());
      assertEquals("01234567", between(buffer, start, start + 8));
      assertEquals("89", text(reader.readExactly(2)));
    }
  }

  @Test
  void a_read_into_a_buffer_waits_for_the_first_byte() {
    for (ByteBuffer buffer : buffers()) {
      int start = buffer.position();
      CompletableFuture<Integer> read = reader.read(buffer);
      assertFalse(read.isDone());

      peerWriter.write(bytes("some"));

      assertEquals(4, Deadline.get(read));
      assertEquals(start + 4, buffer.position());
      assertEquals(start + 8, buffer.limit());
      assertEquals("some\0\0\0\0", between(buffer, start, start + 8));
    }
  }

  @Test
  void a_read_that_waits_leaves_what_its_buffer_has_no_room_for() {
    for (ByteBuffer buffer : buffers()) {
      int start = buffer.position();
      CompletableFuture<Integer> read = reader.read(buffer);

      peerWriter.write(bytes("0123456789"));

      assertEquals(8, Deadline.get(read));
      assertEquals("01234567", between(buffer, start, start + 8));
      assertEquals("89", text(reader.readExactly(2)));
    }
  }

  @Test
  void a_read_into_a_buffer_without_room_is_answered_at_once() {
    assertEquals(0, Deadline.get(reader.read(ByteBuffer.allocate(0))));
  }

  @Test
  void the_end_of_reads_into_a_buffer_is_told_again_and_again() {
    ByteBuffer buffer = ByteBuffer.allocate(10);
    peerWriter.write(bytes("last"));
    end(peerWriter);

    assertEquals(4, Deadline.get(reader.read(buffer)));
    assertEquals(-1, Deadline.get(reader.read(buffer)));
    assertEquals(-1, Deadline.get(reader.read(buffer)));
    assertEquals("last", between(buffer, 0, buffer.position()));
  }

  @Test
  void a_read_into_a_buffer_gets_what_came_before_the_peer_was_lost() {
    ByteBuffer buffer = ByteBuffer.allocate(10);
    peerWriter.write(bytes("last"));
    Deadline.await("it has come", () -> reader.toString().contains("4 bytes"));
    peerWriter.transport().abort();
    assertNull(Deadline.get(reader.whenPeerGone()));

    assertEquals(4, Deadline.get(reader.read(buffer)));
    IOException lost = reader.exception();
    if (lost == null) {
      assertEquals(-1, Deadline.get(reader.read(buffer)));
    } else {
      assertEquals(lost, Deadline.failure(IOException.class, reader.read(buffer)));
    }
    assertEquals("last", between(buffer, 0, buffer.position()));
  }

  @Test
  void a_read_into_a_buffer_that_is_cancelled_takes_nothing_and_leaves_the_buffer_as_it_was() {
    ByteBuffer buffer = ByteBuffer.allocate(10);
    CompletableFuture<Integer> read = reader.read(buffer);
    assertTrue(read.cancel(false));
    peerWriter.write(bytes("kept"));
    Deadline.await("it has come", () -> reader.toString().contains("4 bytes"));

    assertEquals(ByteBuffer.allocate(10), buffer);
    assertEquals(4, Deadline.get(reader.read(buffer)));
    assertEquals("kept", between(buffer, 0, 4));
  }

  @Test
  void a_second_read_that_would_wait_is_refused_before_and_after_one_into_a_buffer() {
    ByteBuffer buffer = ByteBuffer.allocate(10);
    CompletableFuture<Integer> first = reader.read(buffer);

    Deadline.failure(IllegalStateException.class, reader.readLine());
    Deadline.failure(IllegalStateException.class, reader.read(ByteBuffer.allocate(5)));
    peerWriter.write(bytes("data"));
    assertEquals(4, Deadline.get(first));
    assertEquals("data", between(buffer, 0, 4));

    CompletableFuture<byte[]> line = reader.readLine();
    Deadline.failure(IllegalStateException.class, reader.read(buffer));
    peerWriter.write(bytes("line\n"));
    assertEquals("line\n", text(line));
    assertEquals(4, buffer.position());
  }

  @Test
  void a_buffer_that_is_changed_while_a_read_waits_loses_nothing() {
    ByteBuffer buffer = ByteBuffer.allocate(10);
    CompletableFuture<Integer> read = reader.read(buffer);
    buffer.limit(2);

    peerWriter.write(bytes("data"));

    int taken = Deadline.get(read.handle((count, misused) -> misused == null ? count : 0));
    assertTrue(taken <= 2, () -> taken + " bytes");
    assertEquals(taken, buffer.position());
    assertEquals("data".substring(0, taken), between(buffer, 0, taken));
    assertEquals("data".substring(taken), text(reader.readExactly(4 - taken)));
  }

  @Test
  void an_echo_through_one_buffer_gives_mebibytes_back_unchanged() {
    byte[] data = noise(2 * MIB, 6);
    CompletableFuture<Void> echo = echoThrough(ByteBuffer.allocateDirect(50_000));
    Future<Void> sending = Tasks.start(() -> sendInPieces(writer, data));

    assertArrayEquals(data, Deadline.get(reader.readExactly(data.length)));
    Deadline.get(sending);
    end(writer);
    assertNull(Deadline.get(echo));
  }

  private CompletableFuture<Void> echoThrough(ByteBuffer buffer) {
    return peerReader
        .read(buffer.clear())
        .thenCompose(
            count -> {
              if (count < 0) {
                return CompletableFuture.completedFuture(null);
              }
              assertEquals(count, buffer.position());
              peerWriter.write(buffer.flip());
              return peerWriter.drain().thenCompose(drained -> echoThrough(buffer));
            });
  }

  // ---- writing in callbacks, while there is more to read ----

  private static final int LINES = 64;

  private static byte[] lines() {
    return bytes(lines(0, LINES));
  }

  private static String lines(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "line " + i + "\n").collect(joining());
  }

  /** Answers lines with themselves, so many, and then reads no more. */
  private CompletableFuture<Void> answer(int lines) {
    return reader
        .readLine()
        .thenCompose(
            line -> {
              writer.write(line);
              return lines == 1 ? CompletableFuture.completedFuture(null) : answer(lines - 1);
            });
  }

  @Test
  void the_answers_to_lines_that_come_together_come_in_order() {
    CompletableFuture<Void> answering = answer(LINES);
    peerWriter.write(lines());

    assertEquals(lines(0, LINES), text(peerReader.readExactly(lines().length)));
    assertNull(Deadline.get(answering));
  }

  @Test
  void what_a_callback_has_answered_is_sent_though_it_never_reads_the_rest() {
    int answered = LINES / 2;
    CompletableFuture<Void> answering = answer(answered);
    peerWriter.write(lines());

    String expected = lines(0, answered);
    assertEquals(expected, text(peerReader.readExactly(expected.length())));
    assertNull(Deadline.get(answering));
    String rest = lines(answered, LINES);
    assertEquals(rest, text(reader.readExactly(rest.length())));
  }

  @Test
  void what_a_callback_has_written_is_sent_though_it_throws() {
    CompletableFuture<Void> answering =
        reader
            .readLine()
            .thenAccept(
                line -> {
                  writer.write(line);
                  throw new IllegalStateException("a bug of the callback");
                });
    peerWriter.write(lines());

    assertEquals(lines(0, 1), text(peerReader.readExactly(lines(0, 1).length())));
    Deadline.failure(IllegalStateException.class, answering);
  }

  @Test
  void what_a_callback_has_written_is_sent_before_it_closes() {
    reader
        .readLine()
        .thenAccept(
            line -> {
              writer.write(line);
              writer.close();
            });
    peerWriter.write(lines());

    assertEquals(lines(0, 1), text(peerReader.readExactly(lines(0, 1).length())));
    assertNull(Deadline.get(writer.waitClosed()));
  }

  @Test
  void a_callback_may_answer_with_more_than_the_high_watermark_and_drain() {
    byte[] large = noise(100_000, 7);
    CompletableFuture<Void> answering =
        reader.forEachLine(
            line -> {
              writer.write(line);
              writer.write(large);
              return writer.drain();
            });
    peerWriter.write(lines());

    for (int i = 0; i < LINES; i++) {
      String line = lines(i, i + 1);
      assertEquals(line, text(peerReader.readExactly(line.length())));
      assertArrayEquals(large, Deadline.get(peerReader.readExactly(large.length)));
    }
    end(peerWriter);
    assertNull(Deadline.get(answering));
  }

  // ---- waiting ----

  @Test
  void a_second_read_that_would_wait_is_refused_and_the_first_goes_on() {
    CompletableFuture<byte[]> first = reader.readLine();

    IllegalStateException refused =
        Deadline.failure(IllegalStateException.class, reader.readExactly(3));
    assertTrue(refused.getMessage().contains("already waiting"), refused.getMessage());
    peerWriter.write(bytes("line\n"));
    assertEquals("line\n", text(first));
  }

  @Test
  void a_read_that_is_cancelled_takes_nothing() {
    CompletableFuture<byte[]> line = reader.readLine();
    assertTrue(line.cancel(false));
    Deadline.failure(CancellationException.class, line);
    CompletableFuture<byte[]> all = reader.read();
    peerWriter.write(bytes("kept"));
    Deadline.await("the bytes are there", () -> reader.toString().contains("4 bytes"));
    assertTrue(all.cancel(false));

    assertEquals("kept", text(reader.read(100)));
  }

  @Test
  void a_read_that_times_out_takes_nothing() {
    CompletableFuture<byte[]> read = reader.readExactly(10).orTimeout(1, TimeUnit.MILLISECONDS);
    peerWriter.write(bytes("half"));
    Deadline.failure(TimeoutException.class, read);

    assertEquals("half", text(reader.readExactly(4)));
  }

  @Test
  void a_peer_that_does_not_read_makes_drain_wait_until_it_does() {
    CompletableFuture<Void> drain = fill();
    assertFalse(drain.isDone());

    assertEquals(filled, Deadline.get(peerReader.readExactly(filled)).length);
    assertNull(Deadline.get(drain));
  }

  @Test
  void a_close_fails_the_drain_that_waits_and_what_is_queued_is_sent() {
    CompletableFuture<Void> drain = fill();
    writer.close();

    Deadline.failure(ConnectionLostException.class, drain);
    Deadline.failure(ConnectionLostException.class, writer.drain());
    assertEquals(filled, Deadline.get(peerReader.read()).length);
    assertNull(Deadline.get(writer.waitClosed()));
    assertEquals(0, writer.closeReason().unsent());
  }

  @Test
  void a_reader_takes_no_more_than_twice_its_limit_ahead() {
    open(1_000);
    fill();
    Deadline.await("the peer reads no more", () -> !peerWriter.transport().isReading());

    assertFalse(peerWriter.transport().isReading());
    assertEquals(1_000_000, Deadline.get(peerReader.readExactly(1_000_000)).length);
  }

  @Test
  void drain_is_done_at_once_while_little_is_queued() {
    writer.write(bytes("little"));

    assertTrue(writer.drain().isDone());
    assertEquals("little", text(peerReader.readExactly(6)));
  }

  @Test
  void every_caller_of_waitClosed_has_a_future_of_its_own() {
    CompletableFuture<Void> first = writer.waitClosed();
    CompletableFuture<Void> second = writer.waitClosed();
    assertNotSame(first, second);
    assertTrue(first.cancel(false));
    writer.close();

    assertNull(Deadline.get(second));
    assertTrue(first.isCancelled());
  }

  @Test
  void paused_reading_leaves_the_bytes_with_the_peer_until_it_is_resumed() {
    writer.transport().pauseReading();
    assertFalse(writer.transport().isReading());
    peerWriter.write(bytes("first")); // a read in flight may bring it
    writer.transport().resumeReading();

    assertEquals("first", text(reader.readExactly(5)));
    assertTrue(writer.transport().isReading());
  }

  // ---- ends ----

  @Test
  void the_end_of_our_half_leaves_the_other_open_or_is_refused() {
    assertEquals(halfCloses(), writer.canWriteEof());
    if (!halfCloses()) {
      assertThrows(UnsupportedOperationException.class, writer::writeEof);
      assertFalse(writer.isClosing());
      return;
    }
    writer.write(bytes("question"));
    writer.writeEof();
    writer.writeEof();

    assertEquals("question", text(peerReader.read()));
    assertFalse(peerWriter.isClosing());
    peerWriter.write(bytes("answer"));
    assertEquals("answer", text(reader.readExactly(6)));
    assertFalse(writer.isClosing());
  }

  @Test
  void a_write_after_the_end_of_our_half_is_refused() {
    end(writer);
    if (halfCloses()) {
      IllegalStateException refused =
          assertThrows(IllegalStateException.class, () -> writer.write(bytes("more")));
      assertTrue(refused.getMessage().contains("writeEof"), refused.getMessage());
    }

    assertEquals("", text(peerReader.read()));
  }

  @Test
  void both_halves_end_and_both_ends_close_in_order() {
    writer.write(bytes("ours"));
    peerWriter.write(bytes("theirs"));
    assertEquals("ours", text(peerReader.readExactly(4)));
    assertEquals("theirs", text(reader.readExactly(6)));
    end(writer);
    end(peerWriter);

    assertEquals("", text(peerReader.read()));
    assertEquals("", text(reader.read()));
    writer.close();
    peerWriter.close();
    assertNull(Deadline.get(writer.waitClosed()));
    assertNull(Deadline.get(peerWriter.waitClosed()));
  }

  @Test
  void close_sends_what_is_queued_and_is_the_end_for_the_peer() {
    byte[] data = noise(4 * MIB, 4);
    writer.write(data);
    writer.close();
    assertTrue(writer.isClosing());

    assertArrayEquals(data, Deadline.get(peerReader.read()));
    assertTrue(peerReader.atEof());
    assertNull(peerReader.exception());
    assertNull(Deadline.get(writer.waitClosed()));
  }

  @Test
  void close_twice_is_close_once() {
    writer.close();
    writer.close();

    assertNull(Deadline.get(writer.waitClosed()));
    assertEquals("", text(peerReader.read()));
  }

  @Test
  void close_ends_a_read_that_waits_and_keeps_what_had_come() {
    peerWriter.write(bytes("half a line"));
    CompletableFuture<byte[]> line = reader.readLine();
    Deadline.await("it has come", () -> reader.toString().contains("11 bytes"));
    writer.close();

    assertEquals("half a line", text(line));
    assertTrue(reader.atEof());
  }

  @Test
  void a_write_after_close_is_dropped_and_drain_tells() {
    writer.write(bytes("before"));
    writer.close();
    writer.write(bytes("after"));

    Deadline.failure(ConnectionLostException.class, writer.drain());
    assertEquals("before", text(peerReader.read()));
  }

  @Test
  void waitClosed_does_not_close() {
    CompletableFuture<Void> closed = writer.waitClosed();
    writer.write(bytes("still open"));

    assertEquals("still open", text(peerReader.readExactly(10)));
    assertFalse(closed.isDone());
    assertFalse(writer.isClosing());
  }

  @Test
  void closing_the_pair_closes_the_writer() {
    opened.get(0).close();

    assertTrue(writer.isClosing());
    assertEquals("", text(peerReader.read()));
  }

  @Test
  void abort_ends_every_wait_and_is_an_end_or_an_error_for_the_peer() {
    CompletableFuture<byte[]> read = reader.readLine();
    CompletableFuture<Void> closed = writer.waitClosed();
    CompletableFuture<byte[]> atPeer = peerReader.readLine();
    writer.transport().abort();

    assertEquals("", text(read));
    assertNull(Deadline.get(closed));
    Deadline.failure(ConnectionLostException.class, writer.drain());
    String end = Deadline.get(atPeer.handle((line, error) -> error == null ? text(line) : "lost"));
    assertTrue(end.isEmpty() || end.equals("lost"), end);
  }

  @Test
  void abort_drops_what_is_queued_and_fails_who_drains() {
    CompletableFuture<Void> drain = fill();
    writer.transport().abort();

    Deadline.failure(ConnectionLostException.class, drain);
    assertEquals(0, writer.transport().getWriteBufferSize());
    assertNull(Deadline.get(writer.waitClosed()));
  }

  @Test
  void a_peer_that_has_gone_fails_writers_in_the_end() {
    peerWriter.transport().abort();
    Deadline.await(
        "the writer notices",
        () -> {
          writer.write(new byte[1_000]);
          return writer.isClosing();
        });

    Deadline.failure(loss(), writer.drain());
    Deadline.failure(loss(), writer.waitClosed());
  }

  @Test
  @Tag(Multiplicity.TAG)
  void both_ends_may_close_in_the_same_instant() {
    for (int round = 0; round < Multiplicity.rounds(50); round++) {
      open();
      Future<Void> closing =
          Tasks.start(
              () -> {
                peerWriter.close();
                return null;
              });
      writer.close();
      Deadline.get(closing);

      assertNull(Deadline.get(writer.waitClosed()));
      assertNull(Deadline.get(peerWriter.waitClosed()));
    }
  }

  // ---- decoders ----

  /**
   * A value on the wire.
   *
   * @param text what is sent
   */
  private record Sent<T>(Decoder<T> decoder, String text, T value) {

    byte[] wire() {
      return bytes(text);
    }

    void assertIs(Object found) {
      if (value instanceof byte[] expected) {
        assertArrayEquals(expected, (byte[]) found, decoder.toString());
      } else {
        assertEquals(value, found, decoder.toString());
      }
    }
  }

  /** A value of each decoder of {@link Decoders}; those that take nothing are not among them. */
  private static List<Sent<?>> values() {
    return List.of(
        new Sent<>(Decoders.line(), "a line\n", bytes("a line")),
        new Sent<>(Decoders.textLine(), "text\r\n", "text"),
        new Sent<>(Decoders.until(bytes("::")), "a:b::", bytes("a:b")),
        new Sent<>(Decoders.int8(), "\377", (byte) -1),
        new Sent<>(Decoders.uint8(), "\377", 255),
        new Sent<>(Decoders.int16(ByteOrder.BIG_ENDIAN), "\377\376", (short) -2),
        new Sent<>(Decoders.uint16(ByteOrder.LITTLE_ENDIAN), "\1\2", 0x201),
        new Sent<>(Decoders.int32(ByteOrder.BIG_ENDIAN), "\0\0\1\0", 256),
        new Sent<>(Decoders.uint32(ByteOrder.BIG_ENDIAN), "\377\0\0\0", 0xff000000L),
        new Sent<>(Decoders.int64(ByteOrder.BIG_ENDIAN), "\0\0\0\0\0\0\0\7", 7L),
        new Sent<>(Decoders.float32(ByteOrder.BIG_ENDIAN), "\77\200\0\0", 1f),
        new Sent<>(Decoders.float64(ByteOrder.BIG_ENDIAN), "\77\360\0\0\0\0\0\0", 1.0),
        new Sent<>(Decoders.bytes(3), "abc", bytes("abc")),
        new Sent<>(Decoders.text(3), "def", "def"),
        new Sent<>(Decoders.skip(2).then(skipped -> Decoders.text(1)), "--x", "x"),
        new Sent<>(Decoders.frame(LengthPrefix.ofBytes(2)), "\0\5frame", bytes("frame")),
        new Sent<>(Decoders.frame(LengthPrefix.varint()), "\4more", bytes("more")));
  }

  /** Sends each byte alone: over TLS in a record of its own. */
  private void sendOneByOne(byte[] data, int from, int to) {
    peerWriter
        .transport()
        .setWriteBufferLimits(WriteLimits.ofHigh(0)); // each drain waits for an empty queue
    for (int i = from; i < to; i++) {
      peerWriter.write(data, i, 1);
      Deadline.get(peerWriter.drain());
    }
  }

  private void sendOneByOne(byte[] data) {
    sendOneByOne(data, 0, data.length);
  }

  @Test
  void every_decoder_finds_its_value_in_bytes_that_come_one_by_one() {
    for (Sent<?> sent : values()) {
      CompletableFuture<?> read = CallbackCheck.watch(reader.read(sent.decoder()));
      sendOneByOne(sent.wire());

      sent.assertIs(Deadline.get(read));
    }
    sendOneByOne(bytes("pq"));
    assertEquals("p", text(Deadline.get(reader.read(Decoders.peek(1)))));
    assertEquals("pq", text(Deadline.get(reader.read(Decoders.bytes(2)))));
  }

  @Test
  void a_decoders_read_that_is_cancelled_at_any_byte_takes_nothing() {
    for (Sent<?> sent : values()) {
      for (int step = 0; step < sent.wire().length; step++) {
        CompletableFuture<?> ready = reader.whenReady(sent.decoder());
        sendOneByOne(sent.wire(), 0, step);
        assertTrue(ready.cancel(false));
        CompletableFuture<?> read = reader.read(sent.decoder());
        assertTrue(read.cancel(false));
        CompletableFuture<?> again = reader.read(sent.decoder());
        sendOneByOne(sent.wire(), step, sent.wire().length);

        sent.assertIs(Deadline.get(again));
      }
    }
  }

  @Test
  void forEach_and_a_publisher_that_are_cancelled_at_any_byte_leave_the_next_value() {
    byte[] line = bytes("line\n");
    for (int step = 0; step <= 2 * line.length; step++) {
      List<String> found = new CopyOnWriteArrayList<>();
      CompletableFuture<Void> all = reader.acceptEach(Decoders.textLine(), found::add);
      int sent = Math.min(step, line.length);
      sendOneByOne(line, 0, sent);
      if (sent == line.length) {
        Deadline.await("the first line is found", () -> found.size() == 1);
      }
      sendOneByOne(line, 0, step - sent);
      if (step < 2 * line.length) {
        all.cancel(false);
        LineSubscriber lines = new LineSubscriber();
        reader.asPublisher(Decoders.textLine()).subscribe(lines);
        sendOneByOne(line, step - (step < line.length ? 0 : line.length), line.length);
        assertEquals("line", Deadline.get(lines.first));
        lines.subscription.cancel();
      } else {
        Deadline.await("the second line is found", () -> found.size() == 2);
        all.cancel(false);
      }
      peerWriter.write(line);

      assertEquals("line", Deadline.get(reader.read(Decoders.textLine())));
    }
  }

  /** Requests one line. */
  private static final class LineSubscriber implements Flow.Subscriber<String> {

    final CompletableFuture<String> first = new CompletableFuture<>();
    volatile Flow.Subscription subscription;

    @Override
    public void onSubscribe(Flow.Subscription made) {
      subscription = made;
      made.request(1);
    }

    @Override
    public void onNext(String line) {
      first.complete(line);
    }

    @Override
    public void onError(Throwable failure) {
      first.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      first.complete("");
    }
  }

  @Test
  void values_end_with_the_stream_and_one_that_is_cut_off_fails() {
    List<String> found = new CopyOnWriteArrayList<>();
    CompletableFuture<Void> all =
        CallbackCheck.watch(reader.acceptEach(Decoders.textLine(), found::add));
    peerWriter.write(bytes("one\ntwo\nthree"));
    end(peerWriter);
    assertNull(Deadline.get(all));
    assertEquals(List.of("one", "two", "three"), found);

    open();
    CompletableFuture<byte[]> frame = reader.read(Decoders.frame(LengthPrefix.ofBytes(1)));
    peerWriter.write(bytes("\5abc"));
    end(peerWriter);
    assertEquals("\5abc", text(Deadline.failure(IncompleteReadException.class, frame).partial()));
  }

  // ---- files ----

  @Test
  void a_part_of_a_file_is_sent_between_two_writes(@TempDir Path files) throws IOException {
    byte[] content = noise(2 * MIB, 12);
    Path path = Files.write(files.resolve("file"), content);
    try (FileChannel file = FileChannel.open(path)) {
      CompletableFuture<byte[]> received = peerReader.read();
      writer.write(bytes("<"));
      CompletableFuture<Long> transfer =
          CallbackCheck.watch(writer.transferFrom(file, 10, MIB + 1));
      assertEquals(MIB + 1, Deadline.get(transfer));
      assertEquals(0, file.position());
      writer.write(bytes(">"));
      end(writer);

      byte[] all = Deadline.get(received);
      assertEquals(MIB + 3, all.length);
      assertEquals("<>", text(new byte[] {all[0], all[MIB + 2]}));
      assertArrayEquals(
          Arrays.copyOfRange(content, 10, MIB + 11), Arrays.copyOfRange(all, 1, MIB + 2));
    }
  }

  @Test
  void a_file_waits_for_a_peer_that_does_not_read_and_a_cancelled_one_sends_no_more(
      @TempDir Path files) throws IOException {
    Path path = files.resolve("file");
    try (FileChannel file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(1), 64L * MIB - 1); // has a hole
      CompletableFuture<Long> transfer = writer.transferFrom(file, 0, Long.MAX_VALUE);
      Deadline.await(
          "the writer is full", () -> writer.transport().getWriteBufferSize() > 64 * 1024);
      assertTrue(writer.transport().getWriteBufferSize() < MIB / 4);
      assertFalse(transfer.isDone());
      assertTrue(transfer.cancel(false));
      writer.write(bytes("!"));
      end(writer);

      byte[] all = Deadline.get(peerReader.read());
      assertEquals(1, all.length % (64 * 1024));
      assertEquals('!', all[all.length - 1]);
    }
  }

  // ---- how it ends ----

  @Test
  void whenPeerGone_completes_when_the_peer_ends_and_takes_no_bytes() {
    CompletableFuture<Void> gone = reader.whenPeerGone();
    assertFalse(gone.isDone());
    peerWriter.write(bytes("last words"));
    end(peerWriter);

    assertNull(Deadline.get(gone));
    assertEquals("last words", text(reader.read()));
    assertTrue(reader.whenPeerGone().isDone());
  }

  @Test
  void whenPeerGone_completes_beside_a_read_that_waits() {
    CompletableFuture<Void> gone = reader.whenPeerGone();
    CompletableFuture<byte[]> line = reader.readLine();
    peerWriter.transport().abort();

    assertNull(Deadline.get(gone));
    int bytes = Deadline.get(line.handle((end, error) -> error == null ? end.length : 0));
    assertEquals(0, bytes);
  }

  @Test
  void whenPeerGone_completes_when_this_side_closes() {
    CompletableFuture<Void> gone = reader.whenPeerGone();
    writer.close();

    assertNull(Deadline.get(gone));
  }

  @Test
  void every_caller_of_whenPeerGone_has_a_future_of_its_own() {
    CompletableFuture<Void> first = reader.whenPeerGone();
    CompletableFuture<Void> second = reader.whenPeerGone();
    first.cancel(false);
    assertFalse(second.isDone());
    end(peerWriter);

    assertNull(Deadline.get(second));
  }

  @Test
  void the_reason_of_the_end_is_there_when_it_has_ended() {
    assertNull(writer.closeReason());
    writer.close();
    Deadline.get(writer.waitClosed());

    assertEquals(new CloseReason(CloseReason.Kind.CLOSED, 0, null), writer.closeReason());
  }

  @Test
  void the_reason_of_the_end_is_the_peer_when_it_ended_first() {
    end(peerWriter);
    assertEquals("", text(reader.read()));
    writer.close();
    Deadline.get(writer.waitClosed());

    assertEquals(new CloseReason(CloseReason.Kind.CLOSED_BY_PEER, 0, null), writer.closeReason());
  }

  @Test
  void the_reason_of_the_end_tells_of_what_an_abort_has_dropped() {
    fill();
    writer.transport().abort();

    CloseReason reason = writer.closeReason();
    assertEquals(CloseReason.Kind.ABORTED, reason.kind());
    assertTrue(reason.unsent() > 0, reason::toString);
  }

  @Test
  void the_reason_of_the_end_is_a_loss_when_the_peer_has_gone() {
    peerWriter.transport().abort();
    Deadline.await(
        "the writer notices",
        () -> {
          writer.write(new byte[1_000]);
          return writer.closeReason() != null;
        });

    CloseReason reason = writer.closeReason();
    assertTrue(
        reason.kind() == CloseReason.Kind.RESET || reason.kind() == CloseReason.Kind.TLS_FAILURE,
        reason::toString);
    assertEquals(Deadline.failure(IOException.class, writer.waitClosed()), reason.cause());
  }

  @Test
  void closeGracefully_sends_what_is_queued_to_a_peer_that_takes_its_time() {
    fill();
    CompletableFuture<CloseReason> closed = writer.closeGracefully(Deadline.TIME);
    assertTrue(writer.isClosing());
    assertFalse(closed.isDone());
    assertEquals(filled, Deadline.get(peerReader.read()).length);
    peerWriter.close();

    assertEquals(new CloseReason(CloseReason.Kind.CLOSED, 0, null), Deadline.get(closed));
  }

  @Test
  void closeGracefully_aborts_when_the_peer_takes_nothing() {
    fill();
    CloseReason reason = Deadline.get(writer.closeGracefully(Duration.ofMillis(50)));

    assertEquals(CloseReason.Kind.TIMED_OUT, reason.kind());
    assertTrue(reason.unsent() > 0, reason::toString);
    assertNull(Deadline.get(writer.waitClosed()));
  }

  @Test
  void closeGracefully_loses_nothing_of_what_a_peer_gets_that_is_sending_itself() {
    byte[] answer = noise(4 * MIB, 3);
    writer.write(answer);
    peerWriter.write(new byte[2 * MIB]); // which nobody will read
    CompletableFuture<CloseReason> closed = writer.closeGracefully(Deadline.TIME);
    assertArrayEquals(answer, Deadline.get(peerReader.read()));
    peerWriter.close();

    assertEquals(CloseReason.Kind.CLOSED, Deadline.get(closed).kind());
  }

  @Test
  void closeGracefully_of_what_has_ended_tells_why() {
    writer.transport().abort();

    assertEquals(
        CloseReason.Kind.ABORTED, Deadline.get(writer.closeGracefully(Deadline.TIME)).kind());
  }

  @Test
  void closeGracefully_that_nobody_awaits_goes_on() {
    fill();
    writer.closeGracefully(Duration.ofMillis(50)).cancel(false);

    assertNull(Deadline.get(writer.waitClosed()));
    assertEquals(CloseReason.Kind.TIMED_OUT, writer.closeReason().kind());
  }

  // ---- facts ----

  @Test
  void the_ends_know_each_others_addresses_also_after_the_end() {
    SocketAddress here = writer.getExtraInfo(ExtraInfo.SOCK_NAME);
    SocketAddress there = writer.getExtraInfo(ExtraInfo.PEER_NAME);
    assertNotNull(here);
    assertNotNull(there);
    assertEquals(there, peerWriter.getExtraInfo(ExtraInfo.SOCK_NAME));
    assertEquals(here, peerWriter.getExtraInfo(ExtraInfo.PEER_NAME));
    writer.close();
    Deadline.get(writer.waitClosed());

    assertEquals(here, writer.getExtraInfo(ExtraInfo.SOCK_NAME));
    assertEquals(there, writer.getExtraInfo(ExtraInfo.PEER_NAME));
    assertEquals(there, writer.getExtraInfo(ExtraInfo.SOCKET).remoteAddress());
    assertFalse(writer.getExtraInfo(ExtraInfo.SOCKET).isOpen());
  }

  @Test
  void the_text_tells_the_kind_the_addresses_and_the_state() {
    String address = writer.getExtraInfo(ExtraInfo.PEER_NAME).toString();
    String text = writer.toString();
    assertTrue(text.startsWith("StreamWriter[Transport[open " + kind()), text);
    assertTrue(text.contains(address), text);
    assertTrue(reader.toString().contains("transport=Transport[open " + kind()), text);
    writer.close();
    Deadline.get(writer.waitClosed());

    assertTrue(writer.toString().contains("[closed " + kind()), writer.toString());
  }
}
