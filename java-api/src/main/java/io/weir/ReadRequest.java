package io.weir;

import io.weir.internal.stream.ReadFraming;
import java.util.Objects;

/**
 * What to read from a {@link StreamReader}, as a value: {@link #upTo some bytes}, {@link #exactly
 * an exact number}, {@link #line a line}, {@link #until up to a separator}, {@link #toEof
 * everything}.
 *
 * <p>Most programs call {@link StreamReader#read(int)}, {@link StreamReader#readLine()} and their
 * kin, which make these requests. A request by itself is for those who build another model of
 * waiting on top of a reader (coroutines, fibers): {@link StreamReader#whenReady} waits without
 * taking, {@link StreamReader#poll} takes without waiting, and so nothing is taken for somebody who
 * has given up waiting. Requests are immutable and can be used again and by several readers.
 */
public final class ReadRequest {

  private static final ReadRequest TO_EOF = new ReadRequest(ReadFraming.toEof());
  private static final ReadRequest LINE = new ReadRequest(ReadFraming.line());

  private final ReadFraming framing;

  private ReadRequest(ReadFraming framing) {
    this.framing = framing;
  }

  /**
   * At least one byte and at most {@code max}; nothing at the end of the stream.
   *
   * @param max the largest number of bytes, 0 or more
   */
  public static ReadRequest upTo(int max) {
    return new ReadRequest(ReadFraming.upTo(Check.notNegative("max", max)));
  }

  /** Everything up to the end of the stream. The reader's limit does not bound it. */
  public static ReadRequest toEof() {
    return TO_EOF;
  }

  /**
   * Exactly {@code count} bytes, or {@link IncompleteReadException}. The reader's limit does not
   * bound it.
   *
   * @param count the number of bytes, 0 or more
   */
  public static ReadRequest exactly(int count) {
    return new ReadRequest(ReadFraming.exactly(Check.notNegative("count", count)));
  }

  /** The bytes up to and with the next {@code '\n'}, or the rest of the stream. */
  public static ReadRequest line() {
    return LINE;
  }

  /**
   * The bytes up to and with the separator that ends first; of two that end together, the shorter.
   *
   * @param separators one or more, each of at least one byte; they are copied
   */
  public static ReadRequest until(byte[]... separators) {
    Objects.requireNonNull(separators, "separators");
    if (separators.length == 0) {
      throw new IllegalArgumentException(
          "separators is empty: a read up to a separator takes at least one of them");
    }
    for (int i = 0; i < separators.length; i++) {
      Check.notEmpty("separators[" + i + "]", separators[i]);
    }
    return new ReadRequest(ReadFraming.until(separators));
  }

  /** Returns what cuts the bytes out. */
  ReadFraming framing() {
    return framing;
  }

  @Override
  public String toString() {
    return framing.toString();
  }
}
