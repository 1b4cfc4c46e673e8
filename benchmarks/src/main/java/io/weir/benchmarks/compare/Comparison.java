package io.weir.benchmarks.compare;

import io.weir.benchmarks.server.Tls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All loads with all their servers, one after another, round by round. */
public final class Comparison {

  private final Trial trial;
  private final List<Results> results;
  private boolean backwards; // the next round

  /**
   * Prepares a run.
   *
   * @param quick whether to leave out the loads that take long
   * @param titles the loads to run, by how their titles begin; all when it is empty
   * @param only the servers to run, by their names; all when it is empty
   * @param baseline the build on which the servers of Weir run as well
   * @throws IOException if the baseline cannot be read
   */
  public static Comparison of(
      Tls tls,
      double warmup,
      double seconds,
      boolean quick,
      List<String> titles,
      List<String> only,
      Baseline baseline)
      throws IOException {
    List<Load> loads =
        Loads.all().stream()
            .filter(load -> titles.isEmpty() ? !quick || load.quick() : load.isOneOf(titles))
            .map(load -> load.with(only))
            .filter(load -> !load.entries().isEmpty())
            .toList();
    List<Results> results = new ArrayList<>();
    for (Load load : loads) {
      results.add(new Results(load.with(baseline)));
    }
    return new Comparison(new Trial(tls, warmup, seconds), results);
  }

  private Comparison(Trial trial, List<Results> results) {
    this.trial = trial;
    this.results = results;
  }

  /**
   * Runs each load once with each server. The order of the servers is reversed in every other
   * round, so that a machine that becomes slower or faster favours none of them.
   */
  public void round() {
    for (Results row : results) {
      List<Entry> entries = new ArrayList<>(row.load().entries());
      if (backwards) {
        Collections.reverse(entries);
      }
      for (Entry entry : entries) {
        Outcome outcome = outcome(row.load(), entry);
        row.add(entry, outcome);
        String value = outcome == null ? "failed" : Table.number(outcome.value());
        System.err.println(row.load().title() + ", " + entry.label() + ": " + value);
      }
    }
    backwards = !backwards;
  }

  /** What does not run on this machine has no outcome, and the others go on. */
  private @Nullable Outcome outcome(Load load, Entry entry) {
    try {
      return trial.run(load, entry);
    } catch (IOException | IllegalArgumentException e) {
      System.err.println(e.getMessage());
      return null;
    }
  }

  /** The medians so far, in Markdown, and the ratios to the baseline if there is one. */
  public String table() {
    return Table.of(results) + BaselineTable.of(results);
  }

  /** The medians so far, in SVG. */
  public String chart() {
    return Chart.of(results);
  }
}
