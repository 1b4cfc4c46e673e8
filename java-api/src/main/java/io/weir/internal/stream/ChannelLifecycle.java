package io.weir.internal.stream;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.TlsTruncationException;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.LowMemory;
import io.weir.internal.concurrent.StackRoom;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.TimerSlot;
import io.weir.internal.concurrent.Timers;
import io.weir.internal.concurrent.Trampoline;
import io.weir.internal.log.ErrorLog;
import io.weir.internal.stream.ConnectionLoss.Activity;
import io.weir.internal.stream.Lifecycle.Step;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The life of a connection: turns events into steps of {@link Lifecycle}, performs them, limits the
 * states that must not last, and completes every future at the end.
 *
 * <p>An {@link Error} in the middle of a change leaves no half-changed connection behind: {@link
 * #crashed} aborts the connection on a fresh stack, with the error as the reason.
 */
abstract class ChannelLifecycle extends ChannelOutput {

  final @Nullable IdleWatchdog watchdog; // null when there are no timeouts
  final TimerSlot stateTimer; // of the state that lasts for a limited time

  @GuardedBy("this")
  final Lifecycle lifecycle;

  @GuardedBy("this")
  @Nullable TlsUpgrade tls; // the last one

  ChannelLifecycle(
      AsyncByteChannel channel,
      ConnectionSettings settings,
      CompletionExecutor completions,
      Timers timers) {
    super(channel, settings.limit(), completions);
    this.stateTimer = new TimerSlot(timers);
    this.lifecycle = new Lifecycle(timers.nanoTime());
    this.watchdog =
        settings.timeouts().areNone()
            ? null
            : new IdleWatchdog(
                timers,
                settings.timeouts(),
                this::readingSince,
                this::writingSince,
                this::timedOut,
                this::abortLater);
  }

  /** The connection has closed. Called once, without the lock. */
  abstract void onClosed();

  @Override
  final long now() {
    return watchdog == null ? 0 : watchdog.now();
  }

  @Override
  final void progressed() {
    if (watchdog != null) {
      watchdog.progressed();
    }
  }

  // ---- what the channel reports ----

  @Override
  final void peerClosed() {
    Step step;
    synchronized (this) {
      input.channelEnded();
      if (channel().canEndOutput()) {
        step = lifecycle.peerClosedHalf(!output.operation().isIdle());
      } else {
        input.end(StreamEnd.EOF); // also when a write has failed: nothing of the input is missing
        step = lifecycle.peerClosed();
      }
      apply(step);
    }
    perform(step);
  }

  @Override
  final void readFailed(Throwable cause) {
    IOException loss = lossBy(Activity.READING, cause);
    Step step = Step.FINISH;
    if (loss instanceof TlsTruncationException) {
      synchronized (this) {
        input.channelEnded();
        step = lifecycle.inputCut(loss, !output.operation().isIdle());
        apply(step);
      }
    }
    if (step == Step.FINISH) {
      finish(loss);
    } else {
      perform(step);
    }
  }

  @Override
  @GuardedBy("this")
  final Step wroteSome() {
    progressed();
    Step step = lifecycle.writeSucceeded();
    apply(step);
    return step;
  }

  /** The peer takes no more: what it sent before is read, if there may be something. */
  @Override
  final void writeFailed(Throwable cause) {
    IOException loss = lossBy(Activity.WRITING, cause);
    List<StreamFuture<@Nullable Void>> drains = List.of();
    Step step;
    StackRoom.require();
    synchronized (this) {
      step = lifecycle.writeFailed(loss, cause instanceof IOException && !input.hasEnded());
      if (step == Step.DRAIN_INPUT) {
        drains = output.stop(loss);
        input.drain();
      }
    }
    if (step == Step.FINISH) {
      finish(loss);
    } else {
      complete(drains, loss);
      perform(step);
    }
  }

  private void timedOut(String what) {
    Trampoline here = enterEvent();
    try {
      finish(ConnectionLoss.ofTimeout(what));
    } finally {
      here.exit();
    }
  }

  // ---- steps ----

  /** Decides under the lock, and performs the step after it. */
  final void event(Function<Lifecycle, Step> decision) {
    Trampoline here = enterRareCall();
    try {
      Step step;
      synchronized (this) {
        step = decision.apply(lifecycle);
        apply(step);
      }
      perform(step);
    } catch (Throwable error) {
      crash = error;
      crashed();
    } finally {
      here.exit();
    }
  }

  /** What a step of the lifecycle does to the other states. */
  @GuardedBy("this")
  final void apply(Step step) {
    switch (step) {
      case START_CLOSING -> {
        if (!input.isDiscarding()) {
          input.stop();
        }
        input.end(StreamEnd.EOF);
        output.finish(lifecycle.isClosedByPeer());
      }
      case FLUSH_OUTPUT -> {
        input.stop();
        input.end(new StreamEnd(lifecycle.loss()));
        output.finish(lifecycle.isClosedByPeer());
      }
      case END_INPUT -> input.end(StreamEnd.EOF);
      case CLOSE_CHANNEL -> input.channelEnded(); // that a read ends by this is no loss
      case NOTHING, AWAIT_WRITE, LINGER, DRAIN_INPUT, FINISH -> {}
    }
  }

  @Override
  final void perform(Step step) {
    switch (step) {
      case NOTHING -> {}
      case AWAIT_WRITE -> limitState();
      case END_INPUT -> {
        stateTimer.cancel();
        deliver();
      }
      case START_CLOSING, FLUSH_OUTPUT -> {
        stateTimer.cancel();
        if (isHandshaking()) {
          finish(null); // what is queued behind the handshake cannot be sent
          return;
        }
        failDrainsIfClosed();
        writeOn();
        deliver();
        readOn();
      }
      case LINGER -> linger();
      case CLOSE_CHANNEL -> closeChannel();
      case DRAIN_INPUT -> {
        limitState();
        readOn();
      }
      case FINISH -> finish(null);
    }
  }

  /** Limits how long the state that has been reached may last, if it must not last. */
  private void limitState() {
    Lifecycle.State limited;
    do { // another thread may go on to the next state meanwhile, whose timer must not be lost
      limited = state();
      startLimitOf(limited);
    } while (limited != state());
  }

  private void startLimitOf(Lifecycle.State limited) {
    Duration limit = StateLimits.of(limited);
    if (limit != null) { // on the channel's thread, where a write may be about to report a reset
      Runnable expire = () -> event(life -> life.timeIsUp(limited));
      stateTimer.start(limit, () -> channel().completions().run(expire));
    }
  }

  private synchronized boolean isHandshaking() {
    return tls != null && tls.isHandshaking();
  }

  private synchronized Lifecycle.State state() {
    return lifecycle.state();
  }

  @Override
  final void flushed() {
    Step step;
    synchronized (this) {
      step = lifecycle.flushed(input.isDiscarding() && channel().canEndOutput());
      apply(step);
    }
    perform(step);
  }

  private void linger() {
    try {
      channel().endOutput();
    } catch (ClosedChannelException closedMeanwhile) {
      // The peer has closed in this moment, or the time is up: that ends the connection.
    } catch (IOException e) {
      finish(lossBy(Activity.CLOSING, e));
      return;
    }
    limitState();
  }

  private void closeChannel() {
    channel()
        .close(
            new CompletionHandler<>() {
              @Override
              public void completed(@Nullable Void result, @Nullable Void attachment) {
                closed(null);
              }

              @Override
              public void failed(Throwable error, @Nullable Void attachment) {
                closed(lossBy(Activity.CLOSING, error));
              }
            });
  }

  private void closed(@Nullable IOException lost) {
    Trampoline here = enterEvent();
    try {
      finish(lost);
    } finally {
      here.exit();
    }
  }

  // ---- the end ----

  /** Reaches Closed. */
  final void finish(@Nullable IOException lost) {
    try {
      StackRoom.require();
      if (finishOnce(lost) && lost != null && lost.getCause() instanceof Error error) {
        warnOf(error);
      }
    } catch (Throwable error) {
      crash = error;
      crashed();
    }
  }

  /** Reaches Closed, and completes every future; false when it was reached before. */
  private boolean finishOnce(@Nullable IOException lost) {
    Lifecycle.Closed outcome;
    List<StreamFuture<@Nullable Void>> drains;
    List<StreamFuture<@Nullable Void>> waiters;
    IOException whyNotWritten;
    synchronized (this) {
      if (lifecycle.isClosed()) {
        return false;
      }
      // What may find no memory comes first, so that it can be repeated.
      outcome = lifecycle.outcome(lost, output.unsent());
      IOException loss = outcome.loss();
      whyNotWritten =
          loss == null
              ? ConnectionLoss.closedWith(outcome.reason().unsent(), lifecycle.isClosedByPeer())
              : loss;
      StreamEnd end = loss == null ? StreamEnd.EOF : new StreamEnd(loss);
      drains = output.stop(whyNotWritten);
      input.stop();
      input.end(end);
      waiters = lifecycle.removeWaiters();
      lifecycle.finish(outcome);
    }
    try {
      release();
    } finally { // where there is no memory for one of these, there may be some for the others
      publishEnd(outcome, drains, whyNotWritten, waiters);
    }
    return true;
  }

  private void release() {
    stateTimer.close();
    if (watchdog != null) {
      watchdog.stop();
    }
    channel().abort();
  }

  private void publishEnd(
      Lifecycle.Closed outcome,
      List<StreamFuture<@Nullable Void>> drains,
      IOException whyNotWritten,
      List<StreamFuture<@Nullable Void>> waiters) {
    TlsUpgrade unfinished;
    synchronized (this) {
      unfinished = tls;
    }
    try {
      onClosed();
    } finally {
      try {
        deliver();
      } finally {
        complete(drains, whyNotWritten);
        if (unfinished != null) {
          unfinished.fail(whyNotWritten);
        }
        complete(waiters, outcome.loss());
      }
    }
  }

  private static void warnOf(Throwable error) {
    ErrorLog.report(Level.WARNING, "A connection was aborted because of an error", error);
  }

  /**
   * Aborts the connection because of an error in the middle of a change: a bug, no memory, no
   * stack. That happens on a fresh stack: on the channel's loop, or when the outermost call on this
   * thread returns.
   */
  @Override
  final void crashed() {
    try {
      channel().completions().run(this::abortCrashed);
    } catch (Throwable noMemoryOrStack) {
      abortCrashed();
    }
  }

  private void abortLater(Throwable error) {
    crash = error;
    crashed();
  }

  private void abortCrashed() {
    Throwable error = crash;
    if (error != null && StackRoom.isEnoughForAbort()) {
      crash = null;
      abortBecause(error);
    }
  }

  private void abortBecause(Throwable error) {
    Trampoline here = Trampoline.enterEvent();
    try {
      if (!LowMemory.retry(() -> finishBecause(error))) {
        crash = error; // the next call or event tries again
        channel().abort(); // for the peer, at least
      }
      warnOf(error);
    } finally {
      here.exit();
    }
  }

  /** Releases first what the connection holds: other threads may take memory at any moment. */
  private void finishBecause(Throwable error) {
    boolean closed;
    synchronized (this) {
      closed = lifecycle.isClosed();
      if (!closed) {
        input.stop(); // nothing is read or written behind what is dropped
        input.releaseDirect();
        input.bytes().drop(input.bytes().size());
        output.release();
      }
    }
    if (closed) {
      channel().abort(); // may have failed before, and the peer has to see the end
      deliver(); // a future that found no memory to complete before
    } else {
      finishOnce(ConnectionLoss.ofError(error));
    }
  }

  private IOException lossBy(Activity activity, Throwable cause) {
    TlsUpgrade upgrade;
    synchronized (this) {
      upgrade = tls;
    }
    return ConnectionLoss.of(activity, cause, upgrade == null ? null : upgrade.layer());
  }
}
