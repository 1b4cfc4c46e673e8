package io.weir.internal.stream;

import io.weir.WriteLimits;
import io.weir.internal.concurrent.FutureList;
import io.weir.internal.concurrent.StreamFuture;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Flow control of the outgoing half: writers pause when more than the high watermark is queued, and
 * resume when the low one is reached. Plain data: it knows neither lock nor channel nor thread.
 *
 * <pre>
 *            size &gt; high
 *   FLOWING -------------&gt; PAUSED
 *      ^                     |
 *      +---------------------+  size &lt;= low, which completes the pending drains
 * </pre>
 */
final class Watermarks {

  private enum Flow {
    FLOWING,
    PAUSED
  }

  private WriteLimits limits = WriteLimits.DEFAULTS;
  private Flow flow = Flow.FLOWING;
  private @Nullable FutureList<StreamFuture<@Nullable Void>> drains;

  WriteLimits limits() {
    return limits;
  }

  /** Sets the watermarks, which may pause writers at once. */
  void limits(WriteLimits newLimits, long size) {
    limits = newLimits;
    grown(size);
  }

  boolean isPaused() {
    return flow == Flow.PAUSED;
  }

  /** Notes how many bytes are queued after some were added. */
  void grown(long size) {
    if (size > limits.high()) {
      flow = Flow.PAUSED;
    }
  }

  /**
   * Notes how many bytes are queued after some were written.
   *
   * @return the drains to complete outside the lock
   */
  List<StreamFuture<@Nullable Void>> shrunk(long size) {
    if (flow == Flow.FLOWING || size > limits.low()) {
      return List.of();
    }
    flow = Flow.FLOWING;
    return removeDrains();
  }

  /**
   * Adds a pending drain, which {@link #shrunk} or {@link #removeDrains} removes.
   *
   * @param holder stays reachable until the future is done
   */
  StreamFuture<@Nullable Void> addDrain(Object holder) {
    StreamFuture<@Nullable Void> drain = new HoldingFuture(holder);
    drains = FutureList.with(drains, drain);
    return drain;
  }

  /** Removes the pending drains, to be completed or failed outside the lock. */
  List<StreamFuture<@Nullable Void>> removeDrains() {
    return drains == null ? List.of() : drains.removeAll();
  }
}
