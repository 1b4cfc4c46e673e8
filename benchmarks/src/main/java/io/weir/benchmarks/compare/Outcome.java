package io.weir.benchmarks.compare;

/**
 * What one server did in one window.
 *
 * @param value what is compared, in the unit of the load's metric
 * @param perSecond messages a second; NaN where there are none, as the others
 * @param p50 the median time of a message, in microseconds
 * @param p99 what 99 of 100 do not exceed
 */
record Outcome(double value, double perSecond, double p50, double p99) {

  /** Returns the value, and the messages a second if there are any. */
  @Override
  public String toString() {
    String number = Table.number(value);
    return Double.isNaN(perSecond) ? number : number + "; messages/s: " + Table.number(perSecond);
  }
}
