package io.weir.benchmarks.load;

/** The phase of a measurement, which the threads of the load read. */
final class Clock {

  private enum Phase {
    WARMUP,
    COUNTING,
    STOPPED
  }

  // written by the measuring thread, read by the threads of the load
  private volatile Phase phase = Phase.WARMUP;

  boolean counts() {
    return phase == Phase.COUNTING;
  }

  boolean isStopped() {
    return phase == Phase.STOPPED;
  }

  void count() {
    phase = Phase.COUNTING;
  }

  void stop() {
    phase = Phase.STOPPED;
  }
}
