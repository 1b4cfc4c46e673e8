package io.weir.internal.log;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.Objects;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes what is logged fit for it. A peer has its hand in many texts: the path of its socket, the
 * names in its certificate, the message of what a handler throws at its bytes. It shall neither
 * begin a line of the log nor command the terminal that shows it.
 */
public final class Printable {

  /** Control characters, the other ends of lines, and what turns the direction of a text. */
  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\p{Cc}\\u2028\\u2029\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]");

  private Printable() {}

  /** A text in which those characters are escaped that are not for a log. */
  public static String text(String text) {
    return UNPRINTABLE.matcher(text).replaceAll(Printable::escape);
  }

  private static String escape(MatchResult found) {
    char character = found.group().charAt(0);
    String escape =
        switch (character) {
          case '\n' -> "\\n";
          case '\r' -> "\\r";
          case '\t' -> "\\t";
          default -> "\\u" + HexFormat.of().toHexDigits(character);
        };
    return Matcher.quoteReplacement(escape);
  }

  /**
   * An error whose text is printable, and so are those of its causes and of what it suppressed: the
   * error itself if they are, and a copy otherwise. The copy has the stack traces; its texts begin
   * with the classes' names of the originals.
   */
  public static Throwable error(Throwable error) {
    try {
      return copyOfUnprintable(error);
    } catch (Throwable broken) { // the error may be a user's, and so are its methods
      return new Copy(error.getClass().getName() + ", which cannot say what it is");
    }
  }

  private static Throwable copyOfUnprintable(Throwable error) {
    Set<Throwable> all = reachableFrom(error);
    if (all.stream().allMatch(Printable::isPrintable)) {
      return error;
    }
    IdentityHashMap<Throwable, Copy> copies = new IdentityHashMap<>();
    all.forEach(original -> copies.put(original, Copy.of(original)));
    copies.forEach((original, copy) -> copy.encloseAs(original, copies));
    return Objects.requireNonNull(copies.get(error));
  }

  /** An error, its causes and what was suppressed: any number, and possibly in a circle. */
  private static Set<Throwable> reachableFrom(Throwable error) {
    Set<Throwable> all = Collections.newSetFromMap(new IdentityHashMap<>());
    Deque<Throwable> left = new ArrayDeque<>();
    left.add(error);
    while (!left.isEmpty()) {
      Throwable next = left.remove();
      if (all.add(next)) {
        left.addAll(Arrays.asList(next.getSuppressed()));
        Throwable cause = next.getCause();
        if (cause != null) {
          left.add(cause);
        }
      }
    }
    return all;
  }

  private static boolean isPrintable(Throwable error) {
    return isPrintable(error.toString()) && isPrintable(error.getMessage());
  }

  private static boolean isPrintable(@Nullable String text) {
    return text == null || !UNPRINTABLE.matcher(text).find();
  }

  /** What the log is told instead of an error. */
  private static final class Copy extends Throwable {

    private static final long serialVersionUID = 1L;

    Copy(String text) {
      super(text);
    }

    static Copy of(Throwable original) {
      Copy copy = new Copy(text(original.toString()));
      copy.setStackTrace(original.getStackTrace());
      return copy;
    }

    /** Has the copies for causes and suppressed errors of which the original has the originals. */
    void encloseAs(Throwable original, IdentityHashMap<Throwable, Copy> copies) {
      for (Throwable each : original.getSuppressed()) {
        addSuppressed(copies.get(each));
      }
      Throwable cause = original.getCause();
      if (cause != null && cause != original) {
        initCause(copies.get(cause));
      }
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this; // the trace is the original's
    }

    @Override
    @SuppressWarnings("OverrideThrowableToString") // the message has the original's name already
    public String toString() {
      return String.valueOf(getMessage());
    }
  }
}
