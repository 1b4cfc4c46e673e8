package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.ScriptedChannel;
import io.weir.testing.Texts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadPendingException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A channel of which somebody has read already keeps the contract, and gives out what he read. */
class PushbackChannelTest extends AsyncByteChannelContract {

  private static final byte[] NOTHING = {};

  @Override
  List<AsyncByteChannel> openPair() {
    MemoryChannel.Pair pair = MemoryChannel.pair(1_000);
    return List.of(
        new PushbackChannel(pair.left(), NOTHING, /* outstanding= */ false),
        new PushbackChannel(pair.right(), NOTHING, /* outstanding= */ false));
  }

  @Override
  void assertNothingIsLeft() {
    assertFalse(left.isOpen());
    assertFalse(right.isOpen());
  }

  private final ScriptedChannel inner = new ScriptedChannel();

  private PushbackChannel over(String unread, boolean outstanding) {
    return new PushbackChannel(inner, Texts.bytes(unread), outstanding);
  }

  private static String read(PushbackChannel channel, int size) throws Exception {
    ByteBuffer dst = ByteBuffer.allocate(size);
    int count = RecordingHandler.byRead(channel, dst).value();
    return count < 0 ? "end" : Texts.text(dst.array()).substring(0, count);
  }

  @Test
  void what_was_read_already_comes_first_and_in_pieces_if_they_are_small() throws Exception {
    PushbackChannel channel = over("abcde", /* outstanding= */ false);
    inner.arrive("fgh");

    assertEquals("ab", read(channel, 2));
    assertEquals("cde", read(channel, 10));
    assertEquals(0, inner.reads());
    assertEquals("fgh", read(channel, 10));
  }

  @Test
  void what_the_old_read_brings_comes_between_the_two() throws Exception {
    PushbackChannel channel = over("ab", /* outstanding= */ true);
    channel.arrived(Texts.bytes("cd"));
    inner.arrive("ef");

    assertEquals("abcd", read(channel, 10));
    assertEquals("ef", read(channel, 10));
  }

  @Test
  void a_read_waits_for_the_old_one_and_starts_none_of_its_own() throws Exception {
    PushbackChannel channel = over("", /* outstanding= */ true);
    ByteBuffer dst = ByteBuffer.allocate(3);
    RecordingHandler<Integer> read = RecordingHandler.byRead(channel, dst);
    assertFalse(read.isDone());
    assertEquals(0, inner.reads());
    assertThrows(
        ReadPendingException.class, () -> RecordingHandler.byRead(channel, ByteBuffer.allocate(1)));

    channel.arrived(Texts.bytes("abcd"));

    assertEquals(3, read.value());
    assertEquals("abc", Texts.text(dst.array()));
    assertEquals("d", read(channel, 3));
    assertEquals(1, read.calls());
  }

  @Test
  void the_end_that_the_old_read_brings_is_asked_for_again_and_told_again() throws Exception {
    PushbackChannel channel = over("ab", /* outstanding= */ true);
    RecordingHandler<Integer> first = RecordingHandler.byRead(channel, ByteBuffer.allocate(2));
    assertEquals(2, first.value());
    RecordingHandler<Integer> second = RecordingHandler.byRead(channel, ByteBuffer.allocate(2));
    inner.arriveEof();
    channel.arrived(NOTHING);

    assertEquals(-1, second.value());
    assertEquals("end", read(channel, 2));
  }

  @Test
  void the_failure_of_the_old_read_is_told_once_behind_the_data() throws Exception {
    IOException reset = new IOException("Connection reset");
    PushbackChannel channel = over("ab", /* outstanding= */ true);
    channel.failed(reset);

    assertEquals("ab", read(channel, 5));
    assertSame(reset, RecordingHandler.byRead(channel, ByteBuffer.allocate(5)).failure());
    inner.failRead(new IOException("from the inner one"));
    assertEquals(
        "from the inner one",
        RecordingHandler.byRead(channel, ByteBuffer.allocate(5)).failure().getMessage());
  }

  @Test
  void the_failure_of_the_old_read_ends_a_read_that_waits() throws Exception {
    PushbackChannel channel = over("", /* outstanding= */ true);
    RecordingHandler<Integer> read = RecordingHandler.byRead(channel, ByteBuffer.allocate(5));
    IOException reset = new IOException("Connection reset");
    channel.failed(reset);

    assertSame(reset, read.failure());
    assertEquals(1, read.calls());
  }

  @Test
  void a_closed_one_gives_out_nothing_any_more() throws Exception {
    PushbackChannel channel = over("ab", /* outstanding= */ false);
    channel.abort();

    assertInstanceOf(
        ClosedChannelException.class,
        RecordingHandler.byRead(channel, ByteBuffer.allocate(5)).failure());
    assertFalse(channel.isOpen());
  }

  @Test
  void all_else_is_the_inner_channels() throws Exception {
    PushbackChannel channel = over("ab", /* outstanding= */ false);
    assertEquals(2, RecordingHandler.byWrite(channel, ByteBuffer.wrap(Texts.bytes("xy"))).value());

    assertEquals("xy", inner.writtenText());
    assertEquals(inner.localAddress(), channel.localAddress());
    assertEquals(inner.remoteAddress(), channel.remoteAddress());
    assertTrue(channel.canEndOutput());
    channel.endOutput();
    assertEquals(1, inner.shutdowns());
    assertEquals("scripted", channel.toString());
  }
}
