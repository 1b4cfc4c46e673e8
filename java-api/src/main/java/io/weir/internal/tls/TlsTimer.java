package io.weir.internal.tls;

import io.weir.internal.concurrent.TimerSlot;
import io.weir.internal.concurrent.Timers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The timer of a {@link TlsChannel}, for one timeout at a time. */
final class TlsTimer {

  private final TimerSlot slot;
  private final EventQueue events;
  private @Nullable Runnable action; // used by events only

  TlsTimer(Timers timers, EventQueue events) {
    this.slot = new TimerSlot(timers);
    this.events = events;
  }

  /**
   * Starts a timeout, which replaces the running one.
   *
   * @param whenTimeIsUp runs as an event
   */
  void start(Duration limit, Runnable whenTimeIsUp) {
    action = whenTimeIsUp;
    slot.start(limit, () -> events.post(() -> run(whenTimeIsUp)));
  }

  /** Starts a timeout, unless one with the same action is running. */
  void startOnce(Duration limit, Runnable whenTimeIsUp) {
    if (action != whenTimeIsUp) {
      start(limit, whenTimeIsUp);
    }
  }

  void cancel() {
    action = null;
    slot.cancel();
  }

  private void run(Runnable due) {
    if (due == action) { // else it was cancelled or replaced while it fired
      due.run();
    }
  }
}
