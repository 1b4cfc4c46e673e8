package io.weir.internal.stream;

import io.weir.Decoded;
import io.weir.Decoder;
import io.weir.LimitOverrunException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Calls decoders, which are code of the program, and checks their results. */
public final class Decoding {

  private Decoding() {}

  /**
   * Calls a decoder.
   *
   * @param seen how many of the bytes it has seen in the previous call for this value
   * @throws LimitOverrunException when the value is longer than the decoder's limit
   * @throws IllegalStateException when the decoder has consumed more bytes than there are
   */
  public static <T extends @Nullable Object> Decoded<T> decode(
      Decoder<T> decoder, ByteBuffer received, int seen, boolean ended) throws IOException {
    int size = received.remaining();
    Decoded<T> found = decoder.decode(received, seen, ended);
    Objects.requireNonNull(found, () -> "decoder " + decoder + " returned null");
    if (found.consumed() > size) {
      throw new IllegalStateException(
          "decoder "
              + decoder
              + " consumed "
              + found.consumed()
              + " bytes, although only "
              + size
              + " have been received");
    }
    long length = found.isComplete() ? found.consumed() : (long) size + found.missing();
    if (length > decoder.limit()) {
      throw new LimitOverrunException(
          "a value of "
              + (found.isComplete() ? "" : "at least ")
              + length
              + " bytes exceeds the limit of "
              + decoder.limit()
              + " bytes; raise it with withLimit(bytes) of the decoder",
          Math.min(size, found.isComplete() ? found.consumed() : size));
    }
    return found;
  }
}
