package io.weir;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Decodes a frame that follows its length prefix. */
record FrameDecoder(LengthPrefix prefix) implements Decoder<byte @Nullable []> {

  @Override
  public Decoded<byte @Nullable []> decode(ByteBuffer received, boolean ended) throws IOException {
    if (ended && !received.hasRemaining()) {
      return Decoded.end();
    }
    Decoded<Long> head = prefix.decode(received);
    Long length = head.value();
    if (length == null) {
      return Decoded.needs(head.missing());
    }
    long missing = head.consumed() + length - received.remaining();
    if (missing > 0) {
      return Decoded.needs((int) Math.min(missing, Integer.MAX_VALUE));
    }
    byte[] frame = new byte[length.intValue()];
    received.get(head.consumed(), frame);
    return Decoded.of(frame, head.consumed() + frame.length);
  }

  @Override
  public String toString() {
    return "frame behind a length of " + prefix;
  }
}
