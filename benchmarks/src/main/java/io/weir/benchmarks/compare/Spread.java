package io.weir.benchmarks.compare;

import java.util.List;

/**
 * The distribution of a figure over the windows of a run.
 *
 * @param low the first quartile; NaN without windows, like the median and the third quartile
 * @param high the third quartile
 * @param windows how many windows have a value
 */
record Spread(double low, double median, double high, int windows) {

  /** Returns the distribution of those values that are finite. */
  static Spread of(List<Double> values) {
    double[] known =
        values.stream()
            .mapToDouble(Double::doubleValue)
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    return new Spread(
        quantile(known, 0.25), quantile(known, 0.5), quantile(known, 0.75), known.length);
  }

  /** Interpolates between the two values that are nearest. */
  private static double quantile(double[] sorted, double part) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    double index = part * (sorted.length - 1);
    double below = sorted[(int) Math.floor(index)];
    double above = sorted[(int) Math.ceil(index)];
    return below + (above - below) * (index - Math.floor(index));
  }
}
