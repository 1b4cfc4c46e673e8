package io.weir.internal.concurrent;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A bounded list of objects for reuse. All connections share the lock of its queue, so a full stack
 * finds no object, and returns none. Any thread may call.
 */
public final class FreeList<T> {

  private final BlockingQueue<T> free;

  /** Creates an empty list that keeps at most a number of objects. */
  public FreeList(int kept) {
    free = new ArrayBlockingQueue<>(kept);
  }

  /** Removes an object. Returns null when there is none. */
  public @Nullable T poll() {
    return StackRoom.isEnoughForJdkCall() ? free.poll() : null;
  }

  /** Adds an object. A full list leaves it to the garbage collector. */
  public void offer(T unused) {
    if (StackRoom.isEnoughForJdkCall()) {
      free.offer(unused);
    }
  }
}
