package io.weir;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.PushbackChannel;
import io.weir.internal.log.Printable;
import io.weir.internal.time.Timers;
import io.weir.internal.tls.TlsChannel;
import io.weir.internal.tls.TlsEndedException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One connection: the lock, the state, and what happens when it ends.
 *
 * <p>The lock is held for a few lines and never across a call that leaves the package: things are
 * decided under the lock and done after it. Reader, writer and transport are views of this object
 * and can be used from any thread. The lock is this object itself: no user sees it, and with many
 * connections each object less to touch counts.
 *
 * <pre>
 *            close()                       flushed, channel closed
 *   OPEN ---------------> CLOSING -----------------------------------+
 *    | |                     |  \  flushed, to linger                |
 *    | |                     |   +-----------------> LINGERING ----->|
 *    | |                     |  abort(), an error                    v
 *    | |                     +----------------------------------> CLOSED
 *    | |   abort(), reading failed                                   ^
 *    | +-------------------------------------------------------------+
 *    |   writing failed                    nothing more to read,     |
 *    +------------------> SALVAGING -------- close(), abort(), ------+
 *                                            or the time is up
 * </pre>
 *
 * <ul>
 *   <li>CLOSING: the reader has its EOF, writes are dropped, what was queued is still written.
 *   <li>LINGERING: everything has been handed to the channel, and the outgoing half is ended. What
 *       the peer still sends is read and thrown away until it ends as well, for a moment at most: a
 *       socket that is closed with bytes unread is reset, and a reset can destroy what the peer has
 *       not read yet (RFC 1122, section 4.2.2.13).
 *   <li>SALVAGING: the peer is gone for writing, but what it sent before may still be in the
 *       kernel: an answer, often, that says why. It is read into the buffer, paused or not, and
 *       then the reader gets the error. On a dead socket that takes no time and no more than the
 *       kernel's buffer.
 *   <li>CLOSED: reached exactly once. Every waiter has been told.
 * </ul>
 */
final class Connection implements ReadPump.Owner, WritePump.Owner, Inbox.Owner, Watchdog.Watched {

  private enum State {
    OPEN,
    CLOSING,
    LINGERING,
    SALVAGING,
    CLOSED
  }

  /**
   * How long a socket that seems dead may take to show it: to give out the bytes that it has, or to
   * fail a write.
   */
  static final Duration PATIENCE = Duration.ofSeconds(1);

  /** How long a peer that has been told the end may take to end as well. */
  static final Duration LINGER = Duration.ofSeconds(1);

  private static final System.Logger LOG = System.getLogger("io.weir");

  /** How often it is tried to end when there is no memory; the JVM collects each time. */
  private static final int TRIES_WITHOUT_MEMORY = 10;

  private final Timers timers;
  private final Callbacks callbacks;
  private final Consumer<Connection> onClosed;
  private final Inbox inbox;
  private final WritePump writes;
  private final @Nullable Watchdog watchdog; // if there is something to watch
  private final boolean measuresProgress;

  private AsyncByteChannel channel; // guarded by this
  private ReadPump reads; // of the channel; guarded by this
  private @Nullable TlsStart tls; // the last that was begun; guarded by this
  private State state = State.OPEN; // guarded by this
  private @Nullable IOException loss; // why, unless it was our wish; guarded by this
  private CloseReason.Kind ending = CloseReason.Kind.CLOSED; // in order; guarded by this
  private @Nullable Throwable handlerFailure; // why it is closed, if so; guarded by this
  private long unsent; // bytes, as soon as it is known; guarded by this
  private @Nullable CloseReason closeReason; // set in CLOSED; guarded by this
  private boolean untold; // nobody waited when closing failed; guarded by this
  private long lastProgress; // if it is measured; guarded by this
  private boolean endedByPeer; // and closed because of that; guarded by this
  private boolean eofInDoubt; // while a write in flight may still tell of a reset; guarded by this
  private Timers.@Nullable Timeout
      timeout; // while lingering, salvaging or in doubt; guarded by this
  private List<StreamFuture<@Nullable Void>> closeWaiters = List.of(); // guarded by this

