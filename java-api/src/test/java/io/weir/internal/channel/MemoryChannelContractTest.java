package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryChannelContractTest extends AsyncByteChannelContract {

  private static final int CAPACITY = 1000; // no power of two: chunks wrap around at odd places

  @Override
  List<AsyncByteChannel> openPair() {
    MemoryChannel.Pair pair = MemoryChannel.pair(CAPACITY);
    return List.of(pair.left(), pair.right());
  }

  @Override
  void assertNothingIsLeft() {
    assertFalse(left.isOpen());
    assertFalse(right.isOpen());
  }

  @Test
  void no_more_than_the_capacity_is_on_its_way() throws Exception {
    assertEquals(
        CAPACITY, RecordingHandler.byWrite(left, ByteBuffer.allocate(CAPACITY + 1)).value());
    RecordingHandler<Long> waiting = RecordingHandler.byWrite(left, ByteBuffer.allocate(5));
    assertFalse(waiting.isDone());

    assertEquals(3, RecordingHandler.byRead(right, ByteBuffer.allocate(3)).value());

    assertTrue(waiting.isDone());
    assertEquals(3, waiting.value());
  }

  @Test
  void a_read_that_waits_is_answered_inside_the_write() throws Exception {
    RecordingHandler<Integer> read = RecordingHandler.byRead(right, ByteBuffer.allocate(10));
    RecordingHandler<Long> write = RecordingHandler.byWrite(left, ByteBuffer.allocate(3));

    assertTrue(read.isDone());
    assertTrue(write.isDone());
    assertEquals(3, read.value());
  }

  @Test
  void an_abort_is_a_reset_behind_what_was_written() throws Exception {
    assertEquals(3, RecordingHandler.byWrite(left, ByteBuffer.allocate(3)).value());
    left.abort();

    assertEquals(3, RecordingHandler.byRead(right, ByteBuffer.allocate(10)).value());
    Throwable failure = RecordingHandler.byRead(right, ByteBuffer.allocate(10)).failure();
    assertInstanceOf(IOException.class, failure);
    assertEquals("Connection reset", failure.getMessage());
  }

  @Test
  void an_abort_after_closing_changes_nothing_for_the_peer() throws Exception {
    assertNull(RecordingHandler.byClose(left).value());
    left.abort();

    assertEquals(-1, RecordingHandler.byRead(right, ByteBuffer.allocate(10)).value());
  }

  @Test
  void a_capacity_below_one_is_refused() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> MemoryChannel.pair(0));

    assertTrue(refused.getMessage().contains("capacityBytes is 0"), refused.getMessage());
  }
}
