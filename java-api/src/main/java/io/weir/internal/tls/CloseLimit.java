package io.weir.internal.tls;

import java.time.Duration;

/**
 * Limits a close whose peer does not answer with its own close_notify: the time that it waits, and
 * the data that it throws away. Its methods are called by events of the {@link EventQueue}.
 */
final class CloseLimit {

  /** How long a hurried close waits for the peer, and one whose peer goes on sending data. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  /** How much data a close that is not hurried throws away before it stops, in bytes. */
  private static final long MAX_DISCARDED = 1024 * 1024;

  private final TlsEngine engine;
  private final TlsTimer timer;
  private final Runnable closeNow;
  private boolean hurried;

  /**
   * Creates the limit of a close that is not hurried.
   *
   * @param closeNow runs, as an event, when the time is up
   */
  CloseLimit(TlsEngine engine, TlsTimer timer, Runnable closeNow) {
    this.engine = engine;
    this.timer = timer;
    this.closeNow = closeNow;
  }

  /** Shortens the wait, and lets it throw away all that comes. */
  void hurry() {
    hurried = true;
  }

  /** Returns the next step of a close that has sent everything: the given one, or CLOSED. */
  TlsStep limit(TlsStep step) {
    if (hurried || engine.discarded() > 0) {
      timer.startOnce(LINGER, closeNow);
    }
    return isFull() ? TlsStep.Plain.CLOSED : step;
  }

  /**
   * Reads on while close_notify is being sent: a peer that first sends all that it has takes none
   * of it before.
   *
   * @return the next step, or SEND to wait for the write
   */
  TlsStep.Plain discardWhileSending() {
    if (engine.state() != TlsState.CLOSING || isFull()) {
      return TlsStep.Plain.SEND;
    }
    TlsStep.Plain step = engine.discard();
    return step == TlsStep.Plain.CLOSED ? TlsStep.Plain.SEND : step; // CLOSED is the next one
  }

  private boolean isFull() {
    return !hurried && engine.discarded() > MAX_DISCARDED;
  }
}