  /**
   * Makes the connection of a channel. Nothing is read before {@link #start}.
   *
   * @param onClosed is told once, when the connection has reached its end
   */
  Connection(AsyncByteChannel channel, Terms terms, Timers timers, Consumer<Connection> onClosed) {
    this.channel = channel;
    this.timers = timers;
    this.callbacks = terms.callbacks();
    this.onClosed = onClosed;
    this.watchdog =
        terms.timeouts().areNone() ? null : new Watchdog(timers, terms.timeouts(), this);
    this.measuresProgress = terms.timeouts().idle() != null;
    this.inbox = new Inbox(this, terms, terms.timeouts().read() == null ? null : timers, this);
    this.reads = new ReadPump(this, channel, inbox, this);
    this.writes = new WritePump(this, channel, callbacks, this);
    inbox.holdBack();
  }

  /** Ends by itself from now on, as its terms say. Called once. */
  void watch() {
    synchronized (this) {
      progressed();
    }
    if (watchdog != null) {
      watchdog.start();
    }
  }

  /** Begins to read; a read that has to wait has begun it before. */
  void start() {
    inbox.open();
    resume();
  }

  private void resume() {
    reads().run();
  }

  private ReadPump reads() {
    synchronized (this) {
      return reads;
    }
  }

  AsyncByteChannel channel() {
    synchronized (this) {
      return channel;
    }
  }

  Inbox inbox() {
    return inbox;
  }

  WritePump writes() {
    return writes;
  }

  // ---- reading ----

  /**
   * The peer has ended its half; ours stays open. A write in flight may know better: of a reset the
   * kernel tells only one, the read or the write, and shows the other an end in order. So the
   * write's outcome decides, if it comes soon. Of an end that TLS tells there is no doubt.
   */
  @Override
  public void readEnded() {
    boolean certain = !channel().canShutdownOutput();
    boolean salvaged;
    boolean lingered;
    boolean doubtful;
    synchronized (this) {
      salvaged = state == State.SALVAGING;
      lingered = state == State.LINGERING;
      doubtful = !certain && state == State.OPEN && writes.askWhetherItSucceeds();
      eofInDoubt = doubtful;
    }
    if (salvaged) {
      end(null);
    } else if (lingered) {
      closeChannel();
    } else if (doubtful) {
      limit(PATIENCE, this::writeSucceeded);
    } else {
      endInOrder();
    }
  }

  private void endInOrder() {
    boolean halfClose = channel().canShutdownOutput();
    synchronized (this) {
      eofInDoubt = false;
      if (halfClose && state == State.OPEN && !inbox.hasEnded()) {
        inbox.end(StreamEnd.EOF);
        ending = CloseReason.Kind.CLOSED_BY_PEER;
      }
    }
    if (halfClose) {
      inbox.deliver();
    } else {
      close(
          /* byPeer= */ true,
          /* lingering= */ false); // TLS: its good-bye is answered, behind what is queued
    }
  }

  @Override
  public void writeSucceeded() {
    boolean wasInDoubt;
    synchronized (this) {
      wasInDoubt = eofInDoubt;
    }
    if (wasInDoubt) {
      cancelTimeout();
      endInOrder();
    }
  }

  @Override
  public void readFailed(Throwable cause) {
    try {
      end(lossBy(Activity.READING, cause));
    } catch (Throwable noMemory) {
      endWithoutMemory(noMemory);
    }
  }

  @Override
  public void roomAgain() {
    resume();
  }

  boolean isReading() {
    synchronized (this) {
      return state == State.OPEN && reads.isReading();
    }
  }

  void pauseReading(boolean pause) {
    synchronized (this) {
      reads.pause(pause);
    }
    resume();
  }

  // ---- writing ----

  @Override
  public boolean holdsWrites() {
    return inbox.holdsWrites();
  }

  @Override
  public void release() {
    writes.run();
  }

