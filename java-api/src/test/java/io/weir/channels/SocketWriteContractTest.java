package io.weir.channels;

import static io.weir.testing.Texts.bytes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.WritePendingException;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The writes of {@link AsynchronousSocketChannel}, sentence by sentence of its documentation. */
@ParameterizedClass
@MethodSource("io.weir.channels.ChannelGroups#opened")
class SocketWriteContractTest extends ChannelContract {

  private static ByteBuffer of(String text) {
    return ByteBuffer.wrap(bytes(text));
  }

  private static Outcome<Long> gather(
      AsynchronousSocketChannel channel, int offset, int length, ByteBuffer... buffers)
      throws Exception {
    return Outcome.of(
        handler -> channel.write(buffers, offset, length, 0, SECONDS, "attached", handler));
  }

  // ---- the result ----

  @Test
  void a_future_returns_the_number_of_bytes_written() throws Exception {
    ChannelPair pair = connect();
    ByteBuffer buffer = of("abc");

    assertEquals(3, Deadline.get(pair.channel().write(buffer)));
    assertEquals(3, buffer.position());
    assertEquals("abc", pair.peerReceives(3));
  }

  @Test
  void a_handler_receives_the_number_of_bytes_and_the_attachment() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> write =
        Outcome.of(handler -> pair.channel().write(of("abc"), "attached", handler));

