package io.weir.callbacks;

import io.weir.testing.CallbackCheck;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Marks the calls that a test makes to Weir, so that a callback detects that it runs inside one.
 * Each thread has its own mark. This does not depend on what Weir itself takes for a call, which
 * {@link CallbackCheck} asks for.
 */
final class InCall {

  private static final ThreadLocal<@Nullable String> CURRENT = new ThreadLocal<>();

  private InCall() {}

  /** Runs a call to Weir under its name. */
  static void run(String call, Runnable action) {
    get(
        call,
        () -> {
          action.run();
          return true;
        });
  }

  /** Runs a call to Weir under its name and returns its value. */
  static <T> T get(String call, Supplier<T> action) {
    String outer = CURRENT.get();
    CURRENT.set(call);
    try {
      return action.get();
    } finally {
      CURRENT.set(outer);
    }
  }

  /** Returns the name of the innermost call that this thread is inside, or null. */
  static @Nullable String current() {
    return CURRENT.get();
  }

  /** Throws when this thread is inside a call to Weir. */
  static void assertNot() {
    CallbackCheck.assertOutsideCalls();
    String call = CURRENT.get();
    if (call != null) {
      throw new AssertionError(
          "a callback runs inside " + call + "() on " + Thread.currentThread().getName());
    }
  }

  /** Counts callbacks, and those that ran inside a call. Any thread may use it. */
  static final class Counter {

    private final AtomicInteger callbacks = new AtomicInteger();
    private final Map<String, Integer> inside = new ConcurrentSkipListMap<>();

    /** Counts a callback; to be called by the callback. */
    void callback() {
      CallbackCheck.assertOutsideCalls();
      String call = CURRENT.get();
      if (call != null) {
        inside.merge(call, 1, Integer::sum);
      }
      callbacks.incrementAndGet();
    }

    /** Returns how many callbacks have run. */
    int callbacks() {
      return callbacks.get();
    }

    /** Throws when a callback has run inside a call. */
    void assertNoneInside() {
      if (!inside.isEmpty()) {
        throw new AssertionError(
            "of " + callbacks + " callbacks, so many ran inside a call: " + inside);
      }
    }
  }
}
