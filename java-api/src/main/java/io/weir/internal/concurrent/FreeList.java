package io.weir.internal.concurrent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

/**
 * A bounded list of objects for reuse. All connections share it, so its lock is a monitor and its
 * methods call none while they hold it: a stack that is nearly full cannot leave it locked. Any
 * thread may call.
 */
public final class FreeList<T> {

  @GuardedBy("this")
  private final @Nullable Object[] free;

  @GuardedBy("this")
  private int size;

  /** Creates an empty list that keeps at most a number of objects. */
  public FreeList(int kept) {
    free = new Object[kept];
  }

  /** Removes the object that was added last. Returns null when there is none. */
  @SuppressWarnings("unchecked") // offer() adds nothing else
  public synchronized @Nullable T poll() {
    if (size == 0) {
      return null;
    }
    T last = (T) free[--size];
    free[size] = null;
    return last;
  }

  /** Adds an object. A full list leaves it to the garbage collector. */
  public synchronized void offer(T unused) {
    if (size < free.length) {
      free[size++] = unused;
    }
  }
}
