package io.weir.channels;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
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
import java.nio.channels.ReadPendingException;
import java.util.Arrays;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The reads of {@link AsynchronousSocketChannel}, sentence by sentence of its documentation. */
@ParameterizedClass
@MethodSource("io.weir.channels.ChannelGroups#all")
class SocketReadContractTest extends ChannelContract {

  private static ByteBuffer room(int size) {
    return ByteBuffer.allocate(size);
  }

  private static Outcome<Long> scatter(
      AsynchronousSocketChannel channel, int offset, int length, ByteBuffer... buffers)
      throws Exception {
    return Outcome.of(
        handler -> channel.read(buffers, offset, length, 0, SECONDS, "attached", handler));
  }

  // ---- the result ----

  @Test
  void a_future_returns_the_number_of_bytes_read() throws Exception {
    ChannelPair pair = connect();
    ByteBuffer buffer = room(10);
    Future<Integer> read = pair.channel().read(buffer);
    assertFalse(read.isDone());

    pair.peerSends("abc");

    assertEquals(3, Deadline.get(read));
    assertTrue(read.isDone());
    assertFalse(read.isCancelled());
    assertEquals("abc", ChannelPair.filled(buffer));
  }

  @Test
  void a_handler_receives_the_number_of_bytes_and_the_attachment() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> read =
        Outcome.of(handler -> pair.channel().read(room(10), "attached", handler));
    assertFalse(read.isDone());

    pair.peerSends("abc");

