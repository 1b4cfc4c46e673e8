package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionLostException;
import io.weir.Decoded;
import io.weir.Decoder;
import io.weir.Decoders;
import io.weir.IncompleteReadException;
import io.weir.LengthPrefix;
import io.weir.LimitOverrunException;
import io.weir.MemoryStreams;
import io.weir.ReadRequest;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Reads by decoders: what they wait for, what they take, and when they take nothing. */
class DecoderReadTest {

  private static final Decoder<byte[]> FRAME = Decoders.frame(LengthPrefix.ofBytes(1));

  private final StreamReader reader = StreamReader.handFed(10);

  @Test
  void a_value_that_is_there_comes_at_once_and_leaves_the_rest() {
    reader.feedData(bytes("one\r\ntwo"));

    assertEquals("one", reader.read(Decoders.textLine()).join());
    reader.feedEof();
    assertEquals("two", reader.read(Decoders.textLine()).join());
    assertNull(reader.read(Decoders.textLine()).join());
    assertTrue(reader.atEof());
  }

  @Test
  void a_value_is_waited_for_byte_by_byte() {
    CompletableFuture<byte[]> frame = reader.read(FRAME);
    for (byte next : new byte[] {3, 'a', 'b'}) {
      reader.feedData(new byte[] {next});
      assertFalse(frame.isDone());
    }
    reader.feedData(bytes("cd"));

    assertEquals("abc", text(frame.join()));
    assertEquals("d", text(reader.read(9)));
  }

  @Test
  void a_decoder_is_asked_again_only_when_what_it_needs_has_come() {
    AtomicInteger asked = new AtomicInteger();
    Decoder<byte[]> counted =
        (received, ended) -> {
          asked.incrementAndGet();
          return FRAME.decode(received, ended);
        };
    CompletableFuture<byte[]> frame = reader.read(counted);
    reader.feedData(new byte[] {100});
    for (int i = 0; i < 100; i++) {
      assertFalse(frame.isDone());
      reader.feedData(bytes("x"));
    }

    assertEquals(100, frame.join().length);
    assertEquals(3, asked.get());
  }

  @Test
  void a_search_looks_at_each_byte_once() {
    AtomicInteger seen = new AtomicInteger(-1);
    Decoder<Integer> searching =
        new Decoder<>() {
          @Override
          public Decoded<Integer> decode(ByteBuffer received, boolean ended) {
            throw new AssertionError("the other one is called");
          }

          @Override
          public Decoded<Integer> decode(ByteBuffer received, int before, boolean ended) {
            seen.set(before);
            int size = received.remaining();
            return size < 5 ? Decoded.needs(1) : Decoded.of(size, 5);
          }
        };
    CompletableFuture<Integer> read = reader.read(searching);
    for (int i = 0; i < 5; i++) {
      assertEquals(Math.max(0, i - 1), seen.get());
      reader.feedData(bytes("x"));
    }

    assertEquals(5, read.join());
    assertEquals(4, seen.get());
    reader.feedData(bytes("yyyyy"));
    assertEquals(5, reader.read(searching).join());
    assertEquals(0, seen.get());
  }

  @Test
  void a_read_that_is_cancelled_takes_nothing() {
    CompletableFuture<byte[]> frame = reader.read(FRAME);
    reader.feedData(new byte[] {2, 'a'});
    assertTrue(frame.cancel(false));
    reader.feedData(bytes("b"));

    assertEquals("ab", text(reader.read(FRAME).join()));
    assertThrows(CancellationException.class, frame::join);
  }

  @Test
  void another_read_that_would_wait_is_refused_and_the_first_goes_on() {
    CompletableFuture<byte[]> frame = reader.read(FRAME);

    String refused = Deadline.failure(IllegalStateException.class, reader.read(FRAME)).getMessage();
    assertTrue(refused.contains("frame behind a length of 1 bytes"), refused);
    Deadline.failure(IllegalStateException.class, reader.read(1));
    reader.feedData(new byte[] {1, 'a'});
    assertEquals("a", text(frame.join()));
  }

