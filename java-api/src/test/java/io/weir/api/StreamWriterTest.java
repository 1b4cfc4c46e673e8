package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.noise;
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
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.Transport;
import io.weir.WriteLimits;
import io.weir.internal.stream.WriteQueue;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedChannel;
import io.weir.testing.ScriptedConnection;
import io.weir.testing.Tasks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class StreamWriterTest {

  private final ScriptedConnection scripted = ScriptedConnection.open();
  private final ScriptedChannel channel = scripted.channel();
  private final StreamReader reader = scripted.reader();
  private final StreamWriter writer = scripted.writer();
  private final Transport transport = scripted.transport();

  @AfterEach
  void the_channel_was_used_as_its_contract_says() {
    assertEquals(List.of(), channel.misuses());
  }

  private void failWriting() {
    channel.failsWrite(new IOException("Broken pipe"));
    writer.write(bytes("lost"));
    channel.failRead(new IOException("Connection reset"));
  }

  @Nested
  class Limits {

    @Test
    void are_16_and_64_kibibytes() {
      assertEquals(new WriteLimits(16 * 1024, 64 * 1024), transport.getWriteBufferLimits());
      assertSame(WriteLimits.DEFAULTS, transport.getWriteBufferLimits());
    }

    @Test
    void of_which_one_is_given_make_the_other() {
      assertEquals(new WriteLimits(25, 100), WriteLimits.ofHigh(100));
      assertEquals(new WriteLimits(0, 0), WriteLimits.ofHigh(0));
      assertEquals(new WriteLimits(10, 40), WriteLimits.ofLow(10));
    }

    @Test
    void that_cannot_be_are_refused_with_both_values() {
      for (int[] wrong : new int[][] {{2, 1}, {-1, 1}, {-2, -1}}) {
        String message =
            assertThrows(IllegalArgumentException.class, () -> new WriteLimits(wrong[0], wrong[1]))
                .getMessage();
        assertTrue(message.contains("high (" + wrong[1] + ")"), message);
        assertTrue(message.contains("low (" + wrong[0] + ")"), message);
      }
      assertThrows(IllegalArgumentException.class, () -> WriteLimits.ofHigh(-1));
      assertThrows(IllegalArgumentException.class, () -> WriteLimits.ofLow(-1));
      assertThrows(IllegalArgumentException.class, () -> WriteLimits.ofLow(Integer.MAX_VALUE));
    }

    @Test
    void of_zero_pause_whenever_anything_is_queued() {
      transport.setWriteBufferLimits(WriteLimits.ofHigh(0));
      channel.holdWrites();
      assertTrue(writer.drain().isDone());

      writer.write(bytes("x"));

      CompletableFuture<Void> drain = writer.drain();
      assertFalse(drain.isDone());
      channel.completeWrite();
      assertNull(Deadline.get(drain));
    }

    @Test
    void that_are_lowered_pause_at_once() {
      channel.holdWrites();
      writer.write(new byte[100]);
      assertTrue(writer.drain().isDone());

      transport.setWriteBufferLimits(WriteLimits.ofHigh(99));

      assertFalse(writer.drain().isDone());
    }

    @Test
    void that_are_raised_do_not_resume_before_something_has_been_written() {
      transport.setWriteBufferLimits(WriteLimits.ofHigh(10));
      channel.holdWrites();
      writer.write(new byte[100]);
      CompletableFuture<Void> drain = writer.drain();

      transport.setWriteBufferLimits(WriteLimits.ofHigh(1000));

      assertFalse(drain.isDone());
      channel.completeWrite(1);
      assertNull(Deadline.get(drain));
    }
  }

  @Nested
  class Draining {

    @Test
    void waits_only_above_the_high_mark() {
      transport.setWriteBufferLimits(new WriteLimits(0, 10));
      channel.holdWrites();
      writer.write(new byte[10]);
      assertTrue(writer.drain().isDone());

      writer.write(new byte[1]);

      assertFalse(writer.drain().isDone());
    }

    @Test
    void goes_on_at_the_low_mark() {
      transport.setWriteBufferLimits(new WriteLimits(4, 10));
      channel.holdWrites();
      writer.write(new byte[11]);
      CompletableFuture<Void> drain = writer.drain();

      channel.completeWrite(6);
      assertFalse(drain.isDone());
      channel.completeWrite(1);

      assertNull(Deadline.get(drain));
      assertEquals(4, transport.getWriteBufferSize());
      assertTrue(writer.drain().isDone());
    }

    @Test
    void tells_nine_when_the_tenth_has_left() {
      transport.setWriteBufferLimits(WriteLimits.ofHigh(0));
      channel.holdWrites();
      writer.write(bytes("x"));
      List<CompletableFuture<Void>> drains =
          IntStream.range(0, 10).mapToObj(i -> writer.drain()).toList();

      assertTrue(drains.get(4).cancel(false));
      assertEquals(1, drains.stream().filter(CompletableFuture::isDone).count());
      channel.completeWrite();

      assertEquals(1, drains.stream().filter(CompletableFuture::isCancelled).count());
      drains.stream()
          .filter(drain -> !drain.isCancelled())
          .forEach(drain -> assertNull(Deadline.get(drain)));
    }

    @Test
    void fails_when_the_connection_is_aborted_with_how_much_was_dropped() {
      transport.setWriteBufferLimits(WriteLimits.ofHigh(0));
      channel.holdWrites();
      writer.write(new byte[123]);
      CompletableFuture<Void> before = writer.drain();

      transport.abort();

      for (CompletableFuture<Void> drain : List.of(before, writer.drain())) {
        ConnectionLostException lost = Deadline.failure(ConnectionLostException.class, drain);
        assertTrue(lost.getMessage().contains("aborted on this side"), lost.getMessage());
        assertTrue(lost.getMessage().contains("123 bytes"), lost.getMessage());
        assertNull(lost.getCause());
      }
    }

    @Test
    void fails_when_writing_has_failed() {
      transport.setWriteBufferLimits(WriteLimits.ofHigh(0));
      channel.holdWrites();
      writer.write(new byte[123]);
      CompletableFuture<Void> before = writer.drain();
      IOException broken = new IOException("Broken pipe");

      channel.failWrite(broken);

      for (CompletableFuture<Void> drain : List.of(before, writer.drain())) {
        assertSame(broken, Deadline.failure(ConnectionLostException.class, drain).getCause());
      }
    }

    @Test
    void fails_when_reading_has_failed() {
      IOException reset = new IOException("Connection reset");
      channel.failRead(reset);

      assertSame(reset, Deadline.failure(ConnectionLostException.class, writer.drain()).getCause());
    }

    @Test
    void fails_with_the_error_that_was_set_on_the_reader() {
      IOException set = new IOException("set by hand");
      reader.setException(set);

      assertSame(set, Deadline.failure(IOException.class, writer.drain()));
    }

    @Test
    void of_a_closing_writer_fails_when_something_was_written_after_close() {
      channel.holdWrites();
      writer.write(bytes("data"));
      writer.close();

      writer.write(bytes("dropped"));

      Deadline.failure(ConnectionLostException.class, writer.drain());
    }
  }

  @Nested
  class AWrite {

    @Test
    void sends_what_was_there_at_the_call() {
      for (int size : new int[] {1, 100, WriteQueue.SMALL, WriteQueue.SMALL + 1, 200_000}) {
        ScriptedConnection held = ScriptedConnection.open();
        held.channel().holdWrites();
        byte[] data = noise(size, size);
        byte[] copy = data.clone();
        held.writer().write(data);
        held.writer().write(ByteBuffer.wrap(data));
        held.writer().writeLines(List.of(data));

        Arrays.fill(data, (byte) 0);
        held.channel().releaseWrites();

        String expected = text(copy).repeat(3);
        assertEquals(expected, held.channel().writtenText());
      }
    }

    @Test
    void can_be_of_a_part_of_an_array() {
      writer.write(bytes("<data>"), 1, 4);

      assertEquals("data", channel.writtenText());
      assertThrows(IndexOutOfBoundsException.class, () -> writer.write(bytes("data"), 1, 4));
      assertThrows(IndexOutOfBoundsException.class, () -> writer.write(bytes("data"), -1, 1));
      assertEquals("data", channel.writtenText());
    }

    @Test
    void of_a_buffer_moves_its_position_to_its_limit() {
      ByteBuffer data = ByteBuffer.allocateDirect(10).put(bytes("0123456789"));
      data.position(2).limit(5);

      writer.write(data);

      assertEquals("234", channel.writtenText());
      assertEquals(5, data.position());
      assertEquals(5, data.limit());
    }

    @Test
    void of_nothing_sends_nothing() {
      writer.write(new byte[0]);
      writer.write(ByteBuffer.allocate(0));
      writer.writeLines(List.of());
      writer.writeLines(List.of(new byte[0], new byte[0]));

      assertEquals(0, channel.writes());
    }

    @Test
    void of_null_is_refused_and_sends_nothing() {
      assertThrows(NullPointerException.class, () -> writer.write((byte[]) null));
      assertThrows(NullPointerException.class, () -> writer.write((ByteBuffer) null));
      String message =
          assertThrows(
                  NullPointerException.class,
                  () -> writer.writeLines(Arrays.asList(bytes("a"), null)))
              .getMessage();

      assertTrue(message.contains("part"), message);
      assertEquals(0, channel.writes());
    }

    @Test
    void that_is_small_leaves_with_others_behind_one_in_flight() {
      channel.holdWrites();
      writer.write(bytes("first;"));
      for (int i = 0; i < 100; i++) {
        writer.write(bytes(i + ";"));
      }

      channel.releaseWrites();

      assertEquals(2, channel.writes());
      String expected =
          "first;" + String.join("", IntStream.range(0, 100).mapToObj(i -> i + ";").toList());
      assertEquals(expected, channel.writtenText());
    }

    @Test
    void keeps_order_and_content_however_little_the_kernel_takes() {
      Random random = new Random(29);
      ByteArrayOutputStream expected = new ByteArrayOutputStream();
      channel.takes(IntStream.generate(() -> random.nextInt(2)).limit(1_000).toArray());
      channel.takes(IntStream.generate(() -> random.nextInt(3_000)).limit(200).toArray());
      for (int i = 0; i < 100; i++) {
        byte[] data = noise(random.nextInt(6_000), i);
        expected.writeBytes(data);
        writer.write(data);
      }

      assertArrayEquals(expected.toByteArray(), channel.written());
      assertEquals(0, transport.getWriteBufferSize());
    }

    @Test
    void of_one_byte_at_a_time_inside_the_call_does_not_fill_the_stack() {
      byte[] data = noise(10_000, 30);
      channel.takes(IntStream.generate(() -> 1).limit(10_000).toArray());

      writer.write(data);

      assertArrayEquals(data, channel.written());
    }
  }

  /** What a callback writes while there is more for it to read waits until it has returned. */
  @Nested
  class InACallback {

    private int heldInCallback; // bytes, when the callback has written

    private CompletableFuture<Void> onLine(Consumer<byte[]> action) {
      return reader
          .readLine()
          .thenAccept(
              line -> {
                action.accept(line);
                heldInCallback = (int) transport.getWriteBufferSize();
              });
    }

    private void answerLines(int count) {
      reader
          .readLine()
          .thenAccept(
              line -> {
                writer.write(line);
                if (count > 1) {
                  answerLines(count - 1);
                }
              });
    }

    @Test
    void the_answers_to_all_that_came_leave_in_one_write() {
      String lines = "line\n".repeat(64);
      answerLines(64);

      channel.arrive(lines);

      assertEquals(lines, channel.writtenText());
      assertEquals(List.of(1), channel.gathered());
    }

    @Test
    void what_is_held_is_sent_when_the_callback_returns_with_bytes_unread() {
      CompletableFuture<Void> read = onLine(writer::write);

      channel.arrive("one\ntwo\n");

      assertNull(Deadline.get(read));
      assertEquals(4, heldInCallback);
      assertEquals("one\n", channel.writtenText());
      assertEquals(0, transport.getWriteBufferSize());
      assertEquals("two\n", text(reader.readLine()));
    }

    @Test
    void what_is_held_is_sent_when_the_callback_throws() {
      CompletableFuture<Void> read =
          onLine(
              line -> {
                writer.write(line);
                assertEquals(0, channel.writes());
                throw new IllegalStateException("a bug of the callback");
              });

      channel.arrive("one\ntwo\n");

      Deadline.failure(IllegalStateException.class, read);
      assertEquals("one\n", channel.writtenText());
    }

    @Test
    void the_last_answer_takes_what_is_held_with_it() {
      CompletableFuture<Void> read =
          onLine(
              line -> {
                writer.write(bytes("held;"));
                assertEquals(0, channel.writes());
                assertEquals("two\n", text(reader.readLine()));
                writer.write(bytes("sent"));
                assertEquals("held;sent", channel.writtenText());
              });

      channel.arrive("one\ntwo\n");

      assertNull(Deadline.get(read));
      assertEquals(1, channel.writes());
    }

    @Test
    void no_more_is_held_than_the_high_watermark_allows() {
      transport.setWriteBufferLimits(WriteLimits.ofHigh(10));
      CompletableFuture<Void> read =
          onLine(
              line -> {
                writer.write(bytes("0123456789"));
                assertEquals(0, channel.writes());
                writer.write(bytes("x"));
                assertEquals(1, channel.writes());
              });

      channel.arrive("one\ntwo\n");

      assertNull(Deadline.get(read));
      assertEquals("0123456789x", channel.writtenText());
    }

    @Test
    void a_drain_behind_more_than_the_high_watermark_waits_until_the_channel_has_taken_it() {
      transport.setWriteBufferLimits(WriteLimits.ofHigh(10));
      channel.holdWrites();
      CompletableFuture<Void> drained =
          reader
              .readLine()
              .thenCompose(
                  line -> {
                    writer.write(bytes("0123456789"));
                    writer.write(new byte[10_000]);
                    return writer.drain();
                  });

      channel.arrive("one\ntwo\n");

      assertFalse(drained.isDone());
      channel.releaseWrites();
      assertNull(Deadline.get(drained));
      assertEquals(10_010, channel.written().length);
    }

    @Test
    void what_another_thread_writes_goes_behind_what_is_held_and_takes_it_along() {
      CompletableFuture<Void> read =
          onLine(
              line -> {
                writer.write(bytes("held;"));
                Deadline.get(
                    Tasks.start(
                        () -> {
                          writer.write(bytes("other"));
                          return true;
                        }));
                assertEquals("held;other", channel.writtenText());
              });

      channel.arrive("one\ntwo\n");

      assertNull(Deadline.get(read));
    }

    @Test
    void what_is_held_is_sent_before_the_end_of_the_half() {
      CompletableFuture<Void> read =
          onLine(
              line -> {
                writer.write(line);
                writer.writeEof();
              });

      channel.arrive("one\ntwo\n");

      assertNull(Deadline.get(read));
      assertEquals("one\n", channel.writtenText());
      assertEquals(1, channel.shutdowns());
    }

    @Test
    void an_abort_drops_what_is_held() {
      CompletableFuture<Void> read =
          onLine(
              line -> {
                writer.write(line);
                transport.abort();
              });

      channel.arrive("one\ntwo\n");

      assertNull(Deadline.get(read));
      assertEquals("", channel.writtenText());
      assertEquals(4, writer.closeReason().unsent());
    }
  }

  @Nested
  class AfterTheEnd {

    /** The copy of a large write takes a while, in which another thread ends the half. */
    @Test
    void of_the_outgoing_half_no_write_comes_that_was_under_way_in_another_thread()
        throws InterruptedException {
      byte[] large = new byte[16 * 1024 * 1024];
      for (int round = 0; round < 10; round++) {
        ScriptedConnection racing = ScriptedConnection.open();
        racing.channel().holdWrites();
        racing.writer().write(bytes("x")); // so that the next write has to be copied
        CountDownLatch writing = new CountDownLatch(1);
        Future<Boolean> sent =
            Tasks.start(
                () -> {
                  writing.countDown();
                  try {
                    racing.writer().write(large);
                    return true;
                  } catch (IllegalStateException refused) {
                    return false;
                  }
                });
        assertTrue(writing.await(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS));
        LockSupport.parkNanos(round * 200_000L); // anywhere in the copying

        racing.writer().writeEof();
        racing.channel().releaseWrites();

        int expected = 1 + (Deadline.get(sent) ? large.length : 0);
        assertEquals(expected, racing.channel().written().length);
        assertEquals(1, racing.channel().shutdowns());
        assertFalse(racing.writer().isClosing());
      }
    }

    @Test
    void of_the_outgoing_half_a_write_is_refused_even_of_nothing() {
      writer.write(bytes("data"));
      writer.writeEof();
      ByteBuffer buffer = ByteBuffer.wrap(bytes("more"));

      Class<IllegalStateException> refused = IllegalStateException.class;
      String message = assertThrows(refused, () -> writer.write(bytes("more"))).getMessage();
      assertTrue(message.contains("write() after writeEof()"), message);
      assertThrows(refused, () -> writer.write(new byte[0]));
      assertThrows(refused, () -> writer.write(buffer));
      assertEquals(0, buffer.position());
      message = assertThrows(refused, () -> writer.writeLines(List.of(bytes("more")))).getMessage();
      assertTrue(message.contains("writeLines() after writeEof()"), message);
      message =
          Deadline.failure(IllegalStateException.class, writer.send(bytes("late"))).getMessage();
      assertTrue(message.contains("write() after writeEof()"), message);
      assertThrows(refused, () -> writer.writeLines(List.of()));
      writer.close();
      assertThrows(refused, () -> writer.write(bytes("more")));
      assertEquals("data", channel.writtenText());
    }

    @Test
    void by_close_a_write_is_dropped_and_what_came_before_is_sent() {
      channel.holdWrites();
      writer.write(bytes("before"));
      writer.close();

      writer.write(bytes("after"));
      writer.writeLines(List.of(bytes("after")));
      channel.releaseWrites();

      assertEquals("before", channel.writtenText());
      assertNull(Deadline.get(writer.waitClosed()));
    }

    @Test
    void by_abort_a_write_is_dropped() {
      transport.abort();

      writer.write(bytes("after"));

      assertEquals(0, channel.writes());
      assertEquals(0, transport.getWriteBufferSize());
      assertNull(Deadline.get(writer.waitClosed()));
    }

    @Test
    void by_failure_a_write_is_dropped_and_drain_and_waitClosed_tell() {
      failWriting();
      int writes = channel.writes();

      writer.write(bytes("after"));

      assertEquals(writes, channel.writes());
      assertEquals(0, transport.getWriteBufferSize());
      Deadline.failure(ConnectionLostException.class, writer.drain());
      Deadline.failure(ConnectionLostException.class, writer.waitClosed());
      assertTrue(writer.isClosing());
    }

    @Test
    void by_failure_of_reading_a_write_is_dropped() {
      channel.failRead(new IOException("Connection reset"));

      writer.write(bytes("after"));

      assertEquals(0, channel.writes());
    }
  }

  @Nested
  class HalfClose {

    @Test
    void comes_behind_what_was_written_and_reading_goes_on() {
      channel.holdWrites();
      writer.write(bytes("data"));
      writer.writeEof();
      assertEquals(0, channel.shutdowns());

      channel.completeWrite();
      channel.arrive("answer");

      assertEquals(1, channel.shutdowns());
      assertEquals("data", channel.writtenText());
      assertEquals("answer", text(reader.read(100)));
      assertFalse(writer.isClosing());
      assertNull(Deadline.get(writer.drain()));
    }

    @Test
    void of_the_peer_leaves_ours_open() {
      channel.arriveEof();
      assertEquals("", text(reader.read(100)));

      writer.write(bytes("still open"));

      assertEquals("still open", channel.writtenText());
      assertFalse(writer.isClosing());
      assertNull(Deadline.get(writer.drain()));
    }

    @Test
    void that_this_kind_of_connection_has_not_is_refused() {
      channel.refuseEndOutput();

      assertFalse(writer.canWriteEof());
      String message =
          assertThrows(UnsupportedOperationException.class, writer::writeEof).getMessage();
      assertTrue(message.contains("use close()"), message);
      assertFalse(writer.isClosing());
    }

    @Test
    void that_fails_ends_the_connection() {
      IOException error = new IOException("Transport endpoint is not connected");
      channel.failEndOutput(error);

      writer.writeEof();
      channel.failRead(new IOException("Connection reset"));

      assertSame(
          error, Deadline.failure(ConnectionLostException.class, writer.waitClosed()).getCause());
    }
  }

  @Nested
  class WaitingUntilClosed {

    @Test
    void gives_each_caller_a_future_of_its_own() {
      CompletableFuture<Void> first = writer.waitClosed();
      CompletableFuture<Void> second = writer.waitClosed();
      assertNotSame(first, second);

      assertTrue(first.cancel(false));
      assertFalse(second.isDone());
      writer.close();

      assertNull(Deadline.get(second));
      assertTrue(first.isCancelled());
      assertNull(Deadline.get(writer.waitClosed()));
    }

    @Test
    void does_not_close() {
      CompletableFuture<Void> closed = writer.waitClosed();

      assertFalse(closed.isDone());
      assertFalse(writer.isClosing());
      assertEquals(0, channel.closes());
    }

    @Test
    void fails_every_time_when_the_connection_was_lost() {
      IOException reset = new IOException("Connection reset");
      CompletableFuture<Void> before = writer.waitClosed();
      channel.failRead(reset);

      for (CompletableFuture<Void> closed :
          List.of(before, writer.waitClosed(), writer.waitClosed())) {
        assertSame(reset, Deadline.failure(ConnectionLostException.class, closed).getCause());
      }
      writer.close();
      Deadline.failure(ConnectionLostException.class, writer.waitClosed());
    }

    @Test
    void lasts_until_everything_is_sent_and_the_channel_closed() {
      channel.holdWrites();
      channel.holdClose();
      writer.write(bytes("data"));
      writer.close();
      CompletableFuture<Void> closed = writer.waitClosed();

      channel.completeWrite();
      assertFalse(closed.isDone());
      channel.completeClose();

      assertNull(Deadline.get(closed));
    }

    @Test
    void fails_when_closing_the_channel_fails() {
      channel.holdClose();
      writer.close();
      IOException error = new IOException("close failed");

      channel.failClose(error);

      assertSame(
          error, Deadline.failure(ConnectionLostException.class, writer.waitClosed()).getCause());
    }

    @Test
    void fails_when_what_was_queued_could_not_be_sent() {
      channel.holdWrites();
      writer.write(bytes("data"));
      writer.close();
      IOException error = new IOException("Broken pipe");

      channel.failWrite(error);

      assertSame(
          error, Deadline.failure(ConnectionLostException.class, writer.waitClosed()).getCause());
    }
  }

  @Nested
  class Closing {

    @Test
    void of_the_pair_closes_its_writer() {
      StreamConnection connection = new StreamConnection(reader, writer);
      try (connection) {
        assertFalse(writer.isClosing());
      }
      assertTrue(writer.isClosing());
    }
  }

  @Nested
  class TextForm {

    @Test
    void tells_the_state() {
      assertEquals("StreamWriter[Transport[open scripted]]", writer.toString());

      channel.holdWrites();
      writer.write(bytes("data"));
      writer.close();
      assertEquals("StreamWriter[Transport[closing scripted]]", writer.toString());

      transport.abort();
      assertEquals("StreamWriter[Transport[closed scripted]]", writer.toString());
    }
  }

  @Test
  void bytes_that_the_channel_refuses_at_once_are_told_as_unsent() {
    ScriptedConnection scripted = ScriptedConnection.open();
    scripted.channel().failsAtOnce(new IOException("Broken pipe"));
    scripted.writer().write(bytes("hello"));
    scripted.channel().arriveEof(); // nothing is left to be saved

    assertEquals(5, scripted.writer().closeReason().unsent());
  }
}
