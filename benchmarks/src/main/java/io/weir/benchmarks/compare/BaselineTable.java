package io.weir.benchmarks.compare;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Ratios of the current build of Weir to its baseline, as a table in Markdown. */
final class BaselineTable {

  private static final String HEAD =
      """

      | load | server | figure | now | baseline | now / baseline | quartiles | windows |
      |---|---|---|---:|---:|---:|---:|---:|
      """;

  private BaselineTable() {}

  /** Returns the table; empty without a baseline. */
  static String of(List<Results> all) {
    StringBuilder rows = new StringBuilder();
    for (Results results : all) {
      Load load = results.load();
      for (Entry entry : load.entries()) {
        if (entry.isOnBaseline()) {
          rows.append(row(results, entry, load.metric().unit(), Outcome::value));
          rows.append(row(results, entry, "messages/s", Outcome::perSecond));
        }
      }
    }
    return rows.isEmpty() ? "" : HEAD + rows;
  }

  /** Returns a line; empty when the load does not measure the figure. */
  private static String row(
      Results results, Entry baseline, String figure, ToDoubleFunction<Outcome> value) {
    String label = baseline.currentLabel();
    Spread ratios = results.ratios(label, baseline.label(), value);
    if (ratios.windows() == 0) {
      return "";
    }
    return String.format(
        Locale.ROOT,
        "| %s | %s | %s | %s | %s | %.3f | %.3f–%.3f | %d |%n",
        results.load().title(),
        label,
        figure,
        Table.number(results.median(label, value)),
        Table.number(results.median(baseline.label(), value)),
        ratios.median(),
        ratios.low(),
        ratios.high(),
        ratios.windows());
  }
}
