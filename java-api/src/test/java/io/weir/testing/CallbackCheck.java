package io.weir.testing;

import io.weir.ConnectionHandler;
import io.weir.internal.concurrent.Trampoline;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Checks that callbacks run outside the calls of Weir. A violation on any thread fails the test
 * that runs when it is found: {@link CallbackCheckExtension} looks after each.
 */
public final class CallbackCheck {

  private static final int MOST_EXAMPLES = 3;

  private static final AtomicLong violations = new AtomicLong();
  private static final List<Throwable> examples = new CopyOnWriteArrayList<>();

  private CallbackCheck() {}

  /** Records a violation when the calling thread is inside a call of Weir. */
  public static void assertOutsideCalls() {
    if (Trampoline.isInCall() && violations.incrementAndGet() <= MOST_EXAMPLES) {
      String thread = Thread.currentThread().getName();
      examples.add(new AssertionError("a callback runs inside a call of Weir on " + thread));
    }
  }

  /** Checks the thread on which a future completes its dependents. Returns the future. */
  public static <F extends CompletableFuture<?>> F watch(F future) {
    future.whenComplete((value, error) -> assertOutsideCalls());
    return future;
  }

  /** Returns a handler that checks its thread first. */
  public static ConnectionHandler checked(ConnectionHandler handler) {
    return (reader, writer) -> {
      assertOutsideCalls();
      return handler.handle(reader, writer);
    };
  }

  /** Throws when a violation was recorded, and forgets it. */
  static void failIfAnyViolation() {
    long count = violations.getAndSet(0);
    if (count > 0) {
      AssertionError error =
          new AssertionError(
              count + " callbacks ran inside calls of Weir; see the suppressed errors");
      examples.forEach(error::addSuppressed);
      examples.clear();
      throw error;
    }
  }
}
