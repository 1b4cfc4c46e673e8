package io.weir.internal.stream;

import io.weir.CloseReason;
import io.weir.CloseReason.Kind;
import io.weir.LimitOverrunException;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.internal.concurrent.FutureList;
import io.weir.internal.concurrent.StreamFuture;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a connection is open, how it closes, and why it closed. Plain data: it knows neither lock
 * nor channel nor timer. Each event changes the state and returns what is to be done outside the
 * lock; {@code LifecycleTableTest} prints all states and events.
 *
 * <pre>
 *   Open --EOF while a write is in flight--&gt; Doubting --the write succeeds, or time is up--&gt; Open
 *    |                                         |
 *    +--close()--&gt; Closing &lt;---close()--------+
 *    |                |  flushed, to linger
 *    |                +--------------------&gt; Lingering
 *    +--a write fails--&gt; DrainingInput
 *    +--the input is cut off--&gt; FlushingOutput   (from Doubting as well)
 *
 *   any --abort(), an error, time is up, nothing left to do--&gt; Closed
 * </pre>
 *
 * <ul>
 *   <li>Doubting: after a reset, the kernel reports ECONNRESET only once; when it does so to a
 *       pending write, the pending read gets a clean EOF. So the result of a write in flight
 *       decides what an EOF means, if it comes soon.
 *   <li>Closing: the reader has its EOF, writes are dropped, what was queued is still written.
 *   <li>Lingering: everything has been written to the channel, and the outgoing half is closed.
 *       What the peer still sends is discarded until the peer closes too, for a second at most: a
 *       socket that is closed with unread bytes sends a reset, which can destroy what the peer has
 *       not read yet (RFC 1122, section 4.2.2.13).
 *   <li>DrainingInput: the peer accepts no more, but the kernel may still have bytes that it sent
 *       before: often the response that says why. These are read, paused or not, and then the
 *       reader gets the error. On a dead socket this takes only as long as reading the kernel's
 *       buffer.
 *   <li>FlushingOutput: TLS has ended without close_notify, so the input may lack its last part.
 *       The reader has that error; writes are dropped, what was queued is still written.
 *   <li>Closed: entered once.
 * </ul>
 */
final class Lifecycle {

  /** The state, with the data that exists in it only. */
  sealed interface State {}

  /**
   * Open.
   *
   * @param kind the kind of the reason, if the connection closes now
   */
  record Open(Kind kind) implements State {}

  /**
   * Open, but a write in flight may still report a reset.
   *
   * @param kind the kind of the reason, if the connection closes now
   * @param cut the error that ends the input if there was no reset; null for a clean EOF
   */
  record Doubting(Kind kind, @Nullable IOException cut) implements State {}

  /**
   * An orderly close.
   *
   * @param kind the reason
   * @param cause why, when a handler failed
   * @param byPeer whether the peer closed the connection
   */
  record Closing(Kind kind, @Nullable Throwable cause, boolean byPeer) implements State {}

  /** An orderly close, with everything written to the channel. */
  record Lingering(Kind kind, @Nullable Throwable cause, boolean byPeer) implements State {}

  /**
   * Lost for writing; the rest of the input is read.
   *
   * @param loss why
   */
  record DrainingInput(IOException loss) implements State {}

  /**
   * Lost for reading; the rest of the output is written.
   *
   * @param loss why
   */
  record FlushingOutput(IOException loss) implements State {}

  /**
   * Closed.
   *
   * @param reason why
   * @param loss what {@code waitClosed} fails with, or null
   * @param byPeer whether the peer closed the connection
   * @param unreported whether an orderly close has failed, and no future reports it
   */
  record Closed(CloseReason reason, @Nullable IOException loss, boolean byPeer, boolean unreported)
      implements State {}

  /** What is to be done after an event. */
  enum Step {
    NOTHING,
    /** Wait a moment for the result of the write in flight. */
    AWAIT_WRITE,
    /** End the input: the peer has closed its half. */
    END_INPUT,
    /** Stop reading, end the input, and write what is queued. */
    START_CLOSING,
    /** Like {@link #START_CLOSING}, but the input ends with an error. */
    FLUSH_OUTPUT,
    /** Close the outgoing half, and wait a moment for the peer to close its own. */
    LINGER,
    /** Close the channel. */
    CLOSE_CHANNEL,
    /** Stop writing, and read what the kernel still has. */
    DRAIN_INPUT,
    /** Closed: release everything, and complete all futures. */
    FINISH
  }

  final long openedAt; // by the clock
  private State state = new Open(Kind.CLOSED);
  private @Nullable FutureList<StreamFuture<@Nullable Void>> waiters; // until Closed

  Lifecycle(long openedAt) {
    this.openedAt = openedAt;
  }

  State state() {
    return state;
  }

  boolean isOpen() {
    return state instanceof Open || state instanceof Doubting;
  }

