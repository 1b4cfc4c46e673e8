package io.weir.internal.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class OneByteMemoryContractTest extends AsyncByteChannelContract {

  @Override
  List<AsyncByteChannel> openPair() {
    MemoryChannel.Pair pair = MemoryChannel.pair(100);
    return List.of(new OneByteChannel(pair.left()), new OneByteChannel(pair.right()));
  }

  @Override
  void assertNothingIsLeft() {
    assertFalse(left.isOpen());
    assertFalse(right.isOpen());
  }

  @Override
  int volume() {
    return 64 * 1024;
  }

  @Test
  void each_operation_carries_one_byte() throws Exception {
    ByteBuffer[] srcs = {ByteBuffer.allocate(0), ByteBuffer.allocate(5)};

    assertEquals(1, RecordingHandler.byWrite(left, srcs).value());
    assertEquals(1, RecordingHandler.byWrite(left, srcs).value());
    assertEquals(3, srcs[1].remaining());
    assertEquals(1, RecordingHandler.byRead(right, ByteBuffer.allocate(10)).value());
  }
}
