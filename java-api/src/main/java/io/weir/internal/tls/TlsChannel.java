package io.weir.internal.tls;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.ForwardingChannel;
import io.weir.internal.concurrent.Timers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * TLS as a channel over a channel. It drives a {@link TlsEngine}: hands it what the inner channel
 * has read, sends what it has encrypted, runs its tasks elsewhere, and watches the time.
 *
 * <p>Everything that happens (a call, a completion of the inner channel, a task that has ended, a
 * time that is up) is an event of a {@link EventQueue}, and all state is confined to that. After
 * each event {@link #pump} does what can be done.
 *
 * <p>Reads and writes can be started before the handshake is over, and wait for it. There is no
 * half-close: asyncio has none with TLS, and TLS before 1.3 cannot.
 */
public final class TlsChannel extends ForwardingChannel {

  /** The kernel takes the few bytes of an alert at once, unless the peer does not read. */
  private static final Duration ALERT_TIMEOUT = Duration.ofSeconds(1);

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final SSLContext context;
  private final TlsTimeouts timeouts;
  private final TlsEnvironment environment;

  private final EventQueue events;
  private final AtomicReference<@Nullable Read> read = new AtomicReference<>();
  private final AtomicReference<@Nullable Write> write = new AtomicReference<>();
  private volatile boolean open = true;
  private volatile @Nullable TlsSessionInfo facts; // once the handshake is over

  // Confined to the events, all of these.
  private final TlsEngine engine;
  private final Receiver receiver = new Receiver();
  private final Sender sender = new Sender();
  private @Nullable CompletionHandler<@Nullable Void, @Nullable Void> handshake; // while it lasts
  private @Nullable CompletionHandler<@Nullable Void, @Nullable Void> closing; // while it lasts
  private boolean begun;
  private boolean alerting; // the peer of a failure, who is told of it first
  private boolean working; // on a task of the engine, which must be left alone then
  private @Nullable TlsTimeoutException late; // what is told when the time is up
  private Timers.@Nullable Timeout timeout; // goes with late

  /**
   * Puts TLS over a channel, which belongs to this one from then on. Nothing is sent before {@link
   * #handshake}.
   *
   * @param ssl the engine, set up with side, parameters and peer
   * @param context where it comes from
   */
  public TlsChannel(
      AsyncByteChannel inner,
      SSLEngine ssl,
      SSLContext context,
      TlsTimeouts timeouts,
      boolean truncationAsEof,
      TlsEnvironment environment) {
    super(inner);
    this.context = context;
    this.timeouts = timeouts;
    this.environment = environment;
    this.engine = new TlsEngine(ssl, environment.buffers(), truncationAsEof);
    this.events = new EventQueue(this::crashed);
  }

  // ---- what is asked for ----

  /**
   * Shakes hands with the peer. Called once.
   *
   * @param handler is told that the handshake is over, or why it failed; the channel is to be
   *     aborted then
   */
  public void handshake(CompletionHandler<@Nullable Void, @Nullable Void> handler) {
    events.post(() -> beginHandshake(handler));
  }

  @Override
  public void read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
    Read wanted = new Read(dst, handler);
    if (!read.compareAndSet(null, wanted)) {
      throw new ReadPendingException();
    }
    events.post(this::pump);
  }

  @Override
  public void write(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
    Write wanted = new Write(srcs, count, handler);
    if (!write.compareAndSet(null, wanted)) {
      throw new WritePendingException();
    }
    events.post(this::pump);
  }

  @Override
  public boolean canShutdownOutput() {
    return false;
  }

  @Override
  public void shutdownOutput() throws IOException {
    if (!open) {
      throw new ClosedChannelException();
    }
    throw new UnsupportedOperationException("TLS has no half-close: " + this);
  }

  @Override
  public void close(CompletionHandler<@Nullable Void, @Nullable Void> handler) {
    open = false;
    events.post(() -> beginClose(handler));
  }

  @Override
  public void abort() {
    open = false;
    inner.abort();
    events.post(() -> giveUp(new AsynchronousCloseException()));
  }

  // ---- events ----

  private void beginHandshake(CompletionHandler<@Nullable Void, @Nullable Void> handler) {
    handshake = handler;
    begun = true;
    if (engine.state() == TlsState.HANDSHAKING) {
      limit("TLS handshake", timeouts.handshake());
    }
    pump();
  }

  private void beginClose(CompletionHandler<@Nullable Void, @Nullable Void> handler) {
    closing = handler;
    tellRead(new AsynchronousCloseException());
    if (engine.state() == TlsState.OPEN || engine.state() == TlsState.INPUT_ENDED) {
      limit("TLS shutdown", timeouts.shutdown());
      pump();
    } else { // there is no good-bye to be said
      closeInner();
    }
  }

  /** Starts the clock; the one that has run so far is stopped. */
  private void limit(String what, Duration time) {
    cancelTimeout();
    TlsTimeoutException told = new TlsTimeoutException(what, time);
    late = told;
    timeout = environment.timers().schedule(time, () -> events.post(() -> timeIsUp(told)));
  }

  private void timeIsUp(TlsTimeoutException told) {
    if (told == late) { // else the clock was stopped in the same moment
      inner.abort();
      giveUp(closedBecause(told));
    }
  }

  /** What it has failed with, if it has; that came first. */
  private IOException closedBecause(IOException otherwise) {
    return engine.failure() == null ? otherwise : engine.failure();
  }

  private void cancelTimeout() {
    late = null;
    if (timeout != null) {
      timeout.cancel();
      timeout = null;
    }
  }

  private void taskHasRun(@Nullable Throwable failure) {
    working = false;
    if (failure == null) {
      pump();
    } else {
      crashed(failure);
    }
  }

  /** The inner channel reads no more, and not because the peer has ended its half. */
  private void inputBroke(IOException why) {
    switch (engine.state()) {
      case HANDSHAKING, CLOSING -> giveUp(why);
      case OPEN, INPUT_ENDED -> tellRead(why);
      case FAILED, CLOSED -> {} // which it is because of that
    }
  }

  /** The inner channel writes no more. */
  private void outputBroke(IOException why) {
    switch (engine.state()) {
      case HANDSHAKING -> receiver.receive(); // it may have been told why
      case OPEN, INPUT_ENDED -> {
        tellWrite(why);
        if (closing != null) {
          shutDown(); // which has waited for what was being sent
        }
      }
      case CLOSING -> goodByeNotSent(why);
      case FAILED -> pump(); // the peer cannot be told why
      case CLOSED -> {} // which it is because of that
    }
  }

  /** Who has said good-bye and gone cannot be answered, and does not mind. */
  private void goodByeNotSent(IOException why) {
    if (engine.hasEnded()) {
      closeInner();
    } else {
      giveUp(why);
    }
  }

  /** A bug, or no memory. */
  private void crashed(Throwable failure) {
    working = false;
    inner.abort();
    giveUp(new BrokenDownException(failure));
  }

  // ---- the pump ----

  /** Does what can be done now. */
  private void pump() {
    boolean over = engine.state() == TlsState.FAILED || engine.state() == TlsState.CLOSED;
    if (working && !over) {
      return;
    }
    switch (engine.state()) {
      case HANDSHAKING -> shakeHands();
      case OPEN, INPUT_ENDED -> carryOrShutDown();
      case CLOSING -> shutDown();
      case FAILED -> fail(Objects.requireNonNull(engine.failure()));
      case CLOSED -> refuse(closedBecause(new ClosedChannelException()));
    }
  }

  private void shakeHands() {
    if (begun && !sender.busy) {
      perform(engine.handshake());
    }
  }

  private void carryOrShutDown() {
    if (closing == null) {
      decrypt();
      encrypt();
    } else {
      shutDown();
    }
  }

  private void shutDown() {
    if (!sender.busy) {
      perform(engine.close());
    }
  }

  private void refuse(IOException why) {
    tellHandshake(why);
    tellRead(why);
    tellWrite(why);
  }

  private void decrypt() {
    Read wanted = read.get();
    if (wanted != null) {
      perform(engine.decrypt(wanted.dst));
    }
  }

  private void encrypt() {
    Write wanted = write.get();
    if (sender.busy || working) {
      return;
    }
    if (engine.state() == TlsState.FAILED) {
      sender.send(); // the alert; the failure itself is told behind the data before it
      return;
    }
    try {
      engine.answer();
      if (wanted != null) {
        wanted.taken = engine.encrypt(wanted.srcs, wanted.count);
      }
    } catch (SSLException e) {
      tellWrite(e);
    }
    if (engine.hasOutgoing()) {
      sender.send();
    } else if (wanted != null) {
      tellWritten(wanted); // there was nothing in it
    }
  }

  private void perform(TlsStep step) {
    if (step instanceof TlsStep.Data data) {
      tellRead(data.bytes());
    } else if (step instanceof TlsStep.Run run) {
      run(run.task());
    } else if (step instanceof TlsStep.Failed failed) {
      fail(failed.error());
    } else {
      perform((TlsStep.Plain) step);
    }
  }

  private void perform(TlsStep.Plain step) {
    switch (step) {
      case SEND -> sender.send();
      case RECEIVE -> receiver.receive();
      case OPENED -> opened();
      case INPUT_ENDED -> tellRead(-1);
      case CLOSED -> closeInner();
    }
  }

  private void run(Runnable task) {
    working = true;
    environment.tasks().execute(() -> runThenGoOn(task));
  }

  private void runThenGoOn(Runnable task) {
    Throwable thrown = null;
    try {
      task.run();
    } catch (Throwable failure) { // the JDK lets Errors out, and would ask for the task for ever
      thrown = failure;
    }
    goOn(thrown);
  }

  private void goOn(@Nullable Throwable failure) {
    Runnable event = () -> taskHasRun(failure);
    try {
      environment.completions().execute(() -> events.post(event));
    } catch (Throwable refused) { // or no thread could be made
      events.post(event);
    }
  }

  private void opened() {
    cancelTimeout();
    facts = new TlsSessionInfo(context, engine.session(), engine.applicationProtocol());
    tellHandshake(null);
    pump();
  }

  // ---- the end ----

  /** Tells the peer why, as far as it takes it; then those here, who close the channel. */
  private void fail(SSLException why) {
    if (!sender.busy && engine.hasOutgoing()) {
      limit("TLS alert", ALERT_TIMEOUT);
      alerting = true;
      sender.send();
    }
    if (!alerting) {
      cancelTimeout();
      tellHandshake(why);
      refuse(why);
    }
  }

  /** Both sides have said good-bye, or there is no good-bye to be said. */
  private void closeInner() {
    cancelTimeout();
    engine.giveUp();
    tellHandshake(new AsynchronousCloseException());
    tellWrite(new AsynchronousCloseException());
    if (sender.busy) {
      inner.abort(); // it cannot be closed in order
    }
    CompletionHandler<@Nullable Void, @Nullable Void> handler = closing;
    if (handler != null) {
      events.notify(() -> inner.close(handler));
      closing = null;
    }
  }

  private void giveUp(IOException why) {
    cancelTimeout();
    engine.giveUp();
    tellHandshake(why);
    tellRead(why);
    tellWrite(why);
    CompletionHandler<@Nullable Void, @Nullable Void> handler = closing;
    if (handler != null) {
      events.notify(() -> handler.failed(why, null));
      closing = null;
    }
  }

  // ---- who is told ----

  // (Who cannot be told, as there is no memory, is not forgotten: giving up tells them.)

  private void tellHandshake(@Nullable IOException failure) {
    CompletionHandler<@Nullable Void, @Nullable Void> handler = handshake;
    if (handler != null) {
      events.notify(
          failure == null
              ? () -> handler.completed(null, null)
              : () -> handler.failed(failure, null));
      handshake = null;
    }
  }

  private void tellRead(int count) {
    Read told = read.get();
    if (told != null) {
      events.notify(() -> told.handler.completed(count, null));
      read.set(null);
    }
  }

  private void tellRead(IOException failure) {
    Read told = read.get();
    if (told != null) {
      events.notify(() -> told.handler.failed(failure, null));
      read.set(null);
    }
  }

  private void tellWritten(Write told) {
    if (write.get() == told) {
      events.notify(() -> told.handler.completed(told.taken, null));
      write.set(null);
    }
  }

  private void tellWrite(IOException failure) {
    Write told = write.get();
    if (told != null) {
      events.notify(() -> told.handler.failed(failure, null));
      write.set(null);
    }
  }

  private static IOException asIoException(Throwable error) {
    return error instanceof IOException known ? known : new IOException(error.toString(), error);
  }

  // ---- facts ----

  @Override
  public @Nullable Object extraInfo(String name) {
    TlsSessionInfo known = facts;
    Object value = known == null ? null : known.get(name);
    return value == null ? inner.extraInfo(name) : value;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public String toString() {
    return "tls over " + inner;
  }

  /**
   * A read that was asked for.
   *
   * @param dst where the plaintext goes
   * @param handler who is told
   */
  private record Read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {}

  /** A write that was asked for. */
  private static final class Write {

    final ByteBuffer[] srcs;
    final int count;
    final CompletionHandler<Long, @Nullable Void> handler;
    long taken; // of which the ciphertext is being sent; confined to the events

    Write(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
      this.srcs = srcs;
      this.count = count;
      this.handler = handler;
    }
  }

  /** Brings ciphertext in from the inner channel. */
  private final class Receiver implements CompletionHandler<Integer, @Nullable Void> {

    private boolean busy; // confined to the events
    private @Nullable IOException broken; // confined to the events

    void receive() {
      if (broken != null) {
        inputBroke(broken);
      } else if (!busy) {
        busy = true;
        inner.read(engine.room(), this);
      }
    }

    @Override
    public void completed(Integer count, @Nullable Void attachment) {
      events.post(() -> received(count));
    }

    private void received(int count) {
      busy = false;
      if (count < 0) {
        engine.receivedEnd();
      } else {
        engine.received(count);
      }
      pump();
    }

    @Override
    public void failed(Throwable error, @Nullable Void attachment) {
      events.post(() -> broke(asIoException(error)));
    }

    private void broke(IOException why) {
      busy = false;
      broken = why;
      inputBroke(why);
    }
  }

  /** Takes ciphertext out to the inner channel. */
  private final class Sender implements CompletionHandler<Long, @Nullable Void> {

    private final ByteBuffer[] batch = {NOTHING}; // confined to the events
    private boolean busy; // confined to the events
    private @Nullable IOException broken; // confined to the events

    /** Sends what there is to send, unless it is at it. */
    void send() {
      if (busy || !engine.hasOutgoing()) {
        return;
      }
      if (broken != null) {
        done();
        couldNotSend(broken);
        return;
      }
      busy = true;
      batch[0] = engine.outgoing();
      inner.write(batch, 1, this);
    }

    private void couldNotSend(IOException why) {
      if (engine.state() == TlsState.HANDSHAKING) {
        giveUp(why);
      } else {
        outputBroke(why);
      }
    }

    @Override
    public void completed(Long count, @Nullable Void attachment) {
      events.post(this::wrote);
    }

    private void wrote() {
      if (engine.outgoing().hasRemaining() && engine.state() != TlsState.CLOSED) {
        inner.write(batch, 1, this);
        return;
      }
      done();
      Write written = write.get();
      if (written != null && written.taken > 0) {
        tellWritten(written);
      }
      pump();
    }

    private void done() {
      busy = false;
      alerting = false;
      batch[0] = NOTHING; // the buffer is for others now
      engine.sent();
    }

    @Override
    public void failed(Throwable error, @Nullable Void attachment) {
      events.post(() -> broke(asIoException(error)));
    }

    private void broke(IOException why) {
      done();
      broken = why;
      outputBroke(why);
    }
  }
}
