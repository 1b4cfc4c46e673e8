package io.weir;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Decodes a line without its end, or the rest of the stream. */
record LineDecoder() implements Decoder<byte @Nullable []> {

  @Override
  public Decoded<byte @Nullable []> decode(ByteBuffer received, boolean ended) {
    return decode(received, 0, ended);
  }

  @Override
  public Decoded<byte @Nullable []> decode(ByteBuffer received, int seen, boolean ended) {
    int size = received.remaining();
    int newline = SeparatorDecoder.indexOf(received, (byte) '\n', seen);
    if (newline >= 0) {
      boolean carriageReturn = newline > 0 && received.get(newline - 1) == '\r';
      return Decoded.of(first(received, carriageReturn ? newline - 1 : newline), newline + 1);
    }
    if (!ended) {
      return Decoded.needs(1);
    }
    return size == 0 ? Decoded.end() : Decoded.of(first(received, size), size);
  }

  private static byte[] first(ByteBuffer received, int count) {
    byte[] bytes = new byte[count];
    received.get(0, bytes);
    return bytes;
  }

  @Override
  public String toString() {
    return "line";
  }
}