  /** Completes when it is time to write more; see {@link StreamWriter#drain}. */
  CompletableFuture<@Nullable Void> drain() {
    synchronized (this) {
      IOException broken = inbox.failure();
      return broken == null ? writes.drain() : StreamFuture.failed(broken);
    }
  }

  /** Everything is with the channel, and we are closing. */
  @Override
  public void flushed() {
    AsyncByteChannel flushed;
    boolean lingers;
    synchronized (this) {
      flushed = channel;
      lingers = state == State.CLOSING && reads.isDiscarding() && channel.canShutdownOutput();
      if (lingers) {
        state = State.LINGERING;
      }
    }
    if (lingers) {
      linger(flushed);
    } else {
      closeChannel();
    }
  }

  private void linger(AsyncByteChannel flushed) {
    try {
      flushed.shutdownOutput();
    } catch (ClosedChannelException closedMeanwhile) {
      // The peer has ended in this moment, or the time is up: who closes it ends the connection.
    } catch (IOException e) {
      end(lossBy(Activity.CLOSING, e));
      return;
    }
    limit(LINGER, this::closeChannel);
  }

  private void closeChannel() {
    synchronized (this) {
      reads.stopForGood(); // that a read ends by this is no loss
    }
    channel()
        .close(
            new CompletionHandler<>() {
              @Override
              public void completed(@Nullable Void result, @Nullable Void attachment) {
                end(null);
              }

              @Override
              public void failed(Throwable error, @Nullable Void attachment) {
                end(lossBy(Activity.CLOSING, error));
              }
            });
  }

  @Override
  public void writeFailed(Throwable cause) {
    try {
      salvageOrEnd(cause);
    } catch (Throwable noMemory) {
      endWithoutMemory(noMemory);
    }
  }

  /** The peer takes no more: what it sent before is saved, if there is still something to read. */
  private void salvageOrEnd(Throwable cause) {
    IOException lost = lossBy(Activity.WRITING, cause);
    Runnable failDrains;
    synchronized (this) {
      boolean mayHaveMore = cause instanceof IOException && !eofInDoubt && !inbox.hasEnded();
      if (state != State.OPEN || !mayHaveMore) {
        failDrains = null;
      } else {
        state = State.SALVAGING;
        loss = lost;
        unsent = writes.size();
        failDrains = writes.stop(lost);
        reads.salvage();
      }
    }
    if (failDrains == null) {
      end(lost);
      return;
    }
    try {
      limit(PATIENCE, () -> end(null));
    } finally {
      failDrains.run();
    }
    resume();
  }

  /** Limits what a socket may take to show that it is dead, or a peer to end. */
  private void limit(Duration time, Runnable whenTimeIsUp) {
    Timers.Timeout started = timers.schedule(time, whenTimeIsUp);
    synchronized (this) {
      if (state == State.SALVAGING || state == State.LINGERING || eofInDoubt) {
        timeout = started;
        return;
      }
    }
    started.cancel();
  }

  private void cancelTimeout() {
    Timers.Timeout started;
    synchronized (this) {
      started = timeout;
      timeout = null;
    }
    if (started != null) {
      started.cancel();
    }
  }

  long writeBufferSize() {
    synchronized (this) {
      return writes.size();
    }
  }

  WriteLimits writeLimits() {
    synchronized (this) {
      return writes.limits();
    }
  }

  void writeLimits(WriteLimits limits) {
    synchronized (this) {
      writes.limits(limits);
    }
  }

  // ---- TLS ----

  /**
   * Speaks TLS from now on: behind what is queued, with what the server side has buffered, and
   * instead of what the client side has.
   *
   * @param layer whose channel is put over ours
   * @return completes when hands have been shaken; when that fails, the connection ends
   */
  CompletableFuture<@Nullable Void> startTls(TlsLayer layer, TlsChannel.Surroundings outside) {
    return startTls(layer, outside, callbacks);
  }