  boolean isClosed() {
    return state instanceof Closed;
  }

  /** Whether everything is being or has been written, and no failure is known. */
  boolean isClosingInOrder() {
    return state instanceof Closing || state instanceof Lingering;
  }

  // ---- the peer ----

  /**
   * The peer has closed its half of a channel that supports half-close.
   *
   * @param writeInFlight whether the channel has a write whose result is not known
   */
  Step peerClosedHalf(boolean writeInFlight) {
    if (state instanceof Open open) {
      if (writeInFlight) {
        state = new Doubting(open.kind, null);
        return Step.AWAIT_WRITE;
      }
      state = new Open(afterPeer(open.kind));
      return Step.END_INPUT;
    }
    if (state instanceof Lingering) {
      return Step.CLOSE_CHANNEL;
    }
    return state instanceof DrainingInput ? Step.FINISH : Step.NOTHING;
  }

  /** The peer has closed a channel without half-close: TLS answers a close_notify with its own. */
  Step peerClosed() {
    if (state instanceof DrainingInput) {
      return Step.FINISH;
    }
    return isOpen()
        ? startClosing(afterPeer(kindOfOpen()), null, /* byPeer= */ true)
        : Step.NOTHING;
  }

  /**
   * The peer has ended TLS without close_notify.
   *
   * @param writeInFlight whether the channel has a write whose result is not known
   */
  Step inputCut(IOException loss, boolean writeInFlight) {
    if (state instanceof Open open) {
      if (writeInFlight) {
        state = new Doubting(open.kind, loss);
        return Step.AWAIT_WRITE;
      }
      state = new FlushingOutput(loss);
      return Step.FLUSH_OUTPUT;
    }
    return state instanceof DrainingInput ? Step.FINISH : Step.NOTHING;
  }

  /** Returns the kind after the peer has closed. It stays when the server is stopping already. */
  private static Kind afterPeer(Kind before) {
    return before == Kind.CLOSED ? Kind.CLOSED_BY_PEER : before;
  }

  /** A write has succeeded, so the peer's EOF was no reset. */
  Step writeSucceeded() {
    if (state instanceof Doubting doubting) {
      if (doubting.cut != null) {
        state = new FlushingOutput(doubting.cut);
        return Step.FLUSH_OUTPUT;
      }
      state = new Open(afterPeer(doubting.kind));
      return Step.END_INPUT;
    }
    return Step.NOTHING;
  }

  /**
   * A write has failed.
   *
   * @param mayHaveInput whether the kernel may have bytes that the peer sent before
   */
  Step writeFailed(IOException loss, boolean mayHaveInput) {
    if (state instanceof Open && mayHaveInput) {
      state = new DrainingInput(loss);
      return Step.DRAIN_INPUT;
    }
    return isClosed() ? Step.NOTHING : Step.FINISH;
  }

  // ---- this side ----

  /** The program closes. */
  Step close() {
    if (state instanceof DrainingInput) {
      return Step.FINISH;
    }
    return isOpen() ? startClosing(kindOfOpen(), null, /* byPeer= */ false) : Step.NOTHING;
  }

  /** The server closes, because the handler has failed. */
  Step closeBecause(Throwable failure) {
    if (!isOpen()) {
      return close();
    }
    Kind kind = failure instanceof LimitOverrunException ? Kind.LIMIT : Kind.HANDLER_FAILED;
    return startClosing(kind, failure, /* byPeer= */ false);
  }

  private Step startClosing(Kind kind, @Nullable Throwable cause, boolean byPeer) {
    state = new Closing(kind, cause, byPeer);
    return Step.START_CLOSING;
  }

  private Kind kindOfOpen() {
    return state instanceof Doubting doubting ? doubting.kind : ((Open) state).kind;
  }

  /** The server is stopping: true when the input ends because of that. */
  boolean stopServing() {
    if (isOpen()) {
      state =
          state instanceof Doubting doubting
              ? new Doubting(Kind.SERVER_STOPPING, doubting.cut)
              : new Open(Kind.SERVER_STOPPING);
      return true;
    }
    return false;
  }

  /**
   * Everything has been written to the channel.
   *
   * @param lingers whether to wait for the peer to close its half
   */
  Step flushed(boolean lingers) {
    if (lingers && state instanceof Closing closing) {
      state = new Lingering(closing.kind, closing.cause, closing.byPeer);
      return Step.LINGER;
    }
    return Step.CLOSE_CHANNEL;
  }

  /**
   * The time limit of a state has expired. Another thread may have changed the state before the
   * timer was started, so the limited state can be any.
   */
  Step timeIsUp(State limited) {
    if (limited != state) {
      return Step.NOTHING; // the state has changed meanwhile
    }
    if (state instanceof Doubting) {
      return writeSucceeded();
    }
    if (state instanceof Lingering) {
      return Step.CLOSE_CHANNEL;
    }
    return state instanceof DrainingInput ? Step.FINISH : Step.NOTHING;
  }

