package io.weir.internal.stream;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.internal.concurrent.CompletionExecutor;

/** A stream without a channel, which a program feeds by hand. */
public final class HandFedInput extends DecodingInput {

  /** Creates an empty stream. */
  public HandFedInput(int limit) {
    super(limit, CompletionExecutor.IN_CALLER);
  }

  @Override
  void readOn() {
    // The program that feeds the reader limits the buffered bytes.
  }

  @Override
  @GuardedBy("this")
  boolean isReadNeeded() {
    return false;
  }

  @Override
  void crashed() {
    crash = null; // the program gets the error from the call, and no channel waits to be closed
  }

  @Override
  long now() {
    return 0;
  }
}