  /**
   * The same.
   *
   * @param told where the future completes
   */
  CompletableFuture<@Nullable Void> startTls(
      TlsLayer layer, TlsChannel.Surroundings outside, Callbacks told) {
    TlsLayer.Maker maker;
    try {
      maker = layer.maker(outside);
    } catch (Throwable e) { // the context may be a program's own, and the memory used up
      IOException why =
          e instanceof IOException io ? io : new IOException("TLS cannot be set up: " + e, e);
      end(why);
      return StreamFuture.failed(why);
    }
    TlsStart started = new TlsStart(layer, told);
    Throwable refusal;
    synchronized (this) {
      refusal = whyNotTls(layer);
      if (refusal == null) {
        tls = started;
        changeTo(maker);
      }
    }
    if (refusal != null) {
      endIfInjected(refusal);
      return StreamFuture.failed(refusal);
    }
    started.done.whenComplete((nothing, ended) -> abortIf(ended != null));
    writes.run();
    resume();
    return started.done;
  }

  private void abortIf(boolean unwanted) {
    if (!unwanted) {
      return;
    }
    synchronized (this) {
      if (state == State.OPEN) { // else it has its reason already
        endBecause(CloseReason.Kind.ABORTED);
      }
    }
    end(null);
  }

  private @Nullable Throwable whyNotTls(TlsLayer layer) {
    if (state != State.OPEN) {
      return loss == null ? ConnectionLostException.closed(endedByPeer) : loss;
    }
    if (tls != null && !tls.done.isDone()) {
      return new IllegalStateException(
          "startTls() while a TLS handshake is under way: wait for it");
    }
    if (writes.hasEnded()) {
      return new IllegalStateException(
          "Cannot call startTls() after writeEof(): the outgoing half has been ended");
    }
    return layer.whyNotBehind(inbox.buffer().size());
  }

  private void endIfInjected(Throwable refusal) {
    if (refusal instanceof TlsException injected) {
      end(injected);
    }
  }

  private void changeTo(TlsLayer.Maker maker) {
    byte[] unread = inbox.takeAll();
    boolean readUnderWay = reads.isUnderWay();
    PushbackChannel clear = new PushbackChannel(channel, unread, readUnderWay);
    TlsChannel secured = maker.over(readUnderWay || unread.length > 0 ? clear : channel);
    ReadPump clearReads = reads;
    reads = new ReadPump(this, secured, inbox, this);
    reads.resumeFrom(clearReads);
    clearReads.handOver(clear);
    writes.switchTo(secured);
    channel = secured;
  }

  /** The peer has been sent everything that was queued in the clear. */
  @Override
  public void switched() {
    TlsStart started;
    AsyncByteChannel secured;
    synchronized (this) {
      started = tls;
      secured = channel;
    }
    if (started != null && secured instanceof TlsChannel channelOfTls) {
      started.begin();
      channelOfTls.handshake(started);
    }
  }

  /** A handshake, and who waits for it. */
  private final class TlsStart implements CompletionHandler<@Nullable Void, @Nullable Void> {

    final StreamFuture<@Nullable Void> done = new StreamFuture<>();
    private final TlsLayer layer;
    private final Callbacks told;
    private boolean underWay; // so that its own timeout runs; guarded by the connection

    TlsStart(TlsLayer layer, Callbacks told) {
      this.layer = layer;
      this.told = told;
    }

    void begin() {
      synchronized (Connection.this) {
        underWay = true;
      }
    }

    private void isOver() {
      synchronized (Connection.this) {
        underWay = false;
        progressed();
      }
    }

    TlsLayer layer() {
      return layer;
    }

    @Override
    public void completed(@Nullable Void result, @Nullable Void attachment) {
      isOver();
      told.run(() -> done.complete(null));
    }

    @Override
    public void failed(Throwable error, @Nullable Void attachment) {
      isOver();
      IOException why = layer.handshakeFailure(error);
      if (!(error instanceof AsynchronousCloseException)) { // else we are closing already
        end(why);
      }
      fail(why);
    }

