package io.weir.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {

  @Test
  void a_comparison_measures_servers_and_puts_them_in_a_table_and_a_chart(@TempDir Path directory)
      throws Exception {
    Comparison comparison =
        Comparison.of(
            SelfSigned.in(directory), 0.1, 0.2, true, List.of("weir-java-lines", "netty-lines"));
    comparison.round();
    List<String> rows = comparison.table().lines().toList();
    assertEquals(4, rows.size(), comparison.table());
    assertTrue(
        rows.get(2)
            .matches("\\| lines of 80 B.* \\| weir-java-lines \\| [0-9.,]+ \\| [0-9.]+ \\| – .*"),
        comparison.table());
    assertTrue(
        rows.get(3).matches("\\|  ?\\| netty-lines \\| [0-9.,]+ \\| 1.00 \\| – .*"),
        comparison.table());
    assertTrue(comparison.chart().contains(">weir-java-lines</text>"), comparison.chart());
  }

  @Test
  void a_median_is_of_the_rounds_that_succeeded_and_a_ratio_is_within_one_round() {
    Entry ours = Entry.of("weir-java");
    Entry theirs = Entry.of("netty-nio");
    Results results =
        new Results(
            new Load("", List.of(), Metric.THOUSANDS, true, "netty-nio", "jdk-nio", List.of()));
    double[] rounds = {10, 30, 20};
    for (double value : rounds) {
      results.add(ours, new Outcome(value, 0, 0, 0));
      results.add(theirs, new Outcome(value * 2, 0, 0, 0));
    }
    results.add(ours, null);
    results.add(theirs, new Outcome(1000, 0, 0, 0));
    assertEquals(20, results.median("weir-java", Outcome::value));
    assertEquals(50, results.median("netty-nio", Outcome::value));
    assertEquals(0.5, results.ratio("weir-java", "netty-nio"));
  }
}
