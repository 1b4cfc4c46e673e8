package io.weir.callbacks;

import io.weir.testing.CallbackCheck;
import io.weir.testing.Deadline;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Records where the callbacks of pending futures run. */
final class CallbackThreads {

  private final Map<String, CompletableFuture<String>> places = new LinkedHashMap<>();

  /** Adds a callback to a future. */
  void add(String name, CompletableFuture<?> pending) {
    if (pending.isDone()) {
      throw new AssertionError(name + " is not pending");
    }
    places.put(name, CallbackCheck.watch(pending).handle((value, error) -> here()));
  }

  private static String here() {
    String call = InCall.current();
    String thread = Thread.currentThread().getName();
    return call == null ? thread : "inside " + call + "() on " + thread;
  }

  /**
   * Waits for one callback. (A thread that waits for the future itself may run its callbacks, by
   * the nature of CompletableFuture.)
   */
  void await(String name) {
    Deadline.get(places.get(name));
  }

  /** Waits for all callbacks; throws when one ran on a thread whose name begins differently. */
  void assertOnThreadsNamed(String beginning) {
    List<String> wrong = new ArrayList<>();
    places.forEach(
        (name, place) -> {
          String ran = Deadline.get(place);
          if (!ran.startsWith(beginning)) {
            wrong.add(name + ": " + ran);
          }
        });
    if (!wrong.isEmpty()) {
      throw new AssertionError(
          "of " + places.keySet() + " these did not run on " + beginning + ": " + wrong);
    }
  }

  /** Waits for all callbacks; throws when they ran on several threads. */
  void assertOnOneThread() {
    Map<String, String> ran = new LinkedHashMap<>();
    places.forEach((name, place) -> ran.put(name, Deadline.get(place)));
    if (ran.values().stream().distinct().count() > 1) {
      throw new AssertionError("several threads ran callbacks: " + ran);
    }
  }
}