    void fail(IOException why) {
      if (!done.isDone()) {
        told.run(() -> done.completeExceptionally(why));
      }
    }
  }

  // ---- time ----

  @Override
  public void progressed() {
    if (measuresProgress) {
      lastProgress = timers.nanoTime();
    }
  }

  @Override
  public long lastProgress() {
    synchronized (this) {
      boolean shakesHands = tls != null && tls.underWay;
      return shakesHands ? timers.nanoTime() : lastProgress;
    }
  }

  @Override
  public @Nullable Long waitingSince() {
    return inbox.waitingSince();
  }

  @Override
  public void timedOut(String what) {
    end(new ConnectionLostException("Connection lost: " + what, new SocketTimeoutException(what)));
  }

  // ---- the end ----

  /** Takes no more in either direction; writes what is queued, then closes the channel. */
  void close() {
    close(/* byPeer= */ false, /* lingering= */ false);
  }

  /** Closes for a reason of its own, unless it is closed already. */
  void closeAsHandlerFailed(Throwable failure) {
    synchronized (this) {
      if (state == State.OPEN) {
        handlerFailure = failure;
        ending =
            failure instanceof LimitOverrunException
                ? CloseReason.Kind.LIMIT
                : CloseReason.Kind.HANDLER_FAILED;
      }
    }
    close();
  }

  /** Closes, as the server stops. */
  void closeAsServerStops() {
    endInputAsServerStops();
    close(/* byPeer= */ false, /* lingering= */ true);
  }

  /**
   * Ends the input behind what is buffered; what comes from now on is thrown away. An orderly end
   * it is not: a message that is cut off must not look complete.
   */
  void endInputAsServerStops() {
    synchronized (this) {
      if (state == State.OPEN) {
        ending = CloseReason.Kind.SERVER_STOPPING;
        inbox.end(StreamEnd.stopped());
        reads.discard();
      }
    }
    inbox.deliver();
    resume();
  }

  /** Whether an error says no more than that the server is being shut down. */
  boolean hasStoppedReadingBy(Throwable error) {
    synchronized (this) {
      return error == inbox.exception() && inbox.failure() == null;
    }
  }

  /**
   * Closes, and aborts when that takes too long.
   *
   * @return completes at the end, with what it was
   */
  CompletableFuture<CloseReason> closeGracefully(Duration time) {
    CompletableFuture<@Nullable Void> closed = waitClosed();
    Timers.Timeout deadline = timers.schedule(time, () -> cutShort(CloseReason.Kind.TIMED_OUT));
    closed.whenComplete((nothing, lost) -> deadline.cancel());
    close(/* byPeer= */ false, /* lingering= */ true);
    return closed.handle((nothing, lost) -> Objects.requireNonNull(closeReason()));
  }

  private void close(boolean byPeer, boolean lingering) {
    State before;
    synchronized (this) {
      before = state;
      if (state == State.OPEN) {
        beginToClose(byPeer, lingering);
      } else if (state == State.CLOSING && lingering) {
        reads.discard(); // it was closed without care for what the peer still sends
      }
    }
    switch (before) {
      case OPEN -> {
        writes.run();
        inbox.deliver();
        resume();
      }
      case CLOSING -> resume();
      case SALVAGING -> end(null);
      case LINGERING, CLOSED -> {}
    }
  }

  private void beginToClose(boolean byPeer, boolean lingering) {
    state = State.CLOSING;
    stopReading(lingering);
    inbox.end(StreamEnd.EOF);
    boolean byPeerAlone = byPeer && ending == CloseReason.Kind.CLOSED;
    ending = byPeerAlone ? CloseReason.Kind.CLOSED_BY_PEER : ending;
    endedByPeer = byPeer;
    writes.finish(byPeer);
  }

  private void stopReading(boolean lingering) {
    if (lingering) {
      reads.discard();
    } else if (!reads.isDiscarding()) {
      reads.stop();
    }
  }

