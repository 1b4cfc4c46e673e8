package io.weir;

import org.jspecify.annotations.Nullable;

/**
 * Turns values into bytes: the inverse of a {@link Decoder}. {@link StreamWriter#send(Encoder,
 * Object)} writes a value. {@link Encoders} has the usual ones.
 *
 * @param <T> the type of the values
 */
@FunctionalInterface
public interface Encoder<T extends @Nullable Object> {

  /**
   * Returns the bytes of a value.
   *
   * @param value the value
   * @throws IllegalArgumentException when the value has no encoding, a frame that is too long for
   *     its prefix for example
   */
  byte[] encode(T value);
}
