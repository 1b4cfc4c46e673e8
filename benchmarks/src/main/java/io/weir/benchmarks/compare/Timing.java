package io.weir.benchmarks.compare;

/**
 * How long each server is measured in a round.
 *
 * @param warmup seconds of load before the first window
 * @param seconds seconds of a window
 * @param windows the number of windows
 */
public record Timing(double warmup, double seconds, int windows) {

  /** Seconds of load before each window but the first: only the connections are new. */
  private static final double WARMUP_OF_CONNECTIONS = 0.5;

  /** Refuses a round without windows. */
  public Timing {
    if (windows < 1) {
      throw new IllegalArgumentException("--windows must be 1 or more");
    }
  }

  /** Returns the seconds of load before a window. */
  double warmup(boolean first) {
    return first ? warmup : Math.min(warmup, WARMUP_OF_CONNECTIONS);
  }
}
