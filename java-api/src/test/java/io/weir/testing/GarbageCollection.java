package io.weir.testing;

import java.util.function.BooleanSupplier;

/** Waits for what happens when objects are collected. */
public final class GarbageCollection {

  private GarbageCollection() {}

  /** Collects garbage until a condition holds. */
  public static void collectUntil(String condition, BooleanSupplier holds) {
    Deadline.await(
        condition,
        () -> {
          if (holds.getAsBoolean()) {
            return true;
          }
          System.gc();
          return false;
        });
  }

  /** How many bytes of the heap are in use behind a collection. */
  public static long heap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** Collects garbage until no more of the heap is in use than this. */
  public static void awaitHeapOfNoMoreThan(long bytes) {
    Deadline.await("no more of the heap is in use than " + bytes + " bytes", () -> heap() <= bytes);
  }
}
