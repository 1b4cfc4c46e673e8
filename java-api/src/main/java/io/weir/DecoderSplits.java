package io.weir;

import io.weir.internal.stream.Decoding;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Checks a decoder in the tests of a program: it must find the same values however the network
 * splits the bytes.
 *
 * <pre>{@code
 * assertEquals(List.of("one", "two"), DecoderSplits.valuesOf(decoder, "one\ntwo\n".getBytes(UTF_8)));
 * }</pre>
 */
public final class DecoderSplits {

  private DecoderSplits() {}

  /**
   * Decodes a stream up to its end: whole, byte by byte, and split in two at every position. At the
   * end, a null value that consumes nothing is not returned.
   *
   * @param decoder the decoder
   * @param stream all bytes of a stream
   * @return the values
   * @throws AssertionError when two ways of splitting lead to different values or failures, or when
   *     the decoder decodes a value of 0 bytes
   * @throws IllegalStateException when the decoder consumes more bytes than there are
   * @throws IOException when the decoder fails with it, however the stream is split; an {@link
   *     IncompleteReadException} when the stream ends inside a value
   */
  public static <T extends @Nullable Object> List<T> valuesOf(Decoder<T> decoder, byte[] stream)
      throws IOException {
    Objects.requireNonNull(decoder, "decoder");
    Objects.requireNonNull(stream, "stream");
    Outcome<T> whole = decode(decoder, stream, new int[] {stream.length});
    for (int first = 1; first < stream.length; first++) {
      Outcome<T> split = decode(decoder, stream, new int[] {first, stream.length});
      compare(whole, split, "after " + first + " bytes");
    }
    int[] single = new int[stream.length];
    Arrays.setAll(single, i -> i + 1);
    compare(whole, decode(decoder, stream, single), "after each byte");
    if (whole.failure != null) {
      throw whole.failure;
    }
    return whole.values;
  }

  private record Outcome<T extends @Nullable Object>(
      List<T> values, List<Integer> sizes, @Nullable IOException failure) {

    String summary() {
      return values.size()
          + " values of "
          + sizes
          + " bytes, "
          + (failure == null ? "no failure" : failure.getClass().getName());
    }

    boolean isSameAs(Outcome<?> other) {
      return Objects.deepEquals(values.toArray(), other.values.toArray())
          && summary().equals(other.summary());
    }
  }

  private static void compare(Outcome<?> whole, Outcome<?> split, String where) {
    if (!whole.isSameAs(split)) {
      throw new AssertionError(
          "split "
              + where
              + ", the stream decodes to "
              + split.summary()
              + " "
              + split.values
              + "; unsplit, it decodes to "
              + whole.summary()
              + " "
              + whole.values);
    }
  }

  private static <T extends @Nullable Object> Outcome<T> decode(
      Decoder<T> decoder, byte[] stream, int[] arrivals) {
    Outcome<T> outcome = new Outcome<>(new ArrayList<>(), new ArrayList<>(), null);
    Position position = new Position();
    try {
      for (int end : arrivals) {
        decodeAll(decoder, stream, position, end, /* ended= */ false, outcome);
      }
      decodeAll(decoder, stream, position, stream.length, /* ended= */ true, outcome);
    } catch (IOException failure) {
      return new Outcome<>(outcome.values, outcome.sizes, failure);
    }
    return outcome;
  }

  /** Where the next value starts, and how many of its bytes the decoder has seen. */
  private static final class Position {
    int start;
    int seen;
  }

  private static <T extends @Nullable Object> void decodeAll(
      Decoder<T> decoder, byte[] stream, Position at, int end, boolean ended, Outcome<T> outcome)
      throws IOException {
    while (at.start < end || ended) {
      int size = end - at.start;
      ByteBuffer received = ByteBuffer.wrap(stream, at.start, size).slice().asReadOnlyBuffer();
      Decoded<T> found = Decoding.decode(decoder, received, at.seen, ended);
      if (!found.isComplete()) {
        if (ended && size > 0) {
          byte[] partial = Arrays.copyOfRange(stream, at.start, end);
          throw new IncompleteReadException(partial, size + found.missing());
        }
        at.seen = size;
        return;
      }
      if (found.consumed() == 0 && size == 0) {
        return;
      }
      if (found.consumed() == 0) {
        throw new AssertionError(
            decoder + " decodes a value of 0 bytes, and so would repeat for ever");
      }
      add(outcome, found);
      at.start += found.consumed();
      at.seen = 0;
    }
  }

  @SuppressWarnings("NullAway") // the value is null only where T is nullable
  private static <T extends @Nullable Object> void add(Outcome<T> outcome, Decoded<T> found) {
    outcome.values.add(found.value());
    outcome.sizes.add(found.consumed());
  }
}
