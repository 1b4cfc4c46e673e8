package io.weir.internal.server;

import io.weir.internal.concurrent.TimerSlot;
import io.weir.internal.concurrent.Timers;
import io.weir.internal.server.GracefulShutdown.Phase;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Enters the phases of a shutdown at their times. */
final class ShutdownTimers {

  /** Half of the range of the clock, so that any two of its times can be compared. */
  private static final long LONGEST = Long.MAX_VALUE / 2;

  private final Timers timers;
  private final Function<Phase, @Nullable Long> startOf;
  private final Consumer<Phase> enter;
  private final TimerSlot closing;
  private final TimerSlot aborting;

  /**
   * Creates the timers, which are not running.
   *
   * @param startOf returns when a phase starts, by the clock; null when it has been reached
   * @param enter enters a phase, which may have been reached before
   */
  ShutdownTimers(Timers timers, Function<Phase, @Nullable Long> startOf, Consumer<Phase> enter) {
    this.timers = timers;
    this.closing = new TimerSlot(timers);
    this.aborting = new TimerSlot(timers);
    this.startOf = startOf;
    this.enter = enter;
  }

  /** Returns the time of the clock after a duration. */
  long after(Duration time) {
    return timers.nanoTime() + Math.min(Timers.nanos(time), LONGEST);
  }

  /** Starts both timers now, because a later start can fail with an OutOfMemoryError. */
  void start() {
    start(Phase.CLOSING, closing);
    start(Phase.ABORTING, aborting);
  }

  /**
   * Starts the timer of a phase, or enters the phase when its time has come. Another thread may
   * bring the time forward and start its timer just before this thread starts the timer that
   * replaces it. Therefore the time is checked again after the start.
   */
  private void start(Phase phase, TimerSlot timer) {
    Long started = null;
    Long at = startOf.apply(phase);
    while (at != null && !at.equals(started)) {
      long left = at - timers.nanoTime();
      if (left <= 0) {
        enter.accept(phase);
        return;
      }
      timer.start(Duration.ofNanos(left), () -> enter.accept(phase));
      started = at;
      at = startOf.apply(phase);
    }
  }

  /** Cancels both timers. No timer starts afterwards. */
  void close() {
    closing.close();
    aborting.close();
  }
}
