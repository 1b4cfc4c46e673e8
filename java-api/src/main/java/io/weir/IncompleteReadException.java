package io.weir;

import java.io.EOFException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The stream ended, in order, before all that was asked for had arrived: the peer closed too early.
 * What did arrive is in {@link #partial()} and is no longer in the reader.
 *
 * <p>asyncio: {@code IncompleteReadError}.
 */
public final class IncompleteReadException extends EOFException {

  private static final long serialVersionUID = 1L;

  private final byte[] partial;
  private final @Nullable Integer expected;

  IncompleteReadException(byte[] partial, @Nullable Integer expected) {
    super(
        partial.length
            + " bytes read on a total of "
            + (expected == null ? "undefined" : expected)
            + " expected bytes");
    this.partial = partial.clone();
    this.expected = expected;
  }

  /** The bytes that arrived before the end, a copy. */
  public byte[] partial() {
    return partial.clone();
  }

  /** How many bytes were asked for; empty for a read up to a separator. */
  public OptionalInt expected() {
    return expected == null ? OptionalInt.empty() : OptionalInt.of(expected);
  }
}
