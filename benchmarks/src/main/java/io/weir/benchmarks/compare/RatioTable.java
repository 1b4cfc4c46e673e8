package io.weir.benchmarks.compare;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Ratios within each window, of servers that run at the same time, as a table in Markdown. */
final class RatioTable {

  private static final String TO_BASELINE =
      """

      | load | server | figure | now | baseline | now / baseline | quartiles | windows |
      |---|---|---|---:|---:|---:|---:|---:|
      """;

  private static final String TO_NETTY =
      """

      | load | server | figure | value | Netty's value | × Netty | quartiles | windows |
      |---|---|---|---:|---:|---:|---:|---:|
      """;

  private RatioTable() {}

  /** Returns the ratios of the current build of Weir to its baseline; empty without a baseline. */
  static String toBaseline(List<Results> all) {
    StringBuilder rows = new StringBuilder();
    for (Results results : all) {
      for (Entry entry : results.load().entries()) {
        if (entry.isOnBaseline()) {
          rows.append(rows(results, entry.currentLabel(), entry.label()));
        }
      }
    }
    return rows.isEmpty() ? "" : TO_BASELINE + rows;
  }

  /** Returns the ratios of each server to Netty's with the same options; empty without Netty. */
  static String toNetty(List<Results> all) {
    StringBuilder rows = new StringBuilder();
    for (Results results : all) {
      for (Entry entry : results.load().entries()) {
        String netty = results.load().nettyFor(entry);
        if (!entry.label().equals(netty)) {
          rows.append(rows(results, entry.label(), netty));
        }
      }
    }
    return rows.isEmpty() ? "" : TO_NETTY + rows;
  }

  private static String rows(Results results, String label, String base) {
    return row(results, label, base, results.load().metric().unit(), Outcome::value)
        + row(results, label, base, "messages/s", Outcome::perSecond);
  }

  /** Returns a line; empty when the load does not measure the figure. */
  private static String row(
      Results results, String label, String base, String figure, ToDoubleFunction<Outcome> value) {
    Spread ratios = results.ratios(label, base, value);
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
        Table.number(results.median(base, value)),
        ratios.median(),
        ratios.low(),
        ratios.high(),
        ratios.windows());
  }
}
