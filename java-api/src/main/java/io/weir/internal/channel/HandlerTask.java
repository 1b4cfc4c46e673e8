package io.weir.internal.channel;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A handler that is submitted to an executor of a program, and runs once. An executor can queue the
 * task and then fail, because it cannot start a thread. The handler then runs elsewhere, and an
 * executor that gets its thread later must not run it again.
 */
final class HandlerTask implements Runnable {

  private final Runnable handler;
  private final AtomicBoolean started = new AtomicBoolean();

  HandlerTask(Runnable handler) {
    this.handler = handler;
  }

  /** Claims the handler. Returns false when it was claimed before. */
  boolean start() {
    return started.compareAndSet(false, true);
  }

  @Override
  public void run() {
    if (start()) {
      handler.run();
    }
  }
}
