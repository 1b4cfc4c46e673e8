package io.weir.benchmarks.compare;

import java.util.List;
import java.util.Locale;

/** Results as a table in Markdown. */
final class Table {

  private static final String HEAD =
      """
      | load | server | result | × Netty | × JDK | messages/s | p50 µs | p99 µs |
      |---|---|---:|---:|---:|---:|---:|---:|
      """;

  private Table() {}

  static String of(List<Results> all) {
    StringBuilder table = new StringBuilder(HEAD);
    for (Results results : all) {
      for (String label : results.labels()) {
        table.append(row(results, label)).append('\n');
      }
    }
    return table.toString();
  }

  private static String row(Results results, String label) {
    Load load = results.load();
    boolean first = label.equals(results.labels().get(0));
    return String.join(
        " | ",
        "| " + (first ? load.title() + ": " + load.metric().unit() : ""),
        label,
        number(results.median(label, Outcome::value)),
        ratio(results.ratio(label, load.netty())),
        ratio(results.ratio(label, load.jdk())),
        number(results.median(label, Outcome::perSecond)),
        number(results.median(label, Outcome::p50)),
        number(results.median(label, Outcome::p99)) + " |");
  }

  /** Returns a figure with one decimal below 100, and without decimals above. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "–";
    }
    return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%,.0f", value);
  }

  private static String ratio(double value) {
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%.2f", value);
  }
}
