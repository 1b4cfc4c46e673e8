package io.weir;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A decoder whose value is null at a clean EOF between two values. */
record DecoderUpToEnd<T>(Decoder<? extends @Nullable T> decoder) implements Decoder<@Nullable T> {

  @Override
  public Decoded<@Nullable T> decode(ByteBuffer received, boolean ended) throws IOException {
    return decode(received, 0, ended);
  }

  @Override
  public Decoded<@Nullable T> decode(ByteBuffer received, int seen, boolean ended)
      throws IOException {
    if (ended && !received.hasRemaining()) {
      return Decoded.end();
    }
    return decoder.decode(received, seen, ended).mapped(value -> value, 0);
  }

  @Override
  public int limit() {
    return decoder.limit();
  }

  @Override
  public String toString() {
    return decoder.toString();
  }
}
