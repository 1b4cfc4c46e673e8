package io.weir;

import io.weir.internal.stream.ReadFraming;
import java.util.Objects;

/**
 * What to read from a {@link StreamReader}: {@link #upTo some bytes}, {@link #exactly an exact
 * number}, {@link #line a line}, {@link #until up to a separator}, or {@link #toEof everything}.
 * Requests are immutable; any number of reads and readers may use one.
 *
 * <p>Most programs call {@link StreamReader#read(int)}, {@link StreamReader#readLine()} and similar
 * methods, which create requests. A request is useful for another model of waiting, such as
 * coroutines: {@link StreamReader#whenReady} waits without consuming, and {@link StreamReader#poll}
 * consumes without waiting. A cancelled wait then loses no bytes.
 */
public final class ReadRequest {

  private static final ReadRequest TO_EOF = new ReadRequest(ReadFraming.toEof());
  private static final ReadRequest LINE = new ReadRequest(ReadFraming.line());

  private final ReadFraming framing;

  private ReadRequest(ReadFraming framing) {
    this.framing = framing;
  }

  /**
   * Requests at least one byte and at most {@code max}; an empty result means EOF.
   *
   * @param max the maximum number of bytes, 0 or more
   */
  public static ReadRequest upTo(int max) {
    if (max < 0) { // asyncio reads up to EOF, but a size that is wrong must not do that
      throw new IllegalArgumentException(
          "max is " + max + ": it can not be less than zero; read() reads all bytes up to EOF");
    }
    return new ReadRequest(ReadFraming.upTo(max));
  }

  /** Requests all bytes up to EOF. The reader's limit does not apply. */
  public static ReadRequest toEof() {
    return TO_EOF;
  }

  /**
   * Requests exactly {@code count} bytes, or fails with {@link IncompleteReadException}. The
   * reader's limit does not apply.
   *
   * @param count the number of bytes, 0 or more
   */
  public static ReadRequest exactly(int count) {
    return new ReadRequest(ReadFraming.exactly(Check.notNegative("count", count)));
  }

  /** Requests the bytes up to and including the next {@code '\n'}, or the rest of the stream. */
  public static ReadRequest line() {
    return LINE;
  }

  /**
   * Requests the bytes up to and including the separator that is complete first. When two are
   * complete at the same byte, uses the shorter one.
   *
   * @param separators one or more, each of at least one byte; they are copied
   */
  public static ReadRequest until(byte[]... separators) {
    Objects.requireNonNull(separators, "separators");
    if (separators.length == 0) {
      throw new IllegalArgumentException("separators is empty: give at least one separator");
    }
    for (int i = 0; i < separators.length; i++) {
      Check.notEmpty("separators[" + i + "]", separators[i]);
    }
    return new ReadRequest(ReadFraming.until(separators));
  }

  /** Returns the framing, which finds the requested bytes. */
  ReadFraming framing() {
    return framing;
  }

  @Override
  public String toString() {
    return framing.toString();
  }
}
