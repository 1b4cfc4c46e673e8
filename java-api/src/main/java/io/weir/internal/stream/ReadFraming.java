package io.weir.internal.stream;

import io.weir.IncompleteReadException;
import io.weir.LimitOverrunException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which of the received bytes one read returns: some of them, an exact number, a line, up to a
 * separator, or everything. Immutable; the queue remembers a search that is to be continued.
 */
public abstract sealed class ReadFraming {

  private static final ReadFraming TO_EOF = new ToEof();
  private static final ReadFraming LINE = new Line();

  private ReadFraming() {}

  /**
   * At least one byte and at most {@code max}; nothing at the end of the stream.
   *
   * @param max the largest number of bytes, 0 or more
   */
  public static ReadFraming upTo(int max) {
    return new UpTo(max);
  }

  /** Everything up to the end of the stream. The reader's limit does not bound it. */
  public static ReadFraming toEof() {
    return TO_EOF;
  }

  /**
   * Exactly {@code count} bytes, or {@link IncompleteReadException}. The reader's limit does not
   * bound it.
   *
   * @param count the number of bytes, 0 or more
   */
  public static ReadFraming exactly(int count) {
    return new Exactly(count);
  }

  /** The bytes up to and including the next {@code '\n'}, or the rest of the stream. */
  public static ReadFraming line() {
    return LINE;
  }

  /**
   * The bytes up to and including the separator that ends first; of two that end together, the
   * shorter.
   *
   * @param separators one or more, each of at least one byte; they are copied
   */
  public static ReadFraming until(byte[]... separators) {
    return new Until(separators);
  }

  /** Whether the request can be answered now, with bytes or with an error. */
  abstract boolean isReady(ByteQueue buffer);

  /** Takes the answer; to be called only when ready. */
  abstract byte[] take(ByteQueue buffer) throws IOException;

  /**
   * How many of the arriving bytes are the answer when none are buffered; 0 when they have to be
   * searched, or are too few.
   */
  int directly(int arriving) {
    return 0;
  }

  /** The size of the answer when it does not depend on the received bytes; 0 when it does. */
  int exactCount() {
    return 0;
  }

  /**
   * Moves bytes into a buffer, as {@link #upTo} takes them.
   *
   * @return how many, or -1 at the end of the stream
   */
  static int fill(ByteBuffer destination, ByteQueue buffer) throws IOException {
    if (!destination.hasRemaining()) {
      return 0;
    }
    if (buffer.isEmpty()) {
      throwIfBroken(buffer);
      return -1;
    }
    return buffer.moveTo(destination);
  }

  /**
   * Throws the error of a broken stream. The bytes that are left stay, for a request that they can
   * answer.
   */
  private static void throwIfBroken(ByteQueue buffer) throws IOException {
    StreamEnd end = buffer.end();
    if (end != null && end.error() != null) {
      throw end.error();
    }
  }

  private static final class UpTo extends ReadFraming {

    private final int max;

    UpTo(int max) {
      this.max = max;
    }

    @Override
    boolean isReady(ByteQueue buffer) {
      return max == 0 || !buffer.isEmpty() || buffer.end() != null;
    }

    @Override
    byte[] take(ByteQueue buffer) throws IOException {
      if (buffer.isEmpty()) {
        throwIfBroken(buffer);
      }
      return buffer.take(Math.min(max, buffer.size()));
    }

    @Override
    int directly(int arriving) {
      return Math.min(max, arriving);
    }

    @Override
    public String toString() {
      return "up to " + max + " bytes";
    }
  }

  private static final class ToEof extends ReadFraming {

    @Override
    boolean isReady(ByteQueue buffer) {
      return buffer.end() != null;
    }

    @Override
    byte[] take(ByteQueue buffer) throws IOException {
      throwIfBroken(buffer);
      return buffer.take(buffer.size());
    }

    @Override
    public String toString() {
      return "everything up to the end";
    }
  }

  private static final class Exactly extends ReadFraming {

    private final int count;

    Exactly(int count) {
      this.count = count;
    }

    @Override
    boolean isReady(ByteQueue buffer) {
      return buffer.size() >= count || buffer.end() != null;
    }

    @Override
    byte[] take(ByteQueue buffer) throws IOException {
      if (buffer.size() < count || buffer.isEmpty()) {
        throwIfBroken(buffer);
      }
      if (buffer.size() < count) {
        throw buffer.failing(new IncompleteReadException(buffer.take(buffer.size()), count));
      }
      return buffer.take(count);
    }

    @Override
    int directly(int arriving) {
      return arriving < count ? 0 : count;
    }

    @Override
    int exactCount() {
      return count;
    }

    @Override
    public String toString() {
      return "exactly " + count + " bytes";
    }
  }

  /** A read up to a separator, within the reader's limit. */
  private abstract static sealed class Search extends ReadFraming {

    /** The length of the longest separator. */
    abstract int longest();

