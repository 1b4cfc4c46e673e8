package io.weir.benchmarks.load;

/** Tells the threads that make the load whether it counts yet, and whether it is over. */
final class Clock {

  private enum Phase {
    WARMUP,
    COUNTING,
    OVER
  }

  // written by the thread that measures, read by those that make the load
  private volatile Phase phase = Phase.WARMUP;

  boolean counts() {
    return phase == Phase.COUNTING;
  }

  boolean isOver() {
    return phase == Phase.OVER;
  }

  void count() {
    phase = Phase.COUNTING;
  }

  void end() {
    phase = Phase.OVER;
  }
}