  @Test
  void a_decoder_read_beside_a_pending_read_is_refused() {
    CompletableFuture<byte[]> line = reader.readLine();
    Deadline.failure(IllegalStateException.class, reader.read(FRAME));
    Deadline.failure(IllegalStateException.class, reader.whenReady(FRAME));
    reader.feedData(bytes("line\n"));

    assertEquals("line\n", text(line));
  }

  @Test
  void the_end_inside_a_value_is_told_with_what_came() {
    CompletableFuture<byte[]> frame = reader.read(FRAME);
    reader.feedData(new byte[] {3, 'a'});
    reader.feedEof();

    IncompleteReadException cut = Deadline.failure(IncompleteReadException.class, frame);
    assertArrayEquals(new byte[] {3, 'a'}, cut.partial());
    assertEquals(4, cut.expected().getAsInt());
    assertTrue(reader.atEof());
  }

  @Test
  void an_error_of_the_stream_leaves_what_came() {
    CompletableFuture<byte[]> frame = reader.read(FRAME);
    reader.feedData(new byte[] {3, 'a'});
    reader.setException(new ConnectionLostException("lost", null));

    Deadline.failure(ConnectionLostException.class, frame);
    Deadline.failure(ConnectionLostException.class, reader.read(FRAME));
    assertEquals(2, reader.read(9).join().length);
  }

  @Test
  void what_a_decoder_throws_fails_the_read_and_takes_nothing() {
    IOException invalid = new IOException("no such message");
    Decoder<String> picky =
        (received, ended) -> {
          if (received.remaining() < 2) {
            return Decoded.needs(1);
          }
          throw invalid;
        };
    CompletableFuture<String> read = reader.read(picky);
    reader.feedData(bytes("abc"));

    assertEquals(invalid, Deadline.failure(IOException.class, read));
    assertEquals("abc", text(reader.read(9)));
    Decoder<String> broken =
        (received, ended) -> {
          throw new StackOverflowError();
        };
    Deadline.failure(StackOverflowError.class, reader.read(broken));
    reader.feedData(bytes("d"));
    assertEquals("d", text(reader.read(9)));
  }

  @Test
  void a_value_over_the_limit_stays_in_the_reader() {
    reader.feedData(bytes("0123456789\n"));

    Deadline.failure(LimitOverrunException.class, reader.read(Decoders.line().withLimit(5)));
    assertEquals("0123456789", reader.read(Decoders.textLine()).join());
  }

  @Test
  void a_poll_takes_a_value_or_says_how_much_is_missing() throws IOException {
    assertEquals(1, reader.poll(FRAME).missing());
    reader.feedData(new byte[] {2, 'a'});
    Decoded<byte[]> none = reader.poll(FRAME);
    assertFalse(none.isComplete());
    assertEquals(1, none.missing());
    CompletableFuture<Void> ready = reader.whenReady(FRAME);
    assertFalse(ready.isDone());
    reader.feedData(bytes("b"));
    assertNull(Deadline.get(ready));

    assertEquals("ab", text(reader.poll(FRAME).value()));
    reader.feedEof();
    Decoded<byte[]> end = reader.poll(FRAME);
    assertTrue(end.isComplete());
    assertNull(end.value());
  }

  @Test
  void a_wait_for_a_value_ends_when_a_poll_would_throw_and_takes_nothing() {
    CompletableFuture<Void> ready = reader.whenReady(FRAME);
    reader.feedData(new byte[] {3, 'a'});
    reader.feedEof();
    assertNull(Deadline.get(ready));
    assertThrows(IncompleteReadException.class, () -> reader.poll(FRAME));

    StreamReader other = StreamReader.handFed(10);
    other.feedData(bytes("0123456789"));
    Decoder<byte[]> narrow = Decoders.line().withLimit(5);
    assertNull(Deadline.get(other.whenReady(narrow)));
    assertThrows(LimitOverrunException.class, () -> other.poll(narrow));
    other.setException(new ConnectionLostException("lost", null));
    assertNull(Deadline.get(other.whenReady(FRAME)));
    assertThrows(ConnectionLostException.class, () -> other.poll(FRAME));
    assertEquals("0123456789", text(other.read(20)));
  }

