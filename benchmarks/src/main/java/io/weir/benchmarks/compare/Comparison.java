package io.weir.benchmarks.compare;

import io.weir.benchmarks.server.Tls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All loads with all their servers, one after another, round by round. */
public final class Comparison {

  private final Tls tls;
  private final Timing timing;
  private final List<Results> results;
  private final boolean sideBySide;
  private boolean backwards; // whether the next round is

  /**
   * Prepares a run.
   *
   * @param quick whether to leave out the loads that take long
   * @param titles the starts of the titles of the loads to run; empty for all
   * @param only the servers to run, by their names; all when it is empty
   * @param baseline the build on which the servers of Weir run as well
   * @param sideBySide whether all servers of a load run at the same time
   * @throws IOException if the baseline cannot be read
   */
  public static Comparison of(
      Tls tls,
      Timing timing,
      boolean quick,
      List<String> titles,
      List<String> only,
      Baseline baseline,
      boolean sideBySide)
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
    return new Comparison(tls, timing, results, sideBySide);
  }

  private Comparison(Tls tls, Timing timing, List<Results> results, boolean sideBySide) {
    this.tls = tls;
    this.timing = timing;
    this.results = results;
    this.sideBySide = sideBySide;
  }

  /**
   * Runs each load once with each server. The order of the servers is reversed in every other
   * round, so that a machine that becomes slower or faster favours none of them.
   */
  public void round() {
    for (Results row : results) {
      for (List<Entry> group : inOrder(row.load().groups(sideBySide), backwards)) {
        runSideBySide(row, group);
      }
    }
    backwards = !backwards;
  }

  /**
   * Runs the windows of some servers in turns, always in the same order. A server with two windows
   * in a row does about a tenth more work per CPU second in the second one.
   */
  private void runSideBySide(Results row, List<Entry> group) {
    List<Trial> trials =
        inOrder(group, backwards).stream()
            .map(entry -> new Trial(tls, timing, row.load(), entry))
            .toList();
    try {
      for (int window = 0; window < timing.windows(); window++) {
        trials.forEach(trial -> run(row, trial));
      }
    } finally {
      trials.forEach(Trial::close);
    }
  }

  private static void run(Results row, Trial trial) {
    Outcome outcome = outcome(trial);
    row.add(trial.entry(), outcome);
    String figures = outcome == null ? "failed" : outcome.toString();
    System.err.println(row.load().title() + ", " + trial.entry().label() + ": " + figures);
  }

  /** Returns the outcome of a window; null for a server that does not run on this machine. */
  private static @Nullable Outcome outcome(Trial trial) {
    try {
      return trial.window();
    } catch (IOException | IllegalArgumentException e) {
      System.err.println(e.getMessage());
      trial.close();
      return null;
    }
  }

  private static <T> List<T> inOrder(List<T> all, boolean reversed) {
    List<T> ordered = new ArrayList<>(all);
    if (reversed) {
      Collections.reverse(ordered);
    }
    return ordered;
  }

  /**
   * Returns the medians so far, in Markdown, then the ratios to Netty of servers that run side by
   * side, and the ratios to the baseline if there is one.
   */
  public String table() {
    return Table.of(results)
        + (sideBySide ? RatioTable.toNetty(results) : "")
        + RatioTable.toBaseline(results);
  }

  /** Returns the medians so far, in SVG. */
  public String chart() {
    return Chart.of(results);
  }
}
