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
 * Escapes untrusted input for the log. Peers influence many texts: the path of a socket, the names
 * in a certificate, the messages of exceptions. They must neither start a line of the log nor send
 * commands to a terminal.
 */
public final class Printable {

  /**
   * Control characters, other line separators, and characters that change the direction of text.
   */
  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\p{Cc}\\u2028\\u2029\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]");

  private Printable() {}

  /** Returns a text with control characters, line separators and direction marks escaped. */
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
   * Returns an error whose text, causes and suppressed errors are printable: the error itself, or
   * else a copy. The copy has the original stack traces, and its messages start with the names of
   * the original classes.
   */
  public static Throwable error(Throwable error) {
    try {
      return copyOfUnprintable(error);
    } catch (Throwable broken) { // the error and its methods may be user code
      return new Copy(error.getClass().getName() + ", whose text is not available");
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

  /** Returns an error with its causes and suppressed errors, which may form a cycle. */
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

  /** A printable copy of an error. */
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

    /** Adds the copies of the original's cause and suppressed errors. */
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
    @SuppressWarnings("OverrideThrowableToString") // the message starts with the original's class
    public String toString() {
      return String.valueOf(getMessage());
    }
  }
}
