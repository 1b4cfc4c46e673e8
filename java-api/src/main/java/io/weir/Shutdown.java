package io.weir;

import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.Timers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Ends what a server has open, in a given time. The server has been closed before.
 *
 * <pre>
 *                 handlers have had their time         time is up
 *   LEAVING_ALONE ------------------------> CLOSING ----------------> ABORTING
 *         |                                    |                          |
 *         +---- nothing is open any more ------+--------------------------+----> OVER
 * </pre>
 */
final class Shutdown {

  /** The server, as far as this one ends it. Called without a lock. */
  interface Target {

    /** Ends the input of connections whose handler runs, and closes the others. */
    void endAll();

    /** Aborts what is open. */
    void abortAll();
  }

  private enum Phase {
    LEAVING_ALONE,
    CLOSING,
    ABORTING,
    OVER
  }

  private final Object lock;
  private final Timers timers;
  private final CompletionExecutor completions;
  private final Target target;

  private Phase phase = Phase.LEAVING_ALONE; // guarded by lock
  private int finished; // guarded by lock
  private int closed; // guarded by lock
  private int aborted; // guarded by lock
  private final List<Timers.Timeout> timeouts = new ArrayList<>(); // guarded by lock
  private final List<StreamFuture<ShutdownReport>> waiters = new ArrayList<>(); // guarded by lock

  Shutdown(Object lock, Timers timers, CompletionExecutor completions, Target target) {
    this.lock = lock;
    this.timers = timers;
    this.completions = completions;
    this.target = target;
  }

  /**
   * Ends everything in some time; when called again, by the earlier of the times.
   *
   * @param patience how long handlers are left alone
   * @param grace how long all of it may take
   */
  CompletableFuture<ShutdownReport> within(Duration patience, Duration grace) {
    StreamFuture<ShutdownReport> over = new StreamFuture<>();
    synchronized (lock) {
      if (phase == Phase.OVER) {
        return StreamFuture.completed(report());
      }
      waiters.removeIf(StreamFuture::isDone);
      waiters.add(over);
    }
    after(patience, () -> enter(Phase.CLOSING, target::endAll));
    after(grace, () -> enter(Phase.ABORTING, target::abortAll));
    return over;
  }

  private void after(Duration time, Runnable step) {
    if (time.isZero()) {
      step.run();
      return;
    }
    Timers.Timeout timeout = timers.schedule(time, step);
    synchronized (lock) {
      if (phase != Phase.OVER) {
        timeouts.add(timeout);
        return;
      }
    }
    timeout.cancel();
  }

  private void enter(Phase next, Runnable action) {
    synchronized (lock) {
      if (phase.compareTo(next) >= 0) {
        return;
      }
      phase = next;
    }
    action.run();
  }

  /** Whether connections are closed as soon as their handlers have ended. Called under the lock. */
  boolean isClosing() {
    return phase != Phase.LEAVING_ALONE;
  }

  /** Whether handlers that still run are waited for. Called under the lock. */
  boolean waitsForHandlers() {
    return phase != Phase.ABORTING;
  }

  /** A connection has ended. Called under the lock. */
  void ended(CloseReason.Kind how) {
    if (how == CloseReason.Kind.SERVER_STOPPING) {
      closed++;
    } else if (how == CloseReason.Kind.ABORTED && phase == Phase.ABORTING) {
      aborted++;
    } else {
      finished++;
    }
  }

  /** Nothing is open any more. */
  void over() {
    List<Timers.Timeout> unneeded;
    List<StreamFuture<ShutdownReport>> told;
    ShutdownReport report;
    synchronized (lock) {
      phase = Phase.OVER;
      unneeded = List.copyOf(timeouts);
      timeouts.clear();
      told = List.copyOf(waiters);
      waiters.clear();
      report = report();
    }
    unneeded.forEach(Timers.Timeout::cancel);
    told.forEach(waiter -> completions.run(() -> waiter.complete(report)));
  }

  private ShutdownReport report() {
    return new ShutdownReport(finished, closed, aborted);
  }
}
