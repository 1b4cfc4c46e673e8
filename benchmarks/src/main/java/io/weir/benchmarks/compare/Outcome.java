package io.weir.benchmarks.compare;

/**
 * What one server did in one window.
 *
 * @param value the compared figure, in the unit of the load's metric
 * @param perSecond messages a second; NaN when the load has none, like {@code p50} and {@code p99}
 * @param p50 the median time of a message, in microseconds
 * @param p99 the time that 99 of 100 messages do not exceed, in microseconds
 */
record Outcome(double value, double perSecond, double p50, double p99) {

  /** Returns the value, and the messages a second if there are any. */
  @Override
  public String toString() {
    String number = Table.number(value);
    return Double.isNaN(perSecond) ? number : number + "; messages/s: " + Table.number(perSecond);
  }
}