  @Test
  void an_oversized_frame_is_refused_also_when_the_stream_has_ended() {
    reader.feedData(new byte[] {0x7f, -1, -1, -1});
    reader.feedEof();

    Deadline.failure(
        LimitOverrunException.class, reader.read(Decoders.frame(LengthPrefix.ofBytes(4))));
  }

  @Test
  void a_decoder_may_block_without_holding_up_writers_or_what_arrives() throws Exception {
    MemoryStreams.Pair pair = MemoryStreams.pair();
    CountDownLatch looking = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Decoder<String> slow =
        (received, ended) -> {
          if (received.remaining() < 3) {
            return Decoded.needs(1);
          }
          byte[] first = new byte[3];
          looking.countDown();
          try {
            assertTrue(goOn.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          received.get(first);
          return Decoded.of(new String(first, StandardCharsets.UTF_8), 3);
        };
    StreamConnection client = pair.first();
    StreamConnection server = pair.second();
    server.writer().write(bytes("abc"));
    Future<String> value = Tasks.start(() -> client.reader().read(slow).get());
    assertTrue(looking.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));

    client.writer().write(bytes("out"));
    server.writer().write(new byte[20_000]); // goes behind what the decoder looks at
    assertEquals("out", text(server.reader().readExactly(3)));
    goOn.countDown();
    assertEquals("abc", Deadline.get(value));
    assertEquals(20_000, Deadline.get(client.reader().readExactly(20_000)).length);
  }

  @Test
  void other_reads_that_take_bytes_during_a_look_lose_none_and_double_none() {
    int rounds = 20_000;
    StreamReader shared = StreamReader.handFed(1 << 20);
    List<Byte> taken = Collections.synchronizedList(new ArrayList<>());
    AtomicBoolean done = new AtomicBoolean();
    Future<Boolean> thief =
        Tasks.start(
            () -> {
              while (!done.get()) {
                byte[] got = shared.poll(ReadRequest.upTo(1));
                if (got != null && got.length == 1) {
                  taken.add(got[0]);
                }
              }
              return true;
            });
    Decoder<Byte> one = Decoders.int8();
    for (int i = 0; i < rounds; i++) {
      shared.feedData(new byte[] {(byte) i});
      try {
        Decoded<Byte> found = shared.poll(one);
        if (found.isComplete()) {
          taken.add(found.value());
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
    Deadline.await("all bytes are taken", () -> taken.size() >= rounds);
    done.set(true);
    Deadline.get(thief);

    assertEquals(rounds, taken.size());
    int[] counts = new int[256];
    taken.forEach(value -> counts[value & 0xff]++);
    for (int i = 0; i < 256; i++) {
      assertEquals(rounds / 256 + (i < rounds % 256 ? 1 : 0), counts[i]);
    }
  }

  @Test
  void cancelling_at_any_moment_loses_nothing() throws Exception {
    MemoryStreams.Pair pair = MemoryStreams.pair();
    StreamReader in = pair.first().reader();
    int frames = 3_000;
    Future<Boolean> sender =
        Tasks.start(
            () -> {
              for (int i = 0; i < frames; i++) {
                pair.second().writer().write(new byte[] {2, (byte) (i >> 8)});
                pair.second().writer().write(new byte[] {(byte) i});
              }
              pair.second().writer().writeEof();
              return true;
            });
    int next = 0;
    while (next < frames) {
      CompletableFuture<byte[]> read = in.read(FRAME);
      if (next % 3 == 0 && read.cancel(false)) {
        read = in.read(FRAME);
      }
      byte[] frame = Deadline.get(read);
      assertEquals(next & 0xffff, ((frame[0] & 0xff) << 8) | (frame[1] & 0xff));
      next++;
    }
    assertTrue(Deadline.get(sender));
    assertNull(Deadline.get(in.read(FRAME)));
  }
}
