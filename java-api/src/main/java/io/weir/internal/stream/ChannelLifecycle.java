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
 * The life of a connection: turns events into steps of {@link Lifecycle}, performs them, limits how
 * long temporary states last, and completes every future at the end.
 *
 * <p>An {@link Error} in the middle of a change leaves no half-changed connection behind: {@link
 * #crashed} aborts the connection on a fresh stack, with the error as the reason.
 */
abstract class ChannelLifecycle extends ChannelOutput {

  final @Nullable IdleWatchdog watchdog; // null when there are no timeouts
  final TimerSlot stateTimer; // limits a temporary state

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
        step = lifecycle.peerClosedHalf(output.isWriting());
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
        step = lifecycle.inputCut(loss, output.isWriting());
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

  /** Handles a failed write. What the peer sent before is still read, if there may be something. */
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

  /** Decides under the lock, and performs the step outside it. */
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

  /** Applies a step of the lifecycle to the states of both halves. */
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
      case CLOSE_CHANNEL -> input.channelEnded(); // a read that fails because of this is no loss
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
          finish(null); // what is queued until after the handshake cannot be sent
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

  /** Limits how long the current state lasts, if it is temporary. */
  private void limitState() {
    Lifecycle.State limited;
    do { // another thread may enter the next state meanwhile, whose timer must not be lost
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

  private synchronized @Nullable TlsUpgrade tls() {
    return tls;
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
      // The peer has just closed, or the time is up: either closes the connection.
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

  /** Enters Closed, unless it was entered before. */
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

  /** Enters Closed, and completes every future; false when it was entered before. */
  private boolean finishOnce(@Nullable IOException lost) {
    Lifecycle.Closed outcome;
    List<StreamFuture<@Nullable Void>> drains;
    List<StreamFuture<@Nullable Void>> waiters;
    IOException whyNotWritten;
    long accepted = channel().stopWriting();
    synchronized (this) {
      if (lifecycle.isClosed()) {
        return false;
      }
      output.acceptedInAll(accepted);
      // What may run out of memory comes first, so that it can be retried.
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
    } finally { // when one of these runs out of memory, the others may not
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
    TlsUpgrade unfinished = tls();
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
   * Aborts the connection because of an error in the middle of a change: a bug, OutOfMemoryError or
   * StackOverflowError. The abort runs on a fresh stack: on the channel's loop, or when the
   * outermost call on this thread returns.
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
        channel().abort(); // so that the peer, at least, sees it
      }
      warnOf(error);
    } finally {
      here.exit();
    }
  }

  /** Releases the buffers first, because other threads may use up the memory at any moment. */
  private void finishBecause(Throwable error) {
    boolean closed;
    synchronized (this) {
      closed = lifecycle.isClosed();
      if (!closed) {
        input.stop(); // nothing must be read or written after dropped bytes
        input.releaseDirect();
        input.bytes().drop(input.bytes().size());
        output.release();
      }
    }
    if (closed) {
      channel().abort(); // may have failed before, and the peer must see the close
      deliver(); // completes what found no memory before
    } else {
      finishOnce(ConnectionLoss.ofError(error));
    }
  }

  private IOException lossBy(Activity activity, Throwable cause) {
    TlsUpgrade upgrade = tls();
    return ConnectionLoss.of(activity, cause, upgrade == null ? null : upgrade.layer());
  }
}
