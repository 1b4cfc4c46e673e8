package io.weir.benchmarks.compare;

import java.util.List;
import java.util.Locale;

/** Results as bars, in SVG: each load has its own scale. */
final class Chart {

  private static final int LINE = 18;
  private static final int LABELS = 280;
  private static final int LONGEST = 400;
  private static final int WIDTH = LABELS + LONGEST + 90;
  private static final String OURS = "#2a7f62";
  private static final String THEIRS = "#9aa5b1";

  private final StringBuilder svg = new StringBuilder();
  private int y = LINE;

  private Chart() {}

  static String of(List<Results> all) {
    Chart chart = new Chart();
    all.forEach(chart::group);
    return """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">
        <rect width="100%%" height="100%%" fill="white"/>
        %s</svg>
        """
        .formatted(WIDTH, chart.y, chart.svg);
  }

  private void group(Results results) {
    Load load = results.load();
    svg.append("<text x=\"8\" y=\"%d\" font-weight=\"bold\">".formatted(y));
    svg.append(load.title()).append(": ").append(load.metric().unit()).append("</text>\n");
    y += LINE;
    double most =
        results.labels().stream()
            .mapToDouble(label -> results.median(label, Outcome::value))
            .filter(Double::isFinite)
            .max()
            .orElse(1);
    for (String label : results.labels()) {
      bar(label, results.median(label, Outcome::value), most);
    }
    y += LINE;
  }

  private void bar(String label, double value, double most) {
    double length = Double.isFinite(value) ? Math.max(0, value / most * LONGEST) : 0;
    String color = label.startsWith("weir") ? OURS : THEIRS;
    svg.append("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">".formatted(LABELS - 8, y));
    svg.append(label).append("</text>\n");
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n",
            LABELS,
            y - LINE + 6,
            length,
            LINE - 4,
            color));
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%d\">%s</text>%n",
            LABELS + length + 6,
            y,
            Table.number(value)));
    y += LINE;
  }
}