    assertEquals(3, read.value());
    assertEquals("attached", read.attachment());
    assertEquals(1, read.calls());
  }

  @Test
  void an_attachment_can_be_null() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> read = pair.pendingRead();
    pair.peerSends("a");

    assertEquals(1, read.value());
    assertEquals(null, read.attachment());
  }

  @Test
  void the_result_is_minus_one_at_the_end_of_the_stream_each_time() throws Exception {
    ChannelPair pair = connect();
    pair.peer().shutdownOutput();

    assertEquals(-1, Deadline.get(pair.channel().read(room(1))));
    assertEquals(-1, pair.pendingRead().value());
    assertEquals(-1L, scatter(pair.channel(), 0, 2, room(1), room(1)).value());
  }

  @Test
  void an_outstanding_read_receives_the_end_of_the_stream() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> read = pair.pendingRead();
    pair.peer().close();

    assertEquals(-1, read.value());
  }

  @Test
  void a_reset_by_the_peer_fails_a_read_and_leaves_the_channel_open() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> read = pair.pendingRead();
    BlockingSockets.reset(pair.peer());

    read.failure(IOException.class);
    assertTrue(pair.channel().isOpen());
  }

  // ---- the buffer ----

  @Test
  void bytes_go_from_the_position_up_to_the_limit_which_does_not_change() throws Exception {
    ChannelPair pair = connect();
    pair.peerSends("abcdef");
    byte[] bytes = bytes("........");
    ByteBuffer buffer = ByteBuffer.wrap(bytes).position(2).limit(5);
    while (buffer.hasRemaining()) {
      int before = buffer.position();
      int count = Deadline.get(pair.channel().read(buffer));
      assertEquals(before + count, buffer.position());
    }

    assertEquals(5, buffer.limit());
    assertEquals("..abc...", text(bytes));
    assertEquals("def", pair.read(3));
  }

  @Test
  void direct_buffers_and_slices_are_filled_too() throws Exception {
    ChannelPair pair = connect();
    pair.peerSends("abcdef");
    ByteBuffer direct = ByteBuffer.allocateDirect(3);
    while (direct.hasRemaining()) {
      Deadline.get(pair.channel().read(direct));
    }
    byte[] bytes = bytes("......");
    ByteBuffer slice = ByteBuffer.wrap(bytes).slice(1, 3);
    while (slice.hasRemaining()) {
      Deadline.get(pair.channel().read(slice));
    }

    assertEquals('c', direct.get(2));
    assertEquals(".def..", text(bytes));
  }

  @Test
  void a_read_into_a_full_buffer_completes_at_once_with_0() throws Exception {
    ChannelPair pair = connect();

    assertEquals(0, Deadline.get(pair.channel().read(room(0))));
    assertEquals(0, Outcome.<Integer>of(h -> pair.channel().read(room(0), null, h)).value());
    pair.assertWorks();
  }

  @Test
  void a_read_only_buffer_is_an_illegal_argument() throws Exception {
    ChannelPair pair = connect();
    ByteBuffer readOnly = room(1).asReadOnlyBuffer();

    assertThrown(IllegalArgumentException.class, () -> pair.channel().read(readOnly));
    assertThrown(
        IllegalArgumentException.class, () -> pair.channel().read(readOnly, null, new Outcome<>()));
    assertThrown(
        IllegalArgumentException.class, () -> scatter(pair.channel(), 0, 2, room(1), readOnly));
    pair.assertWorks();
  }

  @Test
  void a_full_read_only_buffer_is_an_illegal_argument_too() throws Exception {
    ChannelPair pair = connect();
    ByteBuffer readOnly = room(0).asReadOnlyBuffer();

    assertThrown(IllegalArgumentException.class, () -> pair.channel().read(readOnly));
  }

  // ---- scattering reads ----

  @Test
  void a_scattering_read_fills_one_buffer_after_the_other() throws Exception {
    ChannelPair pair = connect();
    ByteBuffer[] buffers = {room(2), room(0), room(3), room(9)};
    Outcome<Long> read = scatter(pair.channel(), 0, 4, buffers);
    pair.peerSends("abcdefg");
    long count = read.value();
    while (count < 7) {
      count += scatter(pair.channel(), 0, 4, buffers).value();
    }

    assertEquals("attached", read.attachment());
    assertEquals("ab", ChannelPair.filled(buffers[0]));
    assertEquals("cde", ChannelPair.filled(buffers[2]));
    assertEquals("fg", ChannelPair.filled(buffers[3]));
  }

  @Test
  void a_scattering_read_uses_the_buffers_of_the_subsequence_only() throws Exception {
    ChannelPair pair = connect();
    pair.peerSends("abcdefgh");
    ByteBuffer[] buffers = {room(2), room(2), room(2), room(2)};
    long count = 0;
    while (count < 4) {
      count += scatter(pair.channel(), 1, 2, buffers).value();
    }

    assertEquals(4, count);
    assertEquals(0, buffers[0].position());
    assertEquals("abcd", ChannelPair.filled(buffers[1]) + ChannelPair.filled(buffers[2]));
    assertEquals(0, buffers[3].position());
  }

  @Test
  void read_only_buffers_outside_the_subsequence_do_no_harm() throws Exception {
    ChannelPair pair = connect();
    pair.peerSends("a");
    ByteBuffer readOnly = room(1).asReadOnlyBuffer();

    assertEquals(1, scatter(pair.channel(), 1, 1, readOnly, room(1), readOnly).value());
  }

  @Test
  void changes_of_the_array_affect_a_scattering_read_of_the_JDK_but_not_ours() throws Exception {
    ChannelPair pair = connect();
    ByteBuffer[] buffers = {room(1), room(1)};
    ByteBuffer first = buffers[0];
    Outcome<Long> read = scatter(pair.channel(), 0, 2, buffers);
    Arrays.fill(buffers, null);
    pair.peerSends("a");

    if (groups.isJdk()) { // it copies the array only when it reads into a part of it
      read.failure(NullPointerException.class);
    } else {
      assertEquals(1, read.value());
      assertEquals(1, first.position());
    }
  }

  @Test
  void a_scattering_read_without_room_returns_0_and_reads_nothing() throws Exception {
    ChannelPair pair = connect();
    pair.peerSends("abc"); // without a byte to read, the JDK's read may wait for one

    assertEquals(0, scatter(pair.channel(), 0, 2, room(0), room(0)).value());
    assertEquals(0, scatter(pair.channel(), 1, 0, room(1)).value());
    assertEquals("abc", pair.read(3));
  }

  @Test
  void a_scattering_read_can_use_more_buffers_than_the_kernel_takes_at_once() throws Exception {
    ChannelPair pair = connect();
    ByteBuffer[] buffers = new ByteBuffer[2000];
    Arrays.setAll(buffers, i -> room(1));
    pair.peerSends("x".repeat(buffers.length));
    long count = 0;
    while (count < buffers.length) {
      int from = (int) count;
      count += scatter(pair.channel(), from, buffers.length - from, buffers).value();
    }

    assertEquals(buffers.length, count);
    assertEquals('x', buffers[buffers.length - 1].get(0));
  }

  @Test
  void an_offset_or_length_outside_the_array_is_out_of_bounds() throws Exception {
    ChannelPair pair = connect();
    int[][] wrong = {{-1, 1}, {0, -1}, {0, 3}, {2, 1}, {3, 0}, {1, Integer.MAX_VALUE}};
    for (int[] each : wrong) {
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> scatter(pair.channel(), each[0], each[1], room(1), room(1)));
    }
    pair.assertWorks();
  }

  // ---- misuse ----

  @Test
  void a_read_during_a_read_throws_ReadPendingException() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> read = pair.pendingRead();

    assertThrown(ReadPendingException.class, () -> pair.channel().read(room(1)));
    assertThrown(ReadPendingException.class, pair::pendingRead);
    assertThrown(ReadPendingException.class, () -> scatter(pair.channel(), 0, 1, room(1)));
    assertThrown(ReadPendingException.class, () -> pair.channel().read(room(0)));
    pair.peerSends("a");
    assertEquals(1, read.value());
    pair.assertWorks();
  }

  @Test
  void a_read_does_not_hinder_writes() throws Exception {
    ChannelPair pair = connect();
    Outcome<Integer> read = pair.pendingRead();
    pair.write("abc");

    assertEquals("abc", pair.peerReceives(3));
    assertFalse(read.isDone());
  }

  @Test
  void a_read_before_the_connect_throws_NotYetConnectedException() throws Exception {
    AsynchronousSocketChannel channel = openChannel();

    assertThrown(NotYetConnectedException.class, () -> channel.read(room(1)));
    assertThrown(NotYetConnectedException.class, () -> channel.read(room(0)));
    assertThrown(
        NotYetConnectedException.class, () -> channel.read(room(1), null, new Outcome<>()));
    assertThrown(NotYetConnectedException.class, () -> scatter(channel, 0, 1, room(1)));
  }

  @Test
  void null_arguments_are_refused_and_change_nothing() throws Exception {
    ChannelPair pair = connect();
    AsynchronousSocketChannel channel = pair.channel();
    ByteBuffer[] buffers = {room(1)};

    assertThrown(NullPointerException.class, () -> channel.read(null));
    assertThrown(NullPointerException.class, () -> channel.read(null, null, new Outcome<>()));
    assertThrown(NullPointerException.class, () -> channel.read(room(1), null, null));
    assertThrown(
        NullPointerException.class,
        () -> channel.read(null, 0, 1, 0, SECONDS, null, new Outcome<>()));
    assertThrown(
        NullPointerException.class, () -> channel.read(buffers, 0, 1, 0, SECONDS, null, null));
    assertThrown(NullPointerException.class, () -> scatter(channel, 0, 1, (ByteBuffer) null));
    pair.assertWorks();
  }
}