  /** Drops what is queued and closes the channel now. */
  void abort() {
    synchronized (this) {
      endBecause(CloseReason.Kind.ABORTED);
    }
    end(null);
  }

  /** Aborts as time is up. */
  void abortAsServerStops() {
    cutShort(CloseReason.Kind.ABORTED);
  }

  /** Waits no longer: closes a channel that has been handed everything, aborts any other. */
  private void cutShort(CloseReason.Kind kind) {
    boolean lingering;
    synchronized (this) {
      lingering = state == State.LINGERING;
      boolean handedOver =
          state == State.CLOSING && writes.size() == 0 && channel.canShutdownOutput();
      if (!lingering && !handedOver) {
        endBecause(kind);
      }
    }
    if (lingering) {
      closeChannel();
    } else {
      end(null);
    }
  }

  private void endBecause(CloseReason.Kind kind) {
    ending = kind;
    handlerFailure = null;
  }

  boolean isClosing() {
    synchronized (this) {
      return state != State.OPEN;
    }
  }

  /** Completes at the end: normally when it was our wish, else with the loss. */
  CompletableFuture<@Nullable Void> waitClosed() {
    synchronized (this) {
      if (state != State.CLOSED) {
        StreamFuture<@Nullable Void> waiter = new StreamFuture<>();
        closeWaiters = StreamFuture.plus(closeWaiters, waiter);
        return waiter;
      }
      return loss == null ? StreamFuture.done() : StreamFuture.failed(loss);
    }
  }

  /** Reaches CLOSED, as soon as there is memory for that. */
  private void end(@Nullable IOException lost) {
    try {
      endOnce(lost);
    } catch (Throwable noMemory) {
      endWithoutMemory(noMemory);
    }
  }

  /** Reaches CLOSED, once, and tells everybody: the reader, who drains, who waits for the end. */
  private void endOnce(@Nullable IOException lost) {
    Runnable failDrains;
    IOException why;
    TlsStart unfinished;
    AsyncByteChannel last;
    List<StreamFuture<@Nullable Void>> waiters;
    synchronized (this) {
      if (state == State.CLOSED) {
        return;
      }
      why = tellsMore(lost) ? lost : loss; // otherwise what broke it first
      // What may find no memory comes first, so that it can be tried again.
      long notSent = unsent + writes.size();
      CloseReason reason = reasonOf(why, notSent);
      StreamEnd endOfInput = why == null ? StreamEnd.EOF : new StreamEnd(why);
      boolean toldNobody = closeWaiters.stream().allMatch(StreamFuture::isDone);
      failDrains = writes.stop(why == null ? closedWith(notSent) : why);
      reads.stop();
      inbox.end(endOfInput);
      unfinished = tls;
      last = channel;
      waiters = closeWaiters;
      closeWaiters = List.of();
      untold = why != null && isClosingInOrder() && toldNobody;
      unsent = notSent;
      loss = why;
      closeReason = reason;
      eofInDoubt = false;
      state = State.CLOSED;
    }
    try {
      cancelTimeout();
      if (watchdog != null) {
        watchdog.stop();
      }
      last.abort();
    } finally { // where there is no memory for one of these, there may be some for the others
      tellOfEnd(failDrains, unfinished, why, waiters);
    }
  }

  private void tellOfEnd(
      Runnable failDrains,
      @Nullable TlsStart unfinished,
      @Nullable IOException why,
      List<StreamFuture<@Nullable Void>> waiters) {
    try {
      onClosed.accept(this);
    } finally {
      try {
        inbox.deliver();
      } finally {
        failDrains.run();
        if (unfinished != null) {
          unfinished.fail(why == null ? ConnectionLostException.closed(false) : why);
        }
        for (StreamFuture<@Nullable Void> waiter : waiters) {
          callbacks.run(() -> StreamFuture.end(waiter, why));
        }
      }
    }
  }

