package io.weir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import org.jspecify.annotations.Nullable;

/** Decodes a value of a fixed number of bytes. */
record FixedDecoder<T extends @Nullable Object>(
    int size, String name, ByteOrder order, OfBytes<T> value) implements Decoder<T> {

  /** Makes a value of all bytes of a buffer. */
  @FunctionalInterface
  interface OfBytes<T extends @Nullable Object> {
    T of(ByteBuffer bytes) throws CharacterCodingException;
  }

  @Override
  public Decoded<T> decode(ByteBuffer received, boolean ended) throws IOException {
    int missing = size - received.remaining();
    return missing > 0
        ? Decoded.needs(missing)
        : Decoded.of(value.of(received.slice(0, size).order(order)), size);
  }

  @Override
  public int limit() {
    return Math.max(size, StreamReader.DEFAULT_LIMIT);
  }

  @Override
  public String toString() {
    return name;
  }
}
