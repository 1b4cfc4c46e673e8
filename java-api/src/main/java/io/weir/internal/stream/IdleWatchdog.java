package io.weir.internal.stream;

import io.weir.internal.concurrent.TimerSlot;
import io.weir.internal.concurrent.Timers;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection that has been idle, or whose read or write has been pending, for too long.
 * Traffic only updates a timestamp: one timer runs, and looks at the timestamp when it fires.
 */
final class IdleWatchdog {

  private static final long NEVER = Long.MAX_VALUE;

  private final Timers timers;
  private final Timeouts timeouts;
  private final Supplier<@Nullable Long> readingSince;
  private final Supplier<@Nullable Long> writingSince;
  private final Consumer<String> onTimeout;
  private final Consumer<Throwable> onError;
  private final TimerSlot timer;
  private volatile long lastProgress;
  private volatile @Nullable TlsUpgrade handshake; // suspends the idle and write timeouts

  /**
   * Creates a stopped watchdog.
   *
   * @param readingSince returns when the pending read started, by the clock; null when none is
   *     pending
   * @param writingSince returns when the pending write of the channel started, or null
   * @param onTimeout is called with what took too long
   * @param onError is called when the timer cannot be started, so that no timeout would apply
   */
  IdleWatchdog(
      Timers timers,
      Timeouts timeouts,
      Supplier<@Nullable Long> readingSince,
      Supplier<@Nullable Long> writingSince,
      Consumer<String> onTimeout,
      Consumer<Throwable> onError) {
    this.timers = timers;
    this.timer = new TimerSlot(timers);
    this.timeouts = timeouts;
    this.readingSince = readingSince;
    this.writingSince = writingSince;
    this.onTimeout = onTimeout;
    this.onError = onError;
  }

  /** Notes that bytes were read or written. */
  void progressed() {
    if (timeouts.idle() != null) {
      lastProgress = timers.nanoTime();
    }
  }

  /** Suspends the idle and write timeouts during a TLS handshake, which has its own timeout. */
  void suspendFor(TlsUpgrade upgrade) {
    handshake = upgrade;
  }

  /** The time of the clock for a read or write that starts now; 0 when nothing measures it. */
  long now() {
    return timeouts.read() == null && timeouts.write() == null ? 0 : timers.nanoTime();
  }

  /** Starts the timer. Never throws. */
  void start() {
    try {
      check();
    } catch (Throwable error) { // no memory, for example
      onError.accept(error);
    }
  }

  private void check() {
    long idleLeft = left(timeouts.idle(), isHandshaking() ? null : Long.valueOf(lastProgress));
    long readLeft = left(timeouts.read(), readingSince.get());
    long writeLeft = left(timeouts.write(), isHandshaking() ? null : writingSince.get());
    if (idleLeft <= 0) {
      onTimeout.accept("nothing was read or written for " + timeouts.idle() + ", the idle timeout");
    } else if (readLeft <= 0) {
      onTimeout.accept("a read was pending for " + timeouts.read() + ", the read timeout");
    } else if (writeLeft <= 0) {
      onTimeout.accept("nothing could be written for " + timeouts.write() + ", the write timeout");
    } else {
      long left = Math.min(Math.min(idleLeft, readLeft), writeLeft);
      timer.start(Duration.ofNanos(left), this::start);
    }
  }

  private boolean isHandshaking() {
    TlsUpgrade upgrade = handshake;
    return upgrade != null && upgrade.isHandshaking();
  }

  /** What is left of a limit, in nanoseconds; all of it when nothing has started. */
  private long left(@Nullable Duration limit, @Nullable Long since) {
    if (limit == null) {
      return NEVER;
    }
    long nanos = Timers.nanos(limit);
    return since == null ? nanos : nanos - (timers.nanoTime() - since);
  }

  /** Stops the timer for good. */
  void stop() {
    timer.close();
  }
}
