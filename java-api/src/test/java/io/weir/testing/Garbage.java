package io.weir.testing;

import java.util.function.BooleanSupplier;

/** Waits for what happens when objects are collected. */
public final class Garbage {

  private Garbage() {}

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
}
