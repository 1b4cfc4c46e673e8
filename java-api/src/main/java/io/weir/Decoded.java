package io.weir;

import java.util.function.Function;
import org.jspecify.annotations.NonNull;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Decoder} has found: a value and its number of bytes, or the minimum number of bytes
 * that are missing.
 *
 * @param value the value; null when more bytes are needed, and when the value itself is null
 * @param consumed the number of bytes of the value, 0 or more; 0 when more are needed
 * @param missing the minimum number of bytes that must still arrive; 0 when there is a value
 */
public record Decoded<T extends @Nullable Object>(@Nullable T value, int consumed, int missing) {

  public Decoded {
    if (consumed < 0 || missing < 0 || (consumed > 0 && missing > 0)) {
      throw new IllegalArgumentException(
          "consumed is "
              + consumed
              + " and missing is "
              + missing
              + ": at least one must be 0, and neither may be negative");
    }
  }

  /**
   * Returns a value.
   *
   * @param value the value
   * @param consumed the number of its bytes, from the first received byte
   */
  public static <T extends @Nullable Object> Decoded<T> of(T value, int consumed) {
    return new Decoded<>(value, consumed, 0);
  }

  /**
   * Returns a result without a value.
   *
   * @param bytes the minimum number of bytes that must still arrive, more than 0; 1 when unknown
   */
  public static <T extends @Nullable Object> Decoded<T> needs(int bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException("bytes is " + bytes + ": it cannot be <= 0");
    }
    return new Decoded<>(null, 0, bytes);
  }

  /** Returns a null value that consumes nothing: the stream has no more values. */
  public static <T> Decoded<@Nullable T> end() {
    return new Decoded<>(null, 0, 0);
  }

  /**
   * Applies a function to the value, if there is one. Null, the end of the stream, stays null.
   *
   * @param before how many bytes before this value belong to the new one
   */
  @SuppressWarnings("NullAway") // the value is null only where T is nullable
  <U extends @Nullable Object> Decoded<U> mapped(
      Function<? super @NonNull T, ? extends U> function, int before) {
    return isComplete()
        ? new Decoded<>(
            value == null ? null : function.apply(value), Math.addExact(before, consumed), 0)
        : needs(missing);
  }

  /** Returns whether this is {@link #end}. */
  boolean isEnd() {
    return isComplete() && value == null && consumed == 0;
  }

  /** Returns whether there is a value. */
  public boolean isComplete() {
    return missing == 0;
  }
}