    assertEquals(3, write.value());
    assertEquals("attached", write.attachment());
    assertEquals(1, write.calls());
    assertEquals("abc", pair.peerReceives(3));
  }

  @Test
  void bytes_leave_from_the_position_up_to_the_limit_which_does_not_change() throws Exception {
    ChannelPair pair = connect();
    ByteBuffer buffer = of("..abc...").position(2).limit(5);

    assertEquals(3, Deadline.get(pair.channel().write(buffer)));
    assertEquals(5, buffer.position());
    assertEquals(5, buffer.limit());
    assertEquals("abc", pair.peerReceives(3));
  }

  @Test
  void direct_and_read_only_buffers_can_be_written() throws Exception {
    ChannelPair pair = connect();
    ByteBuffer direct = ByteBuffer.allocateDirect(3).put(bytes("abc")).flip();

    assertEquals(3, Deadline.get(pair.channel().write(direct)));
    assertEquals(3, Deadline.get(pair.channel().write(of("def").asReadOnlyBuffer())));
    assertEquals("abcdef", pair.peerReceives(6));
  }

  @Test
  void a_write_of_more_than_the_kernel_takes_completes_with_less() throws Exception {
    ChannelPair pair = connect();
    ByteBuffer buffer = ByteBuffer.allocate(8 * ChannelPair.MUCH).position(7);
    int count = Deadline.get(pair.channel().write(buffer));

    assertTrue(count > 0 && count < 8 * ChannelPair.MUCH - 7, () -> count + " bytes");
    assertEquals(7 + count, buffer.position());
  }

  @Test
  void a_write_that_finds_no_room_waits_until_the_peer_reads() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> write = pair.pendingWrite();
    pair.peer().getInputStream().readNBytes(64 * 1024);

    assertTrue(write.value() > 0);
  }

  @Test
  void an_empty_write_completes_at_once_with_0() throws Exception {
    ChannelPair pair = connect();

    assertEquals(0, Deadline.get(pair.channel().write(of(""))));
    assertEquals(0, Outcome.<Integer>of(h -> pair.channel().write(of(""), null, h)).value());
    pair.assertWorks();
  }

  @Test
  void writes_to_a_peer_that_has_reset_the_connection_fail() throws Exception {
    ChannelPair pair = connect();
    BlockingSockets.reset(pair.peer());
    Deadline.await("a write fails", () -> fails(pair.channel().write(of("a"))));

    assertTrue(pair.channel().isOpen());
    Outcome<Integer> write = Outcome.of(handler -> pair.channel().write(of("a"), null, handler));
    write.failure(IOException.class);
  }

  private static boolean fails(Future<Integer> write) {
    try {
      write.get(Deadline.LIMIT_SECONDS, SECONDS);
      return false;
    } catch (ExecutionException expected) {
      return expected.getCause() instanceof IOException;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  // ---- gathering writes ----

  @Test
  void a_gathering_write_takes_one_buffer_after_the_other() throws Exception {
    ChannelPair pair = connect();
    Outcome<Long> write = gather(pair.channel(), 0, 4, of("ab"), of(""), of("cde"), of("f"));

    assertEquals(6, write.value());
    assertEquals("attached", write.attachment());
    assertEquals("abcdef", pair.peerReceives(6));
  }

  @Test
  void a_gathering_write_uses_the_buffers_of_the_subsequence_only() throws Exception {
    ChannelPair pair = connect();
    ByteBuffer[] buffers = {of("no"), of("ab"), of("cd"), of("no")};

    assertEquals(4, gather(pair.channel(), 1, 2, buffers).value());
    assertEquals(2, buffers[0].remaining());
    assertEquals(2, buffers[3].remaining());
    pair.write("!");
    assertEquals("abcd!", pair.peerReceives(5));
  }

  @Test
  void a_gathering_write_moves_the_positions_by_as_much_as_it_returns() throws Exception {
    ChannelPair pair = connect();
    ByteBuffer[] buffers = new ByteBuffer[8];
    Arrays.setAll(buffers, i -> ByteBuffer.allocate(ChannelPair.MUCH));
    long count = gather(pair.channel(), 0, buffers.length, buffers).value();

    assertTrue(count > 0);
    assertEquals(count, Arrays.stream(buffers).mapToLong(ByteBuffer::position).sum());
    for (int i = 1; i < buffers.length; i++) {
      boolean started = buffers[i].position() > 0;
      assertFalse(started && buffers[i - 1].hasRemaining(), "in order");
    }
  }

  @Test
  void a_gathering_write_of_nothing_returns_0() throws Exception {
    ChannelPair pair = connect();

    assertEquals(0, gather(pair.channel(), 0, 2, of(""), of("")).value());
    assertEquals(0, gather(pair.channel(), 1, 0, of("a")).value());
    pair.assertWorks();
  }

  @Test
  void a_gathering_write_can_use_more_buffers_than_the_kernel_takes_at_once() throws Exception {
    ChannelPair pair = connect();
    ByteBuffer[] buffers = new ByteBuffer[2000];
    Arrays.setAll(buffers, i -> of("x"));
    long count = 0;
    while (count < buffers.length) {
      int from = (int) count;
      count += gather(pair.channel(), from, buffers.length - from, buffers).value();
    }

    assertEquals("x".repeat(buffers.length), pair.peerReceives(buffers.length));
  }

  @Test
  void an_offset_or_length_outside_the_array_is_out_of_bounds() throws Exception {
    ChannelPair pair = connect();
    int[][] wrong = {{-1, 1}, {0, -1}, {0, 3}, {2, 1}, {3, 0}, {1, Integer.MAX_VALUE}};
    for (int[] each : wrong) {
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> gather(pair.channel(), each[0], each[1], of("a"), of("b")));
    }
    pair.assertWorks();
  }

  // ---- misuse ----

  @Test
  void a_write_during_a_write_throws_WritePendingException() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> write = pair.pendingWrite();

    assertThrown(WritePendingException.class, () -> pair.channel().write(of("a")));
    assertThrown(
        WritePendingException.class, () -> pair.channel().write(of("a"), null, new Outcome<>()));
    assertThrown(WritePendingException.class, () -> gather(pair.channel(), 0, 1, of("a")));
    assertThrown(WritePendingException.class, () -> pair.channel().write(of("")));
    assertFalse(write.isDone());
  }

  @Test
  void a_write_does_not_hinder_reads() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> write = pair.pendingWrite();
    pair.peerSends("abc");

    assertEquals("abc", pair.read(3));
    assertFalse(write.isDone());
  }

  @Test
  void a_write_before_the_connect_throws_NotYetConnectedException() throws Exception {
    AsynchronousSocketChannel channel = openChannel();

    assertThrown(NotYetConnectedException.class, () -> channel.write(of("a")));
    assertThrown(NotYetConnectedException.class, () -> channel.write(of("")));
    assertThrown(
        NotYetConnectedException.class, () -> channel.write(of("a"), null, new Outcome<>()));
    assertThrown(NotYetConnectedException.class, () -> gather(channel, 0, 1, of("a")));
  }

  @Test
  void null_arguments_are_refused_and_change_nothing() throws Exception {
    ChannelPair pair = connect();
    AsynchronousSocketChannel channel = pair.channel();
    ByteBuffer[] buffers = {of("a")};

    assertThrown(NullPointerException.class, () -> channel.write(null));
    assertThrown(NullPointerException.class, () -> channel.write(null, null, new Outcome<>()));
    assertThrown(NullPointerException.class, () -> channel.write(of("a"), null, null));
    assertThrown(
        NullPointerException.class,
        () -> channel.write(null, 0, 1, 0, SECONDS, null, new Outcome<>()));
    assertThrown(
        NullPointerException.class, () -> channel.write(buffers, 0, 1, 0, SECONDS, null, null));
    pair.assertWorks();
  }

  @Test
  void a_null_buffer_of_a_gathering_write_is_refused_at_once_but_by_the_JDK_in_the_handler()
      throws Exception {
    ChannelPair pair = connect();
    AsynchronousSocketChannel channel = pair.channel();
    if (groups.isJdk()) {
      gather(channel, 0, 1, (ByteBuffer) null).failure(NullPointerException.class);
    } else {
      assertThrown(NullPointerException.class, () -> gather(channel, 0, 1, (ByteBuffer) null));
    }
    gather(channel, 0, 2, of("a"), null).failure(NullPointerException.class);
    pair.assertWorks();
  }
}
