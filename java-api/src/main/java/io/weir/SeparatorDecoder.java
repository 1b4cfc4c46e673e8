package io.weir;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Decodes the bytes before a separator. */
@SuppressWarnings("ArrayRecordComponent") // the array is not shared
record SeparatorDecoder(byte[] separator) implements Decoder<byte @Nullable []> {

  @Override
  public Decoded<byte @Nullable []> decode(ByteBuffer received, boolean ended) {
    return decode(received, 0, ended);
  }

  @Override
  public Decoded<byte @Nullable []> decode(ByteBuffer received, int seen, boolean ended) {
    int start = indexOf(received, Math.max(0, seen - separator.length + 1));
    if (start >= 0) {
      byte[] before = new byte[start];
      received.get(0, before);
      return Decoded.of(before, start + separator.length);
    }
    return ended && !received.hasRemaining() ? Decoded.end() : Decoded.needs(1);
  }

  private int indexOf(ByteBuffer received, int from) {
    int last = received.limit() - separator.length;
    int start = indexOf(received, separator[0], from);
    while (start >= 0 && start <= last) {
      ByteBuffer candidate = received.slice(start, separator.length);
      if (candidate.equals(ByteBuffer.wrap(separator))) {
        return start;
      }
      start = indexOf(received, separator[0], start + 1);
    }
    return -1;
  }

  /** The index of a byte, or -1. */
  static int indexOf(ByteBuffer bytes, byte wanted, int from) {
    for (int i = from; i < bytes.limit(); i++) {
      if (bytes.get(i) == wanted) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public String toString() {
    return "bytes until " + Arrays.toString(separator);
  }
}
