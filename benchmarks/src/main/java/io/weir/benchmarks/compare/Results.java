package io.weir.benchmarks.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The outcomes of all windows of one load, by the labels of its entries. */
final class Results {

  private final Load load;
  private final Map<String, List<@Nullable Outcome>> windows = new LinkedHashMap<>();

  Results(Load load) {
    this.load = load;
  }

  Load load() {
    return load;
  }

  /** Adds the outcome of a window; null for a server that failed. */
  void add(Entry entry, @Nullable Outcome outcome) {
    windows.computeIfAbsent(entry.label(), label -> new ArrayList<>()).add(outcome);
  }

  /** Returns the labels of the entries, in the order of the table. */
  List<String> labels() {
    return List.copyOf(windows.keySet());
  }

  /** Returns the median of one figure over the windows; NaN when there is none. */
  double median(String label, ToDoubleFunction<Outcome> figure) {
    List<Double> values =
        of(label).stream().filter(Objects::nonNull).mapToDouble(figure).boxed().toList();
    return Spread.of(values).median();
  }

  /**
   * Returns the median over the windows of the ratio of one entry to another; NaN when there is
   * none.
   */
  double ratio(String label, String base) {
    return ratios(label, base, Outcome::value).median();
  }

  /** Returns the ratios of one entry's figure to another's, within each window. */
  Spread ratios(String label, String base, ToDoubleFunction<Outcome> figure) {
    List<@Nullable Outcome> mine = of(label);
    List<@Nullable Outcome> theirs = of(base);
    return Spread.of(
        IntStream.range(0, Math.min(mine.size(), theirs.size()))
            .mapToObj(window -> ratio(mine.get(window), theirs.get(window), figure))
            .toList());
  }

  private static double ratio(
      @Nullable Outcome mine, @Nullable Outcome theirs, ToDoubleFunction<Outcome> figure) {
    return mine == null || theirs == null
        ? Double.NaN
        : figure.applyAsDouble(mine) / figure.applyAsDouble(theirs);
  }

  private List<@Nullable Outcome> of(String label) {
    return windows.getOrDefault(label, List.of());
  }
}