    /** The index just after the first match that starts at or after an index, or -1. */
    abstract int endOfMatch(ByteQueue buffer, int from);

    /** The length of the separator whose match ends just before an index. */
    abstract int lengthOfMatch(ByteQueue buffer, int end);

    /** Drops the bytes before an index after an overrun, unless this kind of read keeps them. */
    abstract void dropOverrun(ByteQueue buffer, int end);

    /** Takes the answer when a clean EOF came before a match. */
    abstract byte[] takeRest(ByteQueue buffer) throws IOException;

    @Override
    final boolean isReady(ByteQueue buffer) {
      int from = buffer.searchFrom(this);
      int end = endOfMatch(buffer, from);
      if (end >= 0) {
        buffer.searchedUpTo(this, end - lengthOfMatch(buffer, end));
        return true;
      }
      int passed = Math.max(from, buffer.size() + 1 - longest());
      buffer.searchedUpTo(this, passed);
      return passed > buffer.limit() || buffer.end() != null;
    }

    @Override
    final byte[] take(ByteQueue buffer) throws IOException {
      int passed = buffer.searchFrom(this);
      int end = endOfMatch(buffer, passed);
      if (end < 0 && passed > buffer.limit()) {
        dropOverrun(buffer, buffer.size());
        throw overrun("Separator is not found, and chunk exceed the limit", passed, buffer);
      }
      if (end < 0) {
        throwIfBroken(buffer);
        return takeRest(buffer);
      }
      int start = end - lengthOfMatch(buffer, end);
      if (start > buffer.limit()) {
        dropOverrun(buffer, end);
        throw overrun("Separator is found, but chunk is longer than the limit", start, buffer);
      }
      return buffer.take(end);
    }

    private static LimitOverrunException overrun(String what, int consumed, ByteQueue buffer) {
      return buffer.failing(
          new LimitOverrunException(
              what
                  + " of "
                  + buffer.limit()
                  + " bytes; raise it with withLimit(bytes) in the options of the connection or the"
                  + " server",
              consumed));
    }
  }

  private static final class Line extends Search {

    @Override
    int longest() {
      return 1;
    }

    @Override
    int endOfMatch(ByteQueue buffer, int from) {
      int newline = buffer.indexOf((byte) '\n', from);
      return newline < 0 ? -1 : newline + 1;
    }

    @Override
    int lengthOfMatch(ByteQueue buffer, int end) {
      return 1;
    }

    @Override
    void dropOverrun(ByteQueue buffer, int end) {
      buffer.drop(end);
    }

    @Override
    byte[] takeRest(ByteQueue buffer) {
      return buffer.take(buffer.size());
    }

    @Override
    public String toString() {
      return "a line";
    }
  }

  private static final class Until extends Search {

    private final byte[][] separators; // the shortest first
    private final int longest;

    Until(byte[][] separators) {
      this.separators = new byte[separators.length][];
      for (int i = 0; i < separators.length; i++) {
        this.separators[i] = separators[i].clone();
      }
      Arrays.sort(this.separators, Comparator.comparingInt(separator -> separator.length));
      this.longest = this.separators[separators.length - 1].length;
    }

    @Override
    int longest() {
      return longest;
    }

    @Override
    int endOfMatch(ByteQueue buffer, int from) {
      if (separators.length == 1) {
        return endOfMatch(buffer, separators[0], from);
      }
      for (int end = from + 1; end <= buffer.size(); end++) {
        if (matchEndingAt(buffer, from, end) != null) {
          return end;
        }
      }
      return -1;
    }

    /** Finds the end of a match of one separator; searches for its last byte first. */
    private static int endOfMatch(ByteQueue buffer, byte[] separator, int from) {
      int before = separator.length - 1;
      int last = buffer.indexOf(separator[before], from + before);
      while (last >= 0 && !buffer.matches(separator, last - before)) {
        last = buffer.indexOf(separator[before], last + 1);
      }
      return last < 0 ? -1 : last + 1;
    }

    @Override
    int lengthOfMatch(ByteQueue buffer, int end) {
      return Objects.requireNonNull(matchEndingAt(buffer, 0, end)).length;
    }

    private byte @Nullable [] matchEndingAt(ByteQueue buffer, int from, int end) {
      for (byte[] separator : separators) {
        int start = end - separator.length;
        if (start < from) {
          return null;
        }
        if (buffer.at(end - 1) == separator[separator.length - 1]
            && buffer.matches(separator, start)) {
          return separator;
        }
      }
      return null;
    }

    @Override
    void dropOverrun(ByteQueue buffer, int end) {
      // The bytes stay, and the error says how many they are.
    }

    @Override
    byte[] takeRest(ByteQueue buffer) throws IOException {
      throw buffer.failing(new IncompleteReadException(buffer.take(buffer.size()), null));
    }

    @Override
    public String toString() {
      return "up to a separator";
    }
  }
}
