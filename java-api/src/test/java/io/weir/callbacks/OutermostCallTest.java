package io.weir.callbacks;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.MemoryStreams;
import io.weir.ReadRequest;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.testing.Deadline;
import io.weir.testing.Multiplicity;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Hand-fed readers and memory pairs have no thread: their callbacks run on the thread that calls,
 * at the end of the outermost call, after all state has changed.
 */
class OutermostCallTest {

  private static final int ROUNDS = Multiplicity.rounds(100_000);

  private final List<String> events = new ArrayList<>();

  /** Records an event, with the call that it happens in. */
  private void happens(String event) {
    events.add(event + " in " + InCall.current());
  }

  private static String poll(StreamReader reader) {
    try {
      byte[] line = reader.poll(ReadRequest.line());
      return line == null ? "nothing" : text(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Nested
  class OfAHandFedReader {

    private final StreamReader reader = StreamReader.handFed(1_000);

    @Test
    void runs_callbacks_on_the_calling_thread_before_it_returns() {
      CompletableFuture<Thread> thread =
          reader.readLine().thenApply(line -> Thread.currentThread());
      reader.feedData(bytes("1\n"));

      assertEquals(Thread.currentThread(), thread.getNow(null));
    }

    @Test
    void shows_callbacks_the_state_that_it_leaves() {
      CompletableFuture<String> next = reader.readLine().thenApply(line -> poll(reader));
      reader.feedData(bytes("1\n2\n"));
      assertEquals("2\n", next.getNow("none"));

      EOFException error = new EOFException("of the test");
      CompletableFuture<IOException> seen =
          reader.readLine().handle((line, failure) -> reader.exception());
      reader.setException(error);
      assertEquals(error, seen.getNow(null));
    }

    @Test
    void shows_callbacks_the_end_of_the_stream() {
      CompletableFuture<Boolean> ended = reader.readLine().thenApply(line -> reader.atEof());
      reader.feedEof();

      assertTrue(ended.getNow(false));
    }

    @Test
    void runs_what_a_callback_feeds_after_that_callback() {
      reader
          .readLine()
          .thenAccept(
              line -> {
                happens("first begins");
                reader.readLine().thenRun(() -> happens("second"));
                InCall.run("inner", () -> reader.feedData(bytes("2\n")));
                happens("first ends");
              });
      InCall.run("outer", () -> reader.feedData(bytes("1\n")));
      happens("fed");

      assertEquals(
          List.of("first begins in outer", "first ends in outer", "second in outer", "fed in null"),
          events);
    }

    @Test
    void runs_the_callbacks_of_many_in_the_order_in_which_they_asked() {
      for (int i = 0; i < 5; i++) {
        String name = "caller " + i;
        reader.whenPeerGone().thenRun(() -> happens(name));
      }
      InCall.run("feedEof", reader::feedEof);

      assertEquals(
          List.of(
              "caller 0 in feedEof",
              "caller 1 in feedEof",
              "caller 2 in feedEof",
              "caller 3 in feedEof",
              "caller 4 in feedEof"),
          events);
    }

    @Test
    @Tag(Multiplicity.TAG)
    void needs_no_more_stack_for_thousands_of_lines_fed_at_once() {
      CallbackChain chain = new CallbackChain(ROUNDS, reader::readLine);
      chain.again();
      reader.feedData(bytes("x\n".repeat(ROUNDS)));

      chain.awaitEnd();
    }

    @Test
    @Tag(Multiplicity.TAG)
    void needs_no_more_stack_for_thousands_of_lines_each_fed_by_a_callback() {
      CallbackChain chain =
          new CallbackChain(
              ROUNDS,
              () -> {
                CompletableFuture<?> pending = reader.readLine();
                reader.feedData(bytes("x\n"));
                return pending;
              });
      reader.readLine().thenRun(chain::again);
      reader.feedData(bytes("x\n"));

      chain.awaitEnd();
    }
  }

  @Nested
  class OfAMemoryPair {

    private final MemoryStreams.Pair pair = MemoryStreams.pair();
    private final StreamConnection first = pair.first();
    private final StreamConnection second = pair.second();

    @AfterEach
    void abort() {
      first.writer().transport().abort();
      second.writer().transport().abort();
    }

    @Test
    void runs_the_callbacks_of_the_peer_on_the_calling_thread_before_it_returns() {
      CompletableFuture<Thread> thread =
          second.reader().readLine().thenApply(line -> Thread.currentThread());
      first.writer().write(bytes("1\n"));

      assertEquals(Thread.currentThread(), thread.getNow(null));
    }

    @Test
    void shows_callbacks_of_the_peer_the_state_that_a_write_leaves() {
      CompletableFuture<Long> queued =
          second
              .reader()
              .readLine()
              .thenApply(line -> first.writer().transport().getWriteBufferSize());
      CompletableFuture<String> next = queued.thenApply(size -> poll(second.reader()));
      first.writer().write(bytes("1\n2\n"));

      assertEquals(0L, queued.getNow(-1L));
      assertEquals("2\n", next.getNow("none"));
    }

    @Test
    void runs_the_callback_of_an_answer_after_the_callback_that_answers() {
      first.reader().readLine().thenRun(() -> happens("answer"));
      second
          .reader()
          .readLine()
          .thenAccept(
              line -> {
                happens("request begins");
                InCall.run("inner", () -> second.writer().write(line));
                happens("request ends");
              });
      InCall.run("outer", () -> first.writer().write(bytes("x\n")));
      happens("written");

      assertEquals(
          List.of(
              "request begins in outer",
              "request ends in outer",
              "answer in outer",
              "written in null"),
          events);
    }

    @Test
    void runs_the_callback_of_a_drain_before_the_read_of_the_peer_returns() {
      StreamWriter writer = first.writer();
      while (writer.drain().isDone()) {
        writer.write(new byte[10_000]);
      }
      CompletableFuture<Void> drained = writer.drain();
      drained.thenRun(() -> happens("drained"));
      for (int i = 0; i < 100 && !drained.isDone(); i++) {
        InCall.get("read", () -> second.reader().read(10_000));
      }

      assertEquals(List.of("drained in read"), events);
    }

    @Test
    void runs_all_callbacks_of_a_close_after_the_connection_is_closing() {
      CompletableFuture<Boolean> ofRead =
          first.reader().readLine().thenApply(line -> first.writer().isClosing());
      CompletableFuture<Boolean> ofPeer =
          second.reader().readLine().thenApply(line -> first.writer().isClosing());
      CompletableFuture<Boolean> ofEnd =
          first.writer().waitClosed().thenApply(nothing -> first.closeReason() != null);
      assertFalse(ofRead.isDone());
      first.close();

      assertTrue(ofRead.getNow(false));
      assertTrue(ofPeer.getNow(false));
      assertTrue(ofEnd.getNow(false));
    }

    @Test
    @Tag(Multiplicity.TAG)
    void needs_no_more_stack_for_thousands_of_requests_and_answers() {
      CallbackChain requests = echo(first);
      CallbackChain answers = echo(second);
      requests.again();
      answers.again();
      first.writer().write(bytes("x\n"));

      requests.awaitEnd();
      answers.awaitEnd();
    }

    private static CallbackChain echo(StreamConnection connection) {
      return new CallbackChain(
          ROUNDS,
          () -> connection.reader().readLine().thenAccept(line -> connection.writer().write(line)));
    }

    @Test
    void keeps_the_order_of_what_callbacks_write() {
      List<byte[]> received = new ArrayList<>();
      CompletableFuture<?> all =
          first
              .reader()
              .forEachLine(
                  line -> {
                    received.add(line);
                    return CompletableFuture.completedFuture(null);
                  });
      second
          .reader()
          .forEachLine(
              line -> {
                second.writer().write(line);
                second.writer().write(line);
                return second.writer().drain();
              })
          .thenRun(second::close);
      StringBuilder expected = new StringBuilder();
      for (int i = 0; i < 1_000; i++) {
        String line = i + "\n";
        first.writer().write(bytes(line));
        expected.append(line).append(line);
      }
      first.writer().writeEof();

      Deadline.get(all);
      StringBuilder lines = new StringBuilder();
      received.forEach(line -> lines.append(text(line)));
      assertArrayEquals(expected.toString().toCharArray(), lines.toString().toCharArray());
    }
  }
}
