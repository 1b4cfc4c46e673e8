package io.weir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.NonNull;
import org.jspecify.annotations.Nullable;

/**
 * Finds the next value in the bytes that have been received: a line, a number, a frame, a message.
 * {@link StreamReader#read(Decoder)} waits until the decoder finds one, and only then removes the
 * bytes of that value from the reader. {@link Decoders} has the usual ones.
 *
 * <p>A decoder is a pure function. It keeps nothing from one call to the next, so any number of
 * reads and readers may use one, on any thread. It must not block, and must not keep the buffer.
 * After a result that needs more bytes it is called again with the same bytes and those that have
 * followed.
 *
 * <pre>{@code
 * // A message is a byte with its length, and that many bytes.
 * Decoder<byte[]> message = (received, ended) -> {
 *   if (!received.hasRemaining()) {
 *     return Decoded.needs(1);
 *   }
 *   byte[] body = new byte[Byte.toUnsignedInt(received.get())];
 *   if (received.remaining() < body.length) {
 *     return Decoded.needs(body.length - received.remaining());
 *   }
 *   received.get(body);
 *   return Decoded.of(body, 1 + body.length);
 * };
 * }</pre>
 *
 * @param <T> the type of the values
 */
@FunctionalInterface
public interface Decoder<T extends @Nullable Object> {

  /**
   * Looks for a value at the start of the received bytes.
   *
   * @param received the bytes that have been received and not removed, in a read-only buffer with
   *     position 0. Its position afterwards does not matter
   * @param ended whether no more bytes will follow, because of a clean EOF. A result that needs
   *     more bytes then fails the read with {@link IncompleteReadException}
   * @return the value and the number of its bytes, or how many bytes are missing
   * @throws IOException when the bytes are invalid. The read fails with it and removes nothing
   */
  Decoded<T> decode(ByteBuffer received, boolean ended) throws IOException;

  /**
   * Looks for a value, as the other {@code decode} does, without looking at all bytes again. A
   * decoder that searches overrides this method.
   *
   * @param received the received bytes
   * @param seen how many of them the previous call for this value got; 0 at the first call
   * @param ended whether no more bytes will follow
   * @return the value and the number of its bytes, or how many bytes are missing
   * @throws IOException when the bytes are invalid
   */
  default Decoded<T> decode(ByteBuffer received, int seen, boolean ended) throws IOException {
    return decode(received, ended);
  }

  /**
   * Returns the maximum number of bytes of a value, 64 KiB by default. A read of a longer value
   * fails with {@link LimitOverrunException} and removes nothing. When the decoder reports how many
   * bytes are missing, the read fails before they arrive.
   */
  default int limit() {
    return 64 * 1024;
  }

  /**
   * Returns this decoder with another limit.
   *
   * @param bytes the maximum number of bytes of a value, more than 0
   */
  default Decoder<T> withLimit(int bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("bytes is " + bytes + ": it cannot be <= 0");
    }
    Decoder<T> decoder = this;
    return new Decoder<>() {
      @Override
      public Decoded<T> decode(ByteBuffer received, boolean ended) throws IOException {
        return decoder.decode(received, ended);
      }

      @Override
      public Decoded<T> decode(ByteBuffer received, int seen, boolean ended) throws IOException {
        return decoder.decode(received, seen, ended);
      }

      @Override
      public int limit() {
        return bytes;
      }

      @Override
      public String toString() {
        return decoder + " of at most " + bytes + " bytes";
      }
    };
  }

  /**
   * Returns a decoder that applies a function to each value. A null value, which is the end of the
   * stream, stays null, and the function is not called with it.
   *
   * @param function the function, which must be pure as well. When it throws, the read fails and
   *     removes nothing
   */
  default <U extends @Nullable Object> Decoder<U> map(
      Function<? super @NonNull T, ? extends U> function) {
    Objects.requireNonNull(function, "function");
    Decoder<T> decoder = this;
    return new Decoder<>() {
      @Override
      public Decoded<U> decode(ByteBuffer received, boolean ended) throws IOException {
        return decode(received, 0, ended);
      }

      @Override
      public Decoded<U> decode(ByteBuffer received, int seen, boolean ended) throws IOException {
        return decoder.decode(received, seen, ended).mapped(function, 0);
      }

      @Override
      public int limit() {
        return decoder.limit();
      }

      @Override
      public String toString() {
        return decoder + ", mapped";
      }
    };
  }

  /**
   * Returns a decoder that decodes a value of this decoder first, such as a header, and then a
   * value of the decoder that {@code next} chooses. The result is the second value. The limit is
   * that of this decoder, for both values together. When the first value is null, which is the end
   * of the stream, so is the result, and {@code next} is not called. A clean EOF between the two
   * values fails the read, like one inside a value.
   *
   * @param next chooses the decoder of the second value; must be pure as well
   */
  default <U extends @Nullable Object> Decoder<U> then(
      Function<? super @NonNull T, ? extends Decoder<? extends U>> next) {
    Objects.requireNonNull(next, "next");
    Decoder<T> first = this;
    return new Decoder<>() {
      @Override
      @SuppressWarnings("NullAway") // the value is null only where T is nullable
      public Decoded<U> decode(ByteBuffer received, boolean ended) throws IOException {
        Decoded<T> head = first.decode(received.slice(), ended);
        if (!head.isComplete()) {
          return Decoded.needs(head.missing());
        }
        T value = head.value();
        int start = head.consumed();
        if (value == null) {
          return new Decoded<>(null, start, 0);
        }
        ByteBuffer rest = received.slice(start, received.remaining() - start);
        Decoded<? extends U> tail =
            Objects.requireNonNull(next.apply(value), "next returned null").decode(rest, ended);
        boolean isCutOff = start > 0 && ended && tail.isEnd() && rest.limit() == 0;
        return isCutOff ? Decoded.needs(1) : tail.mapped(last -> last, start);
      }

      @Override
      public int limit() {
        return first.limit();
      }

      @Override
      public String toString() {
        return first + ", then another decoder";
      }
    };
  }
}
