package io.weir.internal.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Limits a message to once a minute, because peers can cause it at any rate. A part of it may be
 * their text, so no more than 64 different messages are due in a minute. Any thread may call.
 */
public final class OncePerMinute {

  private static final long MINUTE = Duration.ofMinutes(1).toNanos();
  private static final int MAX_MESSAGES = 64;

  private final LongSupplier nanoTime;

  @GuardedBy("this")
  private final Map<String, Long> lastTimes = new LinkedHashMap<>(); // the oldest message first

  /** Creates a limit on a clock. */
  public OncePerMinute(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Returns whether a message is due, and notes that it is logged now. */
  public synchronized boolean isDue(String message) {
    long now = nanoTime.getAsLong();
    Long last = lastTimes.get(message);
    if (last != null && now - last < MINUTE) {
      return false;
    }
    lastTimes.remove(message);
    if (lastTimes.size() == MAX_MESSAGES) {
      Map.Entry<String, Long> oldest = lastTimes.entrySet().iterator().next();
      if (now - oldest.getValue() < MINUTE) {
        return false;
      }
      lastTimes.remove(oldest.getKey());
    }
    lastTimes.put(message, now);
    return true;
  }
}
