package io.weir.internal.concurrent;

import io.weir.internal.jfr.FlightEvents;
import io.weir.internal.log.ErrorLog;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * Reports callbacks that block an I/O thread. The thread serves no other connection meanwhile. A
 * callback that waits for a future which this thread completes never returns.
 *
 * <p>asyncio: {@code loop.slow_callback_duration}, which reports a callback after it has returned.
 */
public final class SlowCallbacks {

  private final Duration threshold;
  private final Timers clock;
  private final Executor reports;

  /**
   * Creates the reporter of one runtime.
   *
   * @param threshold the time after which a callback is reported
   * @param clock runs its tasks on its own thread, because the I/O threads may all be blocked
   * @param reports runs a report, because a logger may block the clock
   */
  public SlowCallbacks(Duration threshold, Timers clock, Executor reports) {
    this.threshold = threshold;
    this.clock = clock;
    this.reports = reports;
  }

  /** Runs a task after half of the threshold. */
  void afterHalf(Runnable task) {
    clock.schedule(threshold.dividedBy(2), task);
  }

  /** Reports that one callback has been running for the threshold. */
  void report(Thread thread) {
    StackTraceElement[] stack = thread.getStackTrace();
    reports.execute(() -> report(thread, stack));
  }

  private void report(Thread thread, StackTraceElement[] stack) {
    FlightEvents.slowCallback(thread, threshold, stack);
    Throwable where = new Throwable("the stack of " + thread.getName());
    where.setStackTrace(stack);
    ErrorLog.report(
        Level.WARNING,
        "A callback has been running on "
            + thread.getName()
            + " for more than "
            + threshold.toMillis()
            + " ms, and delays all connections of this thread. Blocking code belongs on the executor"
            + " of withHandlerExecutor or withCallbackExecutor",
        where);
  }
}
