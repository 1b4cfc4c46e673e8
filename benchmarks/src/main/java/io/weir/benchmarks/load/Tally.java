package io.weir.benchmarks.load;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** The counts of one thread. */
final class Tally {

  private static final long LONGEST = TimeUnit.MINUTES.toNanos(1);
  private static final int DIGITS = 3;

  private final Clock clock;
  private final Histogram latencies = new Histogram(LONGEST, DIGITS);
  private long messages;

  Tally(Clock clock) {
    this.clock = clock;
  }

  Clock clock() {
    return clock;
  }

  /** Counts a message that has been answered. */
  void answered(long nanos) {
    if (clock.counts()) {
      messages++;
      latencies.recordValue(Math.min(nanos, LONGEST));
    }
  }

  /** Counts sent messages that have no answer. */
  void sent(long count) {
    if (clock.counts()) {
      messages += count;
    }
  }

  void addTo(Tally sum) {
    sum.messages += messages;
    sum.latencies.add(latencies);
  }

  long messages() {
    return messages;
  }

  Histogram latencies() {
    return latencies;
  }
}