  /**
   * Ends when ending has failed: gives back first what the connection holds. Others may take that
   * at once, so there are some tries; but not many, as those who are next on this thread have
   * something to give back as well. Nothing is let out, as it would end the thread that carries the
   * channel, and all that it carries.
   */
  private void endWithoutMemory(Throwable thrown) {
    if (!(thrown instanceof OutOfMemoryError)) {
      report(thrown);
    }
    for (int tries = 0; tries < TRIES_WITHOUT_MEMORY; tries++) {
      if (triesToEnd(thrown)) {
        return;
      }
    }
    try {
      channel().abort(); // for the peer, at least
    } catch (Throwable stillNone) {
      // It is closed when nobody uses it any more.
    }
  }

  private static void report(Throwable bug) {
    try {
      LOG.log(
          Level.ERROR, "a connection failed to end; it ends nevertheless", Printable.error(bug));
    } catch (Throwable alsoFailed) {
      // It ends without a word then.
    }
  }

  private boolean triesToEnd(Throwable thrown) {
    try {
      if (givesBack()) {
        endOnce(new ConnectionLostException("Connection lost: it was ended as " + thrown, thrown));
      }
      inbox.deliver(); // who was not told, if it has been ended before
      return true;
    } catch (Throwable again) {
      return false;
    }
  }

  /** Drops what it holds, unless it has ended: then what has arrived is still to be read. */
  private boolean givesBack() {
    synchronized (this) {
      if (state == State.CLOSED) {
        return false;
      }
      reads.stop(); // nothing comes or goes behind what is dropped
      inbox.giveBack();
      unsent += writes.giveBack();
      return true;
    }
  }

  /** Whether an end says more than the loss there was, if any: what salvaging has found. */
  private boolean tellsMore(@Nullable IOException lost) {
    return loss == null
        || (lost instanceof TlsException found
            && found.failure() != TlsFailure.TRUNCATED
            && !(loss instanceof TlsException));
  }

  private boolean isClosingInOrder() {
    return state == State.CLOSING || state == State.LINGERING;
  }

  private CloseReason reasonOf(@Nullable IOException why, long notSent) {
    if (why == null) {
      return new CloseReason(ending, notSent, handlerFailure);
    }
    return new CloseReason(kindOf(why), notSent, why);
  }

  private static CloseReason.Kind kindOf(IOException why) {
    if (why instanceof TlsException) {
      return CloseReason.Kind.TLS_FAILURE;
    }
    return why.getCause() instanceof SocketTimeoutException
        ? CloseReason.Kind.TIMED_OUT
        : CloseReason.Kind.RESET;
  }

  /** Why it has ended; null before. */
  @Nullable CloseReason closeReason() {
    synchronized (this) {
      return closeReason;
    }
  }

  /** What went wrong while it was closed, if nobody waited for that; null otherwise. */
  @Nullable IOException untoldLoss() {
    synchronized (this) {
      return untold ? loss : null;
    }
  }

  /** What is done when a connection is lost. */
  private enum Activity {
    READING,
    WRITING,
    CLOSING
  }

  private IOException lossBy(Activity activity, Throwable cause) {
    TlsStart secured;
    synchronized (this) {
      secured = tls;
    }
    // (A peer that has said good-bye, and can be sent nothing more, is no failure of TLS.)
    boolean refused = activity == Activity.WRITING && cause instanceof TlsEndedException;
    if (secured != null && cause instanceof SSLException failure && !refused) {
      return secured.layer().failure(failure);
    }
    String what = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    String when = activity.toString().toLowerCase(Locale.ROOT);
    return new ConnectionLostException("Connection lost while " + when + ": " + what, cause);
  }

  /** What is told to those who write; called under the lock. */
  private ConnectionLostException closedWith(long notSent) {
    return notSent == 0
        ? ConnectionLostException.closed(endedByPeer)
        : new ConnectionLostException(
            "Connection lost: it was aborted on this side with " + notSent + " bytes not sent",
            null);
  }

  @Override
  public String toString() {
    synchronized (this) {
      return state.toString().toLowerCase(Locale.ROOT) + " " + channel;
    }
  }
}
