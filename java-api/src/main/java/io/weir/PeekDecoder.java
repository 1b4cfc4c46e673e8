package io.weir;

import java.nio.ByteBuffer;

/** Decodes the next bytes, and consumes none. */
record PeekDecoder(int count) implements Decoder<byte[]> {

  @Override
  public Decoded<byte[]> decode(ByteBuffer received, boolean ended) {
    int missing = count - received.remaining();
    if (missing > 0 && !ended) {
      return Decoded.needs(missing);
    }
    byte[] next = new byte[Math.min(count, received.remaining())];
    received.get(next);
    return Decoded.of(next, 0);
  }

  @Override
  public int limit() {
    return Math.max(count, StreamReader.DEFAULT_LIMIT);
  }

  @Override
  public String toString() {
    return "peek at " + count + " bytes";
  }
}
