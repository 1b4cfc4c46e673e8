package io.weir;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.ConnectionLoss.Activity;
import io.weir.Lifecycle.Step;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.PushbackChannel;
import io.weir.internal.channel.ReadBufferChooser;
import io.weir.internal.concurrent.AsyncOperation;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.FutureList;
import io.weir.internal.concurrent.LowMemory;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.TimerSlot;
import io.weir.internal.concurrent.Timers;
import io.weir.internal.concurrent.Trampoline;
import io.weir.internal.log.ErrorLog;
import io.weir.internal.log.Printable;
import io.weir.internal.tls.TlsChannel;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One connection: the lock, and what turns events into steps.
 *
 * <p>Every event has one shape: the states ({@link Lifecycle}, {@link InputState}, {@link
 * OutputState}) decide under the lock, which is held for a few lines, and the step is performed
 * after it. Channels are called and futures are completed without the lock. Reader, writer and
 * transport are views of this object, for any thread.
 *
 * <p>An {@link Error} in the middle of a step leaves no half-changed connection behind: {@link
 * #crashed} aborts the connection on a fresh stack, with the error as the reason.
 */
final class Connection extends StreamInput implements CompletionHandler<Long, @Nullable Void> {

  /** How long a socket that seems dead may take to show it. */
  static final Duration PATIENCE = Duration.ofSeconds(1);

  /** How long a peer that has been sent the end of the stream may take to close its half. */
  static final Duration LINGER = Duration.ofSeconds(1);

  private static final System.Logger LOG = System.getLogger("io.weir");

  private final Timers timers;
  private final Consumer<Connection> onClosed;
  private final @Nullable IdleWatchdog watchdog; // null when there are no timeouts
  private final TimerSlot limit = new TimerSlot(); // of the state that lasts for a limited time

  @GuardedBy("this")
  private final Lifecycle lifecycle = new Lifecycle();

  @GuardedBy("this")
  private final OutputState output;

  @GuardedBy("this")
  private AsyncByteChannel channel;

  @GuardedBy("this")
  private ReadPump reads;

  @GuardedBy("this")
  private @Nullable TlsUpgrade tls; // the last one

  @GuardedBy("this")
  private @Nullable FutureList<StreamFuture<@Nullable Void>> closeWaiters;

  /**
   * Makes the connection of a channel. Nothing is read before {@link #start}.
   *
   * @param onClosed is called once, when the connection has closed
   */
  Connection(
      AsyncByteChannel channel,
      ConnectionSettings settings,
      Timers timers,
      Consumer<Connection> onClosed) {
    super(settings.limit(), completions(channel, settings));
    this.channel = channel;
    this.timers = timers;
    this.onClosed = onClosed;
    this.watchdog =
        settings.timeouts().areNone()
            ? null
            : new IdleWatchdog(
                timers, settings.timeouts(), this::pendingSince, this::timedOut, this::crashed);
    this.reads = new ReadPump(channel);
    this.output = new OutputState(channel);
    input.holdBack();
  }

  private static CompletionExecutor completions(
      AsyncByteChannel channel, ConnectionSettings settings) {
    CompletionExecutor ofChannel = channel.completions();
    return settings.callbackExecutor() == null
        ? ofChannel
        : ofChannel.submittingTo(settings.callbackExecutor());
  }

  /** Starts the idle and read timeouts. Call once. */
  void watch() {
    if (watchdog != null) {
      watchdog.progressed();
      watchdog.start();
    }
  }

  /** Starts reading from the channel. A pending read may have done so already. */
  void start() {
    Trampoline here = Trampoline.enterCall();
    try {
      synchronized (this) {
        input.updateRoom();
      }
      readOn();
    } finally {
      here.exit();
    }
  }

  synchronized AsyncByteChannel channel() {
    return channel;
  }

  // ---- reading ----

  @Override
  long now() {
    return watchdog == null ? 0 : watchdog.now();
  }

  @Override
  void readOn() {
    ReadPump current;
    synchronized (this) {
      current = reads;
    }
    current.run(/* handled= */ false);
  }

  /** Drives the reads of one channel. A read is never cancelled and never timed. */
  private final class ReadPump implements ReadBufferChooser {

    private final AsyncByteChannel source;
    private final @Nullable ByteBuffer shared; // of the channel's loop
    private final AsyncOperation<Integer> operation = new AsyncOperation<>(); // guarded by the lock
    private @Nullable ByteBuffer receiveBuffer; // of the read under way; guarded by the lock
    private @Nullable PushbackChannel nextChannel; // that reads on; guarded by the lock

    ReadPump(AsyncByteChannel source) {
      this.source = source;
      this.shared = source.sharedBuffer();
    }

    /**
     * Reads for as long as reads complete inside the call that starts them.
     *
     * @param handled whether a read has completed and been handled, so that it is our turn
     */
    void run(boolean handled) {
      boolean turn = handled;
      while (true) {
        Trampoline here = Trampoline.enterEvent();
        try {
          ByteBuffer into = next(turn);
          if (into == null) {
            return;
          }
          source.read(into, this);
          synchronized (Connection.this) {
            if (!operation.started()) {
              return;
            }
          }
          received(this);
          turn = true;
        } catch (Throwable error) {
          crashed(error);
          return;
        } finally {
          here.exit();
        }
      }
    }

    private @Nullable ByteBuffer next(boolean turn) {
      synchronized (Connection.this) {
        if (turn) {
          operation.finish();
        }
        if (nextChannel != null || !operation.isIdle() || !input.wantsBytes()) {
          return null;
        }
        receiveBuffer = shared == null ? input.bytes().receiveBuffer() : shared;
        operation.start();
        return receiveBuffer;
      }
    }

    @Override
    public @Nullable ByteBuffer chooseBuffer() {
      synchronized (Connection.this) {
        ByteBuffer direct = nextChannel == null ? input.chooseDirect() : null;
        receiveBuffer = direct == null ? shared : direct;
        return direct;
      }
    }

    @Override
    public void readReturnedNothing() {
      synchronized (Connection.this) {
        input.releaseDirect();
        receiveBuffer = shared;
      }
      deliver(); // the stream may have ended while the pending read was pinned
    }

    @Override
    public void completed(Integer count, @Nullable Void attachment) {
      complete(count, null);
    }

    @Override
    public void failed(Throwable cause, @Nullable Void attachment) {
      complete(null, cause);
    }

    private void complete(@Nullable Integer count, @Nullable Throwable cause) {
      Trampoline here = Trampoline.enterEvent();
      try {
        synchronized (Connection.this) {
          if (!operation.completed(count, cause)) {
            return;
          }
        }
        received(this);
      } catch (Throwable error) {
        crashed(error);
        return;
      } finally {
        here.exit();
      }
      run(/* handled= */ true);
    }

    /** Leaves the channel to another one that reads on; guarded by the lock. */
    void transferTo(PushbackChannel next) {
      nextChannel = next;
    }

    /** Passes the outcome of the read under way on. */
    void transfer(PushbackChannel next, @Nullable Integer count, @Nullable Throwable cause) {
      if (cause != null) {
        next.failed(cause);
        return;
      }
      byte[] bytes = new byte[Math.max(0, Objects.requireNonNull(count))];
      ByteBuffer filled = Objects.requireNonNull(receiveBuffer);
      filled.duplicate().get(filled.position() - bytes.length, bytes);
      next.arrived(bytes);
    }
  }

  /** Takes the outcome of a read, which stays occupied so that no other starts. */
  private void received(ReadPump pump) {
    Integer count;
    Throwable cause;
    PushbackChannel next;
    boolean stopped;
    synchronized (this) {
      count = pump.operation.result();
      cause = pump.operation.failure();
      next = pump.nextChannel;
      stopped = input.isStopped();
      if (next != null || count == null || count < 0) {
        input.releaseDirect();
      } else if (input.received(pump.shared, count)) {
        progressed();
      }
      if (next == null) {
        pump.receiveBuffer = null;
      }
    }
    if (next != null) {
      pump.transfer(next, count, cause);
    } else if (cause != null && !stopped) {
      finish(lossBy(Activity.READING, cause));
    } else if (count != null && count < 0 && !stopped) {
      peerClosed();
    }
    deliver();
  }

  private void peerClosed() {
    Step step;
    synchronized (this) {
      input.channelEnded();
      step =
          channel.canShutdownOutput()
              ? lifecycle.peerClosedHalf(!output.operation().isIdle())
              : lifecycle.peerClosed();
      apply(step);
    }
    perform(step);
  }

  synchronized boolean isReading() {
    return lifecycle.isOpen() && input.isReading();
  }

  void pauseReading(boolean pause) {
    Trampoline here = Trampoline.enterCall();
    try {
      synchronized (this) {
        input.pause(pause);
      }
      readOn();
    } finally {
      here.exit();
    }
  }

  // ---- writing ----

  /**
   * Writes bytes as far as the channel takes them at once, and queues a copy of the rest. Never
   * blocks, never fails.
   *
   * @param data the bytes; its position is not the caller's any more
   * @param call what the program has called
   * @throws IllegalStateException after writeEof
   */
  void write(ByteBuffer data, String call) {
    Trampoline here = Trampoline.enterCall();
    try {
      OutputState.Write decision = write(data, here);
      if (decision == OutputState.Write.COPY) {
        // Outside the lock, because it takes time. Without memory the caller gets the error, and
        // nothing has changed.
        decision = queue(WriteQueue.copyOf(data));
      }
      if (decision == OutputState.Write.REFUSED) {
        throw new IllegalStateException(
            "Cannot call " + call + "() after writeEof(): the outgoing half has been ended");
      }
    } finally {
      here.exit();
    }
  }

  private OutputState.Write write(ByteBuffer data, Trampoline here) {
    OutputState.Write decision = OutputState.Write.NOTHING;
    try {
      AsyncByteChannel to;
      boolean first = false;
      synchronized (this) {
        decision = output.write(data, WriteCork.expectsMore(here, input));
        to = output.channel();
        if (decision == OutputState.Write.CORKED) {
          first = output.cork().hold();
        }
      }
      switch (decision) {
        case NOW -> writeNow(to, data);
        case QUEUED -> writeOn();
        case CORKED -> uncorkLater(first, here);
        case DROPPED_WITH_WARNING -> warnOfDrops();
        case COPY, NOTHING, REFUSED -> {}
      }
    } catch (Throwable error) {
      crashed(error);
    }
    return decision;
  }

  private OutputState.Write queue(List<ByteBuffer> copies) {
    OutputState.Write decision = OutputState.Write.NOTHING;
    try {
      synchronized (this) {
        decision = output.queue(copies);
      }
      if (decision == OutputState.Write.DROPPED_WITH_WARNING) {
        warnOfDrops();
      }
      writeOn();
    } catch (Throwable error) {
      crashed(error);
    }
    return decision;
  }

  private void writeNow(AsyncByteChannel to, ByteBuffer data) {
    List<StreamFuture<@Nullable Void>> drained;
    Step step;
    boolean more;
    try {
      int written = WriteQueue.writeNow(to, data);
      List<ByteBuffer> rest = data.hasRemaining() ? WriteQueue.copyOf(data) : List.of();
      synchronized (this) {
        drained = output.wroteNow(rest); // others may have asked to drain meanwhile
        more = output.hasWork();
        step = written > 0 ? wroteSome() : Step.NOTHING;
      }
    } catch (IOException failure) {
      writeFailed(failure);
      return;
    }
    complete(drained, null);
    perform(step);
    if (more) {
      writeOn();
    }
  }

  private void uncorkLater(boolean first, Trampoline here) {
    if (first) {
      here.whenIdle(this::uncork);
    }
  }

  private void uncork() {
    Trampoline here = Trampoline.enterEvent();
    try {
      synchronized (this) {
        output.cork().release();
      }
      writeOn();
    } finally {
      here.exit();
    }
  }

  private void warnOfDrops() {
    String closed = Printable.text(channel().toString());
    LOG.log(
        Level.WARNING,
        () -> "writes to " + closed + " are dropped: it is closed; see drain() or isClosing()");
  }

  /** Closes the outgoing half behind what is queued. */
  void writeEof() {
    Trampoline here = Trampoline.enterCall();
    try {
      boolean asked;
      synchronized (this) {
        asked = output.writeEof();
      }
      if (asked) {
        writeOn();
      }
    } finally {
      here.exit();
    }
  }

  /** Returns a future that completes when it is time to write more. */
  CompletableFuture<@Nullable Void> drain() {
    Trampoline here = Trampoline.enterCall();
    try {
      StreamFuture<@Nullable Void> decided;
      synchronized (this) {
        IOException broken = input.failure();
        decided = broken == null ? output.drain() : StreamFuture.failed(broken);
        if (decided == null) {
          return output.watermarks().addDrain();
        }
      }
      return here.mayCompleteNow() ? decided : completedLater(decided, here);
    } finally {
      here.exit();
    }
  }

  /** A future with the same outcome that completes after the callback that runs on this thread. */
  private StreamFuture<@Nullable Void> completedLater(
      StreamFuture<@Nullable Void> decided, Trampoline here) {
    StreamFuture<@Nullable Void> later = new StreamFuture<>();
    Runnable completion =
        () -> decided.whenComplete((nothing, failure) -> StreamFuture.end(later, failure));
    if (here.isRunning()) {
      here.run(completion);
    } else {
      completions().run(completion);
    }
    return later;
  }

  /** Does what there is to do next, as long as writes complete inside the call that starts them. */
  private void writeOn() {
    try {
      boolean more = true;
      while (more) {
        OutputState.Step step;
        AsyncByteChannel to;
        synchronized (this) {
          step = output.next();
          to = output.channel();
        }
        more =
            switch (step) {
              case WRITE -> writeQueue(to);
              case SEND_EOF -> sendEof(to);
              case SWITCH -> startHandshake();
              case FLUSHED -> flushed();
              case NOTHING -> false;
            };
      }
    } catch (Throwable error) {
      crashed(error);
    }
  }

  private boolean writeQueue(AsyncByteChannel to) {
    ByteBuffer[] batch;
    int size;
    synchronized (this) {
      batch = output.queue().batch();
      size = output.batchSize();
    }
    to.write(batch, size, this);
    synchronized (this) {
      if (!output.operation().started()) {
        return false;
      }
    }
    wrote();
    return true;
  }

  private boolean sendEof(AsyncByteChannel to) {
    try {
      to.shutdownOutput();
    } catch (IOException e) {
      writeFailed(e); // the operation is never idle again
      return false;
    }
    Step step;
    synchronized (this) {
      output.sentEof();
      step = wroteSome();
    }
    perform(step);
    return true;
  }

  @Override
  public void completed(Long bytes, @Nullable Void attachment) {
    complete(bytes, null);
  }

  @Override
  public void failed(Throwable cause, @Nullable Void attachment) {
    complete(null, cause);
  }

  private void complete(@Nullable Long bytes, @Nullable Throwable cause) {
    Trampoline here = Trampoline.enterEvent();
    try {
      synchronized (this) {
        if (!output.operation().completed(bytes, cause)) {
          return;
        }
      }
      wrote();
      writeOn();
    } catch (Throwable error) {
      crashed(error);
    } finally {
      here.exit();
    }
  }

  private void wrote() {
    Throwable cause;
    List<StreamFuture<@Nullable Void>> drained;
    Step step;
    synchronized (this) {
      cause = output.operation().failure();
      drained = output.wrote();
      step = cause == null ? wroteSome() : Step.NOTHING;
    }
    if (cause != null) {
      writeFailed(cause);
    }
    complete(drained, null);
    perform(step);
  }

  @GuardedBy("this")
  private Step wroteSome() {
    progressed();
    Step step = lifecycle.writeSucceeded();
    apply(step);
    return step;
  }

  private void progressed() {
    if (watchdog != null) {
      watchdog.progressed();
    }
  }

  /** The peer takes no more: what it sent before is read, if there may be something. */
  private void writeFailed(Throwable cause) {
    IOException loss = lossBy(Activity.WRITING, cause);
    List<StreamFuture<@Nullable Void>> drains = List.of();
    Step step;
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

  private void complete(List<StreamFuture<@Nullable Void>> futures, @Nullable IOException failure) {
    for (StreamFuture<@Nullable Void> future : futures) {
      completions().run(() -> StreamFuture.end(future, failure));
    }
  }

  synchronized long writeBufferSize() {
    return output.size();
  }

  synchronized WriteLimits writeLimits() {
    return output.watermarks().limits();
  }

  synchronized void writeLimits(WriteLimits limits) {
    output.watermarks().limits(limits, output.size());
  }

  // ---- TLS ----

  /**
   * Speaks TLS from now on: behind what is queued, with what the server side has buffered, and
   * instead of what the client side has.
   *
   * @param told completes the future
   * @return completes after the handshake; when that fails, the connection closes
   */
  CompletableFuture<@Nullable Void> startTls(
      TlsLayer layer, TlsChannel.Surroundings outside, CompletionExecutor told) {
    Trampoline here = Trampoline.enterCall();
    try {
      TlsLayer.Maker maker;
      try {
        maker = layer.maker(outside);
      } catch (Throwable e) { // the context may be a program's own, and the memory used up
        IOException why =
            e instanceof IOException io ? io : new IOException("TLS cannot be set up: " + e, e);
        finish(why);
        return StreamFuture.failed(why);
      }
      TlsUpgrade upgrade = new TlsUpgrade(layer, maker, told, this::handshakeOver);
      Throwable refusal;
      synchronized (this) {
        refusal = checkStartTls(layer);
        if (refusal == null) {
          tls = upgrade;
          switchTo(upgrade);
        }
      }
      if (refusal != null) {
        if (refusal instanceof TlsException injected) {
          finish(injected);
        }
        return StreamFuture.failed(refusal);
      }
      upgrade.done().whenComplete((nothing, ended) -> abortIfFailed(ended));
      writeOn();
      readOn();
      return upgrade.done();
    } finally {
      here.exit();
    }
  }

  private void abortIfFailed(@Nullable Throwable ended) {
    if (ended != null) {
      event(Lifecycle::handshakeFailed);
    }
  }

  @GuardedBy("this")
  private @Nullable Throwable checkStartTls(TlsLayer layer) {
    if (!lifecycle.isOpen()) {
      IOException loss = lifecycle.loss();
      return loss == null ? ConnectionLostException.closed(lifecycle.isClosedByPeer()) : loss;
    }
    if (tls != null && !tls.isOver()) {
      return new IllegalStateException(
          "startTls() while a TLS handshake is under way: wait for it");
    }
    if (output.hasWrittenEof()) {
      return new IllegalStateException(
          "Cannot call startTls() after writeEof(): the outgoing half has been ended");
    }
    return layer.whyNotBehind(input.bytes().size());
  }

  @GuardedBy("this")
  private void switchTo(TlsUpgrade upgrade) {
    byte[] unread = input.removeAll();
    boolean readUnderWay = reads.receiveBuffer != null;
    PushbackChannel clear = new PushbackChannel(channel, unread, readUnderWay);
    AsyncByteChannel next =
        upgrade.channelOver(readUnderWay || unread.length > 0 ? clear : channel);
    reads.transferTo(clear);
    input.bytes().detachReceiveBuffer();
    reads = new ReadPump(next);
    output.switchTo(next);
    channel = next;
  }

  /** Everything that was queued before TLS has been sent. */
  private boolean startHandshake() {
    TlsUpgrade upgrade;
    synchronized (this) {
      upgrade = tls;
    }
    if (upgrade != null) {
      if (watchdog != null) {
        watchdog.suspendFor(upgrade);
      }
      upgrade.handshake();
    }
    return true;
  }

  private void handshakeOver(TlsUpgrade upgrade, @Nullable Throwable error) {
    Trampoline here = Trampoline.enterEvent();
    try {
      progressed();
      if (error == null) {
        upgrade.complete();
        return;
      }
      IOException why = upgrade.layer().handshakeFailure(error);
      if (!(error instanceof AsynchronousCloseException)) { // else the connection closes already
        finish(why);
      }
      upgrade.fail(why);
    } catch (Throwable failure) {
      crashed(failure);
    } finally {
      here.exit();
    }
  }

  // ---- closing ----

  /** Takes no more in either direction; writes what is queued, then closes the channel. */
  void close() {
    close(/* lingers= */ false);
  }

  private void close(boolean lingers) {
    Trampoline here = Trampoline.enterCall();
    try {
      Step step;
      boolean discards;
      synchronized (this) {
        step = lifecycle.close();
        apply(step);
        discards = lingers && lifecycle.isClosingInOrder();
        if (discards) { // it may have been closed before without care for what the peer still sends
          input.discard();
        }
      }
      perform(step);
      if (discards) {
        readOn();
      }
    } catch (Throwable error) {
      crashed(error);
    } finally {
      here.exit();
    }
  }

  /** Closes because a handler has failed, unless the connection closes already. */
  void closeAsHandlerFailed(Throwable failure) {
    event(state -> state.closeBecause(failure));
  }

  /** Closes because the server stops. */
  void closeAsServerStops() {
    endInputAsServerStops();
    close(/* lingers= */ true);
  }

  /**
   * Ends the input behind what is buffered; what comes from now on is thrown away. This is no
   * orderly end: a message that is cut off must not look complete.
   */
  void endInputAsServerStops() {
    Trampoline here = Trampoline.enterCall();
    try {
      synchronized (this) {
        if (lifecycle.stopServing()) {
          input.end(StreamEnd.stopped());
          input.discard();
        }
      }
      deliver();
      readOn();
    } finally {
      here.exit();
    }
  }

  /** Whether an error only says that the server is being shut down. */
  synchronized boolean hasStoppedReadingBy(Throwable error) {
    return error == input.exception() && input.failure() == null;
  }

  /**
   * Closes, and aborts when that takes too long.
   *
   * @return completes when the connection has closed, with the reason
   */
  CompletableFuture<CloseReason> closeGracefully(Duration time) {
    CompletableFuture<@Nullable Void> closed = waitClosed();
    try {
      Timers.Timeout deadline = timers.schedule(time, () -> cutShort(CloseReason.Kind.TIMED_OUT));
      closed.whenComplete((nothing, lost) -> deadline.cancel());
      close(/* lingers= */ true);
    } catch (Throwable error) { // without a timer nothing would limit the wait
      crashed(error);
    }
    return closed.handle((nothing, lost) -> Objects.requireNonNull(closeReason()));
  }

  /** Drops what is queued and closes the channel now. */
  void abort() {
    event(state -> state.abort(CloseReason.Kind.ABORTED));
  }

  /** Aborts, because the time of the shutdown is up. */
  void abortAsServerStops() {
    cutShort(CloseReason.Kind.ABORTED);
  }

  private void cutShort(CloseReason.Kind kind) {
    boolean allHandedOver;
    synchronized (this) {
      allHandedOver = output.size() == 0 && channel.canShutdownOutput();
    }
    event(state -> state.cutShort(kind, allHandedOver));
  }

  private void timedOut(String what) {
    Trampoline here = Trampoline.enterEvent();
    try {
      finish(ConnectionLoss.ofTimeout(what));
    } finally {
      here.exit();
    }
  }

  /** Decides under the lock, and performs the step after it. */
  private void event(Function<Lifecycle, Step> decision) {
    Trampoline here = Trampoline.enterCall();
    try {
      Step step;
      synchronized (this) {
        step = decision.apply(lifecycle);
        apply(step);
      }
      perform(step);
    } catch (Throwable error) {
      crashed(error);
    } finally {
      here.exit();
    }
  }

  /** What a step of the lifecycle does to the other states. */
  @GuardedBy("this")
  private void apply(Step step) {
    switch (step) {
      case START_CLOSING -> {
        if (!input.isDiscarding()) {
          input.stop();
        }
        input.end(StreamEnd.EOF);
        output.finish(lifecycle.isClosedByPeer());
      }
      case END_INPUT -> input.end(StreamEnd.EOF);
      case CLOSE_CHANNEL -> input.channelEnded(); // that a read ends by this is no loss
      case NOTHING, AWAIT_WRITE, LINGER, DRAIN_INPUT, FINISH -> {}
    }
  }

  private void perform(Step step) {
    switch (step) {
      case NOTHING -> {}
      case AWAIT_WRITE -> limit(PATIENCE);
      case END_INPUT -> {
        limit.cancel();
        deliver();
      }
      case START_CLOSING -> {
        limit.cancel();
        writeOn();
        deliver();
        readOn();
      }
      case LINGER -> linger();
      case CLOSE_CHANNEL -> closeChannel();
      case DRAIN_INPUT -> {
        limit(PATIENCE);
        readOn();
      }
      case FINISH -> finish(null);
    }
  }

  /** Limits how long the state that has been reached may last. */
  private void limit(Duration time) {
    Lifecycle.State limited;
    synchronized (this) {
      limited = lifecycle.state();
    }
    limit.start(timers, time, () -> event(state -> state.timeIsUp(limited)));
  }

  private boolean flushed() {
    Step step;
    synchronized (this) {
      step = lifecycle.flushed(input.isDiscarding() && channel.canShutdownOutput());
      apply(step);
    }
    perform(step);
    return false;
  }

  private void linger() {
    try {
      channel().shutdownOutput();
    } catch (ClosedChannelException closedMeanwhile) {
      // The peer has closed in this moment, or the time is up: that ends the connection.
    } catch (IOException e) {
      finish(lossBy(Activity.CLOSING, e));
      return;
    }
    limit(LINGER);
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
    Trampoline here = Trampoline.enterEvent();
    try {
      finish(lost);
    } finally {
      here.exit();
    }
  }

  synchronized boolean isClosing() {
    return !lifecycle.isOpen();
  }

  /** Returns a future that completes when the connection has closed; it fails with the loss. */
  synchronized CompletableFuture<@Nullable Void> waitClosed() {
    if (!lifecycle.isClosed()) {
      StreamFuture<@Nullable Void> waiter = new StreamFuture<>();
      closeWaiters = FutureList.with(closeWaiters, waiter);
      return waiter;
    }
    IOException loss = lifecycle.loss();
    return loss == null ? StreamFuture.done() : StreamFuture.failed(loss);
  }

  // ---- the end ----

  private void finish(@Nullable IOException lost) {
    try {
      if (finishOnce(lost) && lost != null && lost.getCause() instanceof Error error) {
        warnOf(error);
      }
    } catch (Throwable error) {
      crashed(error);
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
      outcome =
          lifecycle.outcome(lost, output.unsent(), closeWaiters != null && !closeWaiters.isDone());
      IOException loss = outcome.loss();
      whyNotWritten =
          loss == null
              ? ConnectionLoss.closedWith(outcome.reason().unsent(), lifecycle.isClosedByPeer())
              : loss;
      StreamEnd end = loss == null ? StreamEnd.EOF : new StreamEnd(loss);
      drains = output.stop(whyNotWritten);
      input.stop();
      input.end(end);
      waiters = closeWaiters == null ? List.of() : closeWaiters.removeAll();
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
    limit.close();
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
      onClosed.accept(this);
    } finally {
      try {
        deliver();
      } finally {
        complete(drains, whyNotWritten);
        if (unfinished != null) {
          IOException loss = outcome.loss();
          unfinished.fail(loss == null ? ConnectionLostException.closed(false) : loss);
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
   * thread returns. Never throws.
   */
  private void crashed(Throwable error) {
    try {
      channel().completions().run(() -> abortBecause(error));
    } catch (Throwable noMemory) {
      abortBecause(error);
    }
  }

  private void abortBecause(Throwable error) {
    Trampoline here = Trampoline.enterEvent();
    try {
      if (!LowMemory.retry(() -> finishBecause(error))) {
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

  /** Why the connection has closed; null before. */
  synchronized @Nullable CloseReason closeReason() {
    return lifecycle.reason();
  }

  /** What went wrong while the connection was closed, if no future has reported it; or null. */
  synchronized @Nullable IOException untoldLoss() {
    return lifecycle.unreportedLoss();
  }

  @Override
  public synchronized String toString() {
    return lifecycle + " " + channel;
  }
}
