package io.weir.benchmarks.compare;

import io.weir.benchmarks.load.Measured;

/** What is compared. */
enum Metric {
  THOUSANDS("thousand messages / CPU s"),
  MEBIBYTES("MiB / CPU s"),
  ROUND_TRIP("µs, median round trip (less is better)"),
  MEMORY("bytes / connection (less is better)");

  /** The number of connections when memory is measured. */
  static final int IDLE_CONNECTIONS = 10_000;

  private static final double MIB = 1024 * 1024;

  private final String unit;

  Metric(String unit) {
    this.unit = unit;
  }

  String unit() {
    return unit;
  }

  /** Returns the value of this metric in the figures of a load. */
  double of(Measured measured) {
    return switch (this) {
      case THOUSANDS -> measured.perCpuSecond() / 1e3;
      case MEBIBYTES -> measured.bytesPerCpuSecond() / MIB;
      case ROUND_TRIP -> measured.p50();
      case MEMORY -> Double.NaN; // the server reports it, not the load
    };
  }
}
