package io.weir.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The threads of this process. */
public final class Threads {

  private static final int FRAMES = 16;

  private Threads() {}

  /** Those that run and whose names begin so. */
  public static Set<String> named(String beginning) {
    Set<String> running = new TreeSet<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith(beginning)) {
        running.add(thread.getName());
      }
    }
    return running;
  }

  /** How many run whose names begin so, by their names without the number at the end. */
  public static Map<String, Long> kinds(String beginning) {
    return named(beginning).stream()
        .collect(
            Collectors.groupingBy(name -> name.replaceFirst("-\\d+$", ""), Collectors.counting()));
  }

  /**
   * Fails when more of a kind run than there may be. Other tests may have left some before, of
   * other kinds too.
   */
  public static void assertAtMost(
      Map<String, Long> most, Map<String, Long> before, String beginning) {
    kinds(beginning)
        .forEach(
            (kind, count) ->
                assertTrue(
                    count <= Math.max(most.getOrDefault(kind, 0L), before.getOrDefault(kind, 0L)),
                    () -> count + " threads " + kind));
  }

  /** Where a thread is, in its last frames. */
  public static String lastFrames(Thread thread) {
    return Stream.of(thread.getStackTrace())
        .limit(FRAMES)
        .map(StackTraceElement::toString)
        .collect(Collectors.joining("\n  ", thread.getName() + " is in\n  ", ""));
  }

  /** Waits until none has such a name; the last steps of a thread come after its pool has ended. */
  public static void awaitNone(String beginning) {
    Deadline.await(
        "threads have ended whose names begin with " + beginning, () -> named(beginning).isEmpty());
  }
}
