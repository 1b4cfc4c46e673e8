package io.weir.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonTest {

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

  @Test
  void servers_side_by_side_are_compared_with_the_server_of_netty_that_has_their_options() {
    Entry ours = Entry.of("weir-java", "--tls-provider", "conscrypt");
    Entry other = Entry.of("netty-nio");
    Entry theirs = Entry.of("netty-nio", "--tls-provider", "conscrypt");
    Results results =
        new Results(
            new Load(
                "echo",
                List.of(),
                Metric.THOUSANDS,
                true,
                "netty-nio",
                "",
                List.of(ours, other, theirs)));
    for (double value : new double[] {100, 120, 140}) {
      results.add(ours, new Outcome(value, Double.NaN, 0, 0));
      results.add(other, new Outcome(1, Double.NaN, 0, 0));
      results.add(theirs, new Outcome(value * 2, Double.NaN, 0, 0));
    }
    String table = RatioTable.toNetty(List.of(results));
    assertEquals(
        "| echo | weir-java tls-provider conscrypt | thousand messages / CPU s | 120 | 240 | 0.500"
            + " | 0.500–0.500 | 3 |",
        table.lines().skip(3).findFirst().orElse(""));
  }
}
