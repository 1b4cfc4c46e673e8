package io.weir.internal.concurrent;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Futures that are completed together. Futures that are done already, because their owner cancelled
 * them, are dropped whenever the list has doubled. So adding costs amortised constant time, and the
 * list holds at most twice the futures that were pending when it last dropped some, or eight.
 *
 * <p>Plain data, guarded by the lock of its owner.
 */
public final class FutureList<F extends Future<?>> {

  private static final int FIRST_SWEEP = 8;

  private @Nullable List<F> pending; // null while there is none, which is the usual case
  private int sweepAt = FIRST_SWEEP;

  /** Adds a future to a list, or to a new list if there is none, and returns the list. */
  public static <F extends Future<?>> FutureList<F> with(@Nullable FutureList<F> list, F future) {
    FutureList<F> all = list == null ? new FutureList<>() : list;
    all.add(future);
    return all;
  }

  /** Adds a future. */
  public void add(F future) {
    if (pending == null) {
      pending = new ArrayList<>(1);
    }
    if (pending.size() >= sweepAt) {
      pending.removeIf(Future::isDone);
      sweepAt = Math.max(FIRST_SWEEP, 2 * pending.size());
    }
    pending.add(future);
  }

  /** Returns whether no future of the list is pending. */
  public boolean isDone() {
    return pending == null || pending.stream().allMatch(Future::isDone);
  }

  /** Removes all futures and returns them, for the caller to complete. */
  public List<F> removeAll() {
    List<F> removed = pending;
    pending = null;
    sweepAt = FIRST_SWEEP;
    return removed == null ? List.of() : removed;
  }

  /** Returns how many futures the list holds, including those that are done but not dropped yet. */
  public int size() {
    return pending == null ? 0 : pending.size();
  }
}
