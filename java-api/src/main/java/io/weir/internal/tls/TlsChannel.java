package io.weir.internal.tls;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.ForwardingChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A TLS channel over another channel. It drives a {@link TlsEngine}: {@link TlsInput} and {@link
 * TlsOutput} transfer ciphertext, {@link TlsTasks} runs the engine's tasks, and {@link
 * PendingOperations} holds the calls that have not completed.
 *
 * <p>A call, a completion of the inner channel, a finished task and an expired timeout are events
 * of an {@link EventQueue}. Only events use the state. After each event {@link #pump} does
 * everything that is possible.
 *
 * <p>Reads and writes that start before the end of the handshake wait for it. There is no
 * half-close: asyncio has none with TLS, and TLS 1.2 cannot express one (RFC 5246, section 7.2.1).
 */
public final class TlsChannel extends ForwardingChannel {

  /** The kernel accepts the few bytes of an alert at once, unless its send buffer is full. */
  private static final Duration ALERT_TIMEOUT = Duration.ofSeconds(1);

  /** What other threads see. */
  private enum Stage {
    OPEN,
    /** Close or abort has been called. */
    CLOSING,
    /** All data and close_notify have been written to the inner channel. */
    SENT_ALL
  }

  private final SSLContext context;
  private final TlsTimeouts timeouts;
  private final EventQueue events;
  private final PendingOperations pending;
  private final Runnable pump = this::pump; // created once, for the event of each call

  private volatile Stage stage = Stage.OPEN; // any thread
  private volatile @Nullable TlsSessionInfo sessionInfo; // any thread; null before the handshake

  // Used by events only.
  private final TlsEngine engine;
  private final TlsInput input;
  private final TlsOutput output;
  private final TlsTasks tasks;
  private final TlsTimer timer;
  private final CloseLimit closeLimit;

  /**
   * Wraps a channel, which belongs to this one from now on. Sends nothing before {@link
   * #handshake}.
   *
   * @param engine the engine, before its handshake
   * @param context the context that created the engine
   */
  public TlsChannel(
      AsyncByteChannel inner,
      TlsEngine engine,
      SSLContext context,
      TlsTimeouts timeouts,
      TlsEnvironment environment) {
    super(inner);
    this.context = context;
    this.timeouts = timeouts;
    this.events = new EventQueue(this::crash);
    this.timer = new TlsTimer(environment.timers(), events);
    this.pending = new PendingOperations(events);
    this.engine = engine;
    this.input = new TlsInput(inner, engine, events, pump, this::onInputFailed);
    this.output = new TlsOutput(inner, engine, events, pump, pending::sent, this::onOutputFailed);
    this.tasks = new TlsTasks(environment, events, this::onTaskFinished);
    this.closeLimit = new CloseLimit(engine, timer, this::closeInner);
  }

  // ---- calls ----

  /**
   * Performs the TLS handshake. Called once.
   *
   * @param sentBefore the number of bytes of the stream that have been sent before TLS
   * @param handler completes after the handshake; when it fails, the caller aborts the channel
   */
  public void handshake(
      long sentBefore, CompletionHandler<@Nullable Void, @Nullable Void> handler) {
    engine.accepted().start(sentBefore);
    events.post(() -> startHandshake(handler));
  }

  @Override
  public void read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
    pending.startRead(dst, handler);
    events.post(pump);
  }

  @Override
  public void write(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
    pending.startWrite(srcs, count, handler);
    events.post(pump);
  }

  @Override
  public int writeNow(ByteBuffer src) throws IOException {
    return pending.writeNow(src, pump);
  }

  @Override
  public long stopWriting() {
    return engine.accepted().total(inner.stopWriting());
  }

  @Override
  public boolean canEndOutput() {
    return false;
  }

  @Override
  public void endOutput() throws IOException {
    if (!isOpen()) {
      throw new ClosedChannelException();
    }
    throw new UnsupportedOperationException("TLS has no half-close: " + this);
  }

  @Override
  public void close(CompletionHandler<@Nullable Void, @Nullable Void> handler) {
    stage = Stage.CLOSING;
    events.post(() -> startClose(handler));
  }

  @Override
  public void hurryClose() {
    events.post(this::hurry);
    super.hurryClose();
  }

  @Override
  public boolean hasSentAll() {
    return stage == Stage.SENT_ALL;
  }

  @Override
  public boolean asksForBuffer() {
    return true;
  }

  @Override
  public void abort() {
    stage = Stage.CLOSING;
    inner.abort();
    events.post(() -> terminate(new AsynchronousCloseException()));
  }

  // ---- events ----

  private void startHandshake(CompletionHandler<@Nullable Void, @Nullable Void> handler) {
    pending.startHandshake(handler);
    if (engine.state() == TlsState.HANDSHAKING) {
      startTimeout("TLS handshake", timeouts.handshake());
      engine.begin();
    }
    pump();
  }

  private void startClose(CompletionHandler<@Nullable Void, @Nullable Void> handler) {
    pending.startClose(handler);
    pending.failRead(new AsynchronousCloseException());
    if (engine.state().canSend()) {
      startTimeout("TLS shutdown", timeouts.shutdown());
      pump();
    } else { // without a session there is no close_notify
      closeInner();
    }
  }

  private void hurry() {
    closeLimit.hurry();
    if (engine.state() == TlsState.CLOSING) {
      continueClose();
    }
  }

  /** Starts a timeout. When it expires, the connection fails. */
  private void startTimeout(String what, Duration limit) {
    TlsChannelException error = TlsChannelException.timeout(what, limit);
    timer.start(
        limit,
        () -> {
          inner.abort();
          terminate(firstFailure(error));
        });
  }

  /** Returns the engine's failure, which came first, or another error if the engine has none. */
  private IOException firstFailure(IOException otherwise) {
    return engine.failure() == null ? otherwise : engine.failure();
  }

  private void onTaskFinished(@Nullable Throwable failure) {
    if (failure == null) {
      pump();
    } else {
      crash(failure);
    }
  }

  private void onInputFailed(IOException why) {
    switch (engine.state()) {
      case HANDSHAKING, CLOSING -> terminate(why);
      case OPEN, INPUT_ENDED, INPUT_CUT -> pending.failRead(why);
      case FAILED, CLOSED -> {} // closing the inner channel failed its read
    }
  }

  private void onOutputFailed(IOException why) {
    switch (engine.state()) {
      case HANDSHAKING -> continueUnsent();
      case OPEN, INPUT_ENDED, INPUT_CUT -> {
        pending.failWrite(why);
        if (pending.hasClose()) {
          continueClose(); // which has waited for the write
        }
      }
      case CLOSING -> onCloseNotifyNotSent(why);
      case FAILED -> pump(); // the peer receives no alert
      case CLOSED -> {} // closing the inner channel failed its write
    }
  }

  /** Delivers what the peer has sent before it closed: data, or an alert. */
  private void continueUnsent() {
    if (engine.hasDataBehindHandshake()) {
      pump();
    } else {
      input.receive();
    }
  }

  /** A peer that has sent its own close_notify and closed does not need this side's. */
  private void onCloseNotifyNotSent(IOException why) {
    if (engine.hasReceivedEof()) {
      closeInner();
    } else {
      terminate(why);
    }
  }

  /** Terminates after a bug or an OutOfMemoryError. */
  private void crash(Throwable failure) {
    inner.abort();
    terminate(
        new TlsChannelException(
            TlsChannelException.Kind.INTERNAL_ERROR,
            "TLS broke down on this side: " + failure,
            failure));
  }

  // ---- the pump ----

  /** Does everything that is possible in this state. */
  private void pump() {
    if (tasks.isRunning() && !engine.state().isTerminal()) {
      return;
    }
    switch (engine.state()) {
      case HANDSHAKING -> continueHandshake();
      case OPEN, INPUT_ENDED, INPUT_CUT -> transferOrClose();
      case CLOSING -> continueClose();
      case FAILED -> fail(Objects.requireNonNull(engine.failure()));
      case CLOSED -> pending.failTransfers(firstFailure(new ClosedChannelException()));
    }
  }

  private void continueHandshake() {
    if (pending.hasHandshake() && !output.isSending()) {
      perform(engine.handshake());
    }
  }

  private void transferOrClose() {
    if (pending.hasClose()) {
      continueClose();
    } else {
      decrypt();
      encrypt();
    }
  }

  private void continueClose() {
    if (output.isSending()) {
      perform(closeLimit.discardWhileSending());
      return;
    }
    TlsStep step = engine.close();
    if (step == TlsStep.Plain.RECEIVE || step == TlsStep.Plain.YIELD) {
      output.endIfAwaited();
      stage = Stage.SENT_ALL;
      step = closeLimit.limit(step);
    }
    perform(step);
  }

  private void decrypt() {
    PendingOperations.Read read = pending.read();
    if (read == null) {
      return;
    }
    ByteBuffer chosen = read.chooseBuffer(engine.available());
    TlsStep step = engine.decrypt(chosen == null ? read.dst : chosen);
    if (chosen != null && !(step instanceof TlsStep.Data)) {
      read.returnBuffer();
    }
    perform(step);
  }

  private void encrypt() {
    PendingOperations.Write write = pending.resumedWrite();
    if (output.isSending() || tasks.isRunning()) {
      return;
    }
    if (engine.state() == TlsState.FAILED) {
      send(); // the alert; the next read reports the failure, after the data before it
      return;
    }
    if (write != null && write.encrypted > 0) { // by the write before it, and not sent since
      pending.failWrite(output.failure());
      return;
    }
    try {
      if (write != null) {
        write.encrypted = engine.encrypt(write.srcs, write.count);
      }
    } catch (SSLException e) {
      pending.failWrite(e);
    }
    if (engine.hasOutgoing()) {
      send();
    } else if (write != null && write == pending.write()) { // else it has failed
      pending.completeWrite(write, 0); // its buffers are empty
    }
  }

  private void perform(TlsStep step) {
    if (step instanceof TlsStep.Data data) {
      pending.completeRead(data.bytes());
    } else if (step instanceof TlsStep.Run run) {
      tasks.run(run.task());
    } else if (step instanceof TlsStep.Failed failed) {
      fail(failed.error());
    } else {
      perform((TlsStep.Plain) step);
    }
  }

  private void perform(TlsStep.Plain step) {
    switch (step) {
      case SEND -> send();
      case RECEIVE -> input.receive();
      case YIELD -> input.goOnLater();
      case OPENED -> onOpened();
      case INPUT_ENDED -> pending.completeRead(-1);
      case INPUT_CUT -> pending.failRead(Objects.requireNonNull(engine.failure()));
      case CLOSED -> closeInner();
    }
  }

  private void send() {
    checkSent(output.send());
  }

  /** Handles ciphertext that follows a failed write, if there is a failure. */
  private void checkSent(@Nullable IOException failure) {
    if (failure != null && engine.state() == TlsState.HANDSHAKING) {
      terminate(failure);
    } else if (failure != null) {
      onOutputFailed(failure);
    }
  }

  private void onOpened() {
    timer.cancel();
    sessionInfo = new TlsSessionInfo(context, engine.session(), engine.applicationProtocol());
    pending.completeHandshake();
    pump();
  }

  // ---- termination ----

  /** Sends the alert, if there is one, and fails the pending operations after it. */
  private void fail(SSLException why) {
    if (!output.isSending() && engine.hasOutgoing()) {
      startTimeout("TLS alert", ALERT_TIMEOUT);
      checkSent(output.sendAlert());
    }
    if (!output.isSendingAlert()) {
      timer.cancel();
      pending.failTransfers(why);
    }
  }

  /** Closes the inner channel, after both close_notify alerts or without them. */
  private void closeInner() {
    timer.cancel();
    engine.terminate();
    tasks.abandon();
    pending.failHandshake(new AsynchronousCloseException());
    pending.failWrite(new AsynchronousCloseException());
    if (output.isSending()) {
      inner.abort(); // an orderly close would wait for the write
    }
    pending.completeCloseWith(inner);
  }

  /** Fails all pending operations. */
  private void terminate(IOException why) {
    timer.cancel();
    engine.terminate();
    tasks.abandon();
    pending.failTransfers(why);
    pending.failClose(why);
  }

  // ---- information ----

  @Override
  public @Nullable Object extraInfo(String name) {
    TlsSessionInfo known = sessionInfo;
    Object value = known == null ? null : known.get(name);
    return value == null ? inner.extraInfo(name) : value;
  }

  @Override
  public boolean isOpen() {
    return stage == Stage.OPEN;
  }

  @Override
  public String toString() {
    return "tls over " + inner;
  }
}
