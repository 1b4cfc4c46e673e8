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
}
