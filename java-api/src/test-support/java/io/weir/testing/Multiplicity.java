package io.weir.testing;

import java.util.List;
import java.util.stream.IntStream;

/**
 * How much the tests do that repeat something. By default it is a part, so that the build stays
 * short. In the profile {@code matrix}, which runs the classes with this tag again, it is all.
 */
public final class Multiplicity {

  /** The tag of tests that ask this class. */
  public static final String TAG = "multiplied";

  private static final boolean ALL = Boolean.getBoolean("weir.test.all");
  private static final int PART = 10;

  private Multiplicity() {}

  /** Whether the tests do everything. */
  public static boolean isAll() {
    return ALL;
  }

  /** Returns all rounds, or a tenth of them. */
  public static int rounds(int all) {
    return ALL ? all : Math.max(1, all / PART);
  }

  /** Returns all, or every tenth. */
  public static <T> List<T> sample(List<T> all) {
    return IntStream.range(0, all.size())
        .filter(index -> ALL || index % PART == 0)
        .mapToObj(all::get)
        .toList();
  }

  /** Returns all, or the first and the last. */
  public static <T> List<T> ends(List<T> all) {
    return ALL || all.size() < 3 ? all : List.of(all.get(0), all.get(all.size() - 1));
  }
}
