package io.weir.internal.concurrent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Watches one I/O thread for a callback that does not return. The thread counts its callbacks, and
 * a timer looks at the count twice in the time of the threshold. A callback that three looks in a
 * row find running has run for the threshold.
 *
 * <pre>
 *             a callback starts                 no callback between two checks
 *   ASLEEP -----------------------&gt; WATCHING ------------------------------------&gt; ASLEEP
 * </pre>
 *
 * <p>An idle thread is not watched, so that it costs no timer. It may start a callback just when
 * the watch falls asleep, without waking it. So there is one more look afterwards.
 */
final class CallbackWatch {

  private static final VarHandle COUNT;

  static {
    try {
      COUNT = MethodHandles.lookup().findVarHandle(CallbackWatch.class, "count", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final int LOOKS = 2; // after the first, half of the threshold apart

  private final Thread thread;
  private final SlowCallbacks slow;
  private final AtomicBoolean isWatching = new AtomicBoolean();
  private long count; // odd while a callback is running; written by the thread alone
  private long seen; // the count in the last look
  private int unchanged; // looks in a row

  CallbackWatch(Thread thread, SlowCallbacks slow) {
    this.thread = thread;
    this.slow = slow;
  }

  /** Notes that a callback starts. Called on the thread. */
  void started() {
    COUNT.setOpaque(this, (count + 2) | 1);
    if (!isWatching.get()) {
      watch();
    }
  }

  /** Notes that a callback has returned or failed. Called on the thread. */
  void ended() {
    COUNT.setOpaque(this, count & ~1L);
  }

  private void watch() {
    if (isWatching.compareAndSet(false, true)) {
      lookLater();
    }
  }

  private void lookLater() {
    try {
      slow.afterHalf(this::look);
    } catch (Throwable noMemory) { // the next callback tries again
      isWatching.set(false);
    }
  }

  private void look() {
    long now = (long) COUNT.getOpaque(this);
    boolean isRunning = (now & 1) == 1;
    unchanged = now == seen ? unchanged + 1 : 0;
    seen = now;
    if (isRunning && unchanged == LOOKS) {
      slow.report(thread);
    }
    if (isRunning || unchanged == 0) {
      lookLater();
    } else {
      isWatching.set(false);
      slow.afterHalf(this::lookOnceMore);
    }
  }

  private void lookOnceMore() {
    if ((long) COUNT.getOpaque(this) != seen) {
      watch();
    }
  }
}
