package io.weir;

import java.io.EOFException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Reports a clean EOF before all requested bytes had arrived. {@link #partial()} returns the bytes
 * that did arrive; the reader no longer holds them.
 *
 * <p>asyncio: {@code IncompleteReadError}.
 */
public final class IncompleteReadException extends EOFException {

  private static final long serialVersionUID = 1L;

  private final byte[] partial;
  private final @Nullable Integer expected;

  /**
   * Creates the exception.
   *
   * @param partial the bytes that arrived before the EOF; the exception keeps a copy
   * @param expected the number of requested bytes, or null for a read up to a separator
   */
  public IncompleteReadException(byte[] partial, @Nullable Integer expected) {
    super(
        partial.length
            + " bytes read on a total of "
            + (expected == null ? "undefined" : expected)
            + " expected bytes");
    this.partial = partial.clone();
    this.expected = expected;
  }

  /** Returns a copy of the bytes that arrived before the EOF. */
  public byte[] partial() {
    return partial.clone();
  }

  /** Returns the number of requested bytes; empty for a read up to a separator. */
  public OptionalInt expected() {
    return expected == null ? OptionalInt.empty() : OptionalInt.of(expected);
  }
}