  /**
   * The time to close is up. A connection that has written everything keeps its reason.
   *
   * @param allHandedOver whether nothing is queued, and closing needs no answer from the peer
   */
  Step cutShort(Kind kind, boolean allHandedOver) {
    if (state instanceof Lingering) {
      return Step.CLOSE_CHANNEL;
    }
    if (isCutShort(allHandedOver)) {
      abort(kind);
    }
    return isClosed() ? Step.NOTHING : Step.FINISH;
  }

  /**
   * Whether {@link #cutShort} aborts. It does not when the connection has closed, or is closing in
   * order and has written everything.
   */
  boolean isCutShort(boolean allHandedOver) {
    return !isClosed()
        && !(state instanceof Lingering)
        && !(state instanceof Closing && allHandedOver);
  }

  /**
   * Closes at once. A connection that the peer has broken keeps that reason: the loss came first,
   * and says what happened to the bytes.
   */
  Step abort(Kind kind) {
    if (isClosed()) {
      return Step.NOTHING;
    }
    if (brokenBy() == null) {
      state = new Closing(kind, null, isClosedByPeer());
    }
    return Step.FINISH;
  }

  /** The TLS handshake has failed. A connection that is closing already keeps its reason. */
  Step handshakeFailed() {
    if (isOpen()) {
      return abort(Kind.ABORTED);
    }
    return isClosed() ? Step.NOTHING : Step.FINISH;
  }

  // ---- the end ----

  /**
   * Returns how the connection ends, and changes nothing. The first loss is kept, unless the
   * present one says more.
   *
   * @param lost what has broken the connection now, or null
   * @param unsent how many bytes were not written
   */
  Closed outcome(@Nullable IOException lost, long unsent) {
    IOException before = brokenBy();
    IOException why = saysMore(lost, before) ? lost : before;
    CloseReason reason =
        why == null ? reasonOf(unsent) : new CloseReason(ConnectionLoss.kindOf(why), unsent, why);
    boolean awaited = waiters != null && !waiters.isDone(); // by a future that reports a loss
    boolean unreported = why != null && isClosingInOrder() && !awaited;
    return new Closed(reason, why, isClosedByPeer(), unreported);
  }

  /** What has broken one half, while the other is still being finished; or null. */
  private @Nullable IOException brokenBy() {
    if (state instanceof FlushingOutput flushing) {
      return flushing.loss;
    }
    return state instanceof DrainingInput draining ? draining.loss : null;
  }

  /** Adds a future that completes when Closed is entered. */
  void addWaiter(StreamFuture<@Nullable Void> waiter) {
    waiters = FutureList.with(waiters, waiter);
  }

  /** Removes the futures that complete when Closed is entered. */
  List<StreamFuture<@Nullable Void>> removeWaiters() {
    return waiters == null ? List.of() : waiters.removeAll();
  }

  /** Enters Closed, with an outcome. */
  void finish(Closed outcome) {
    state = outcome;
  }

  private CloseReason reasonOf(long unsent) {
    if (state instanceof Closing closing) {
      return new CloseReason(closing.kind, unsent, closing.cause);
    }
    if (state instanceof Lingering lingering) {
      return new CloseReason(lingering.kind, unsent, lingering.cause);
    }
    return new CloseReason(isOpen() ? kindOfOpen() : Kind.CLOSED, unsent, null);
  }

  /** Draining the input may find the alert that says why a write failed. */
  private static boolean saysMore(@Nullable IOException lost, @Nullable IOException before) {
    return before == null
        || (lost instanceof TlsException found
            && found.failure() != TlsFailure.TRUNCATED
            && !(before instanceof TlsException));
  }

  /** Whether it was the peer that closed the connection. */
  boolean isClosedByPeer() {
    return state instanceof FlushingOutput
        || (state instanceof Closing closing && closing.byPeer)
        || (state instanceof Lingering lingering && lingering.byPeer)
        || (state instanceof Closed closed && closed.byPeer);
  }

  /** Why the connection was lost, or null. */
  @Nullable IOException loss() {
    return state instanceof Closed closed ? closed.loss : brokenBy();
  }

  /** What went wrong while the connection was closed, if no future has reported it; or null. */
  @Nullable IOException unreportedLoss() {
    return state instanceof Closed closed && closed.unreported ? closed.loss : null;
  }

  /** Why the connection has closed; null before. */
  @Nullable CloseReason reason() {
    return state instanceof Closed closed ? closed.reason : null;
  }

  @Override
  public String toString() {
    if (isOpen()) {
      return "open";
    }
    if (state instanceof DrainingInput) {
      return "draining";
    }
    if (state instanceof Lingering) {
      return "lingering";
    }
    if (state instanceof FlushingOutput) {
      return "flushing";
    }
    return isClosed() ? "closed" : "closing";
  }
}
