package io.weir.internal.stream;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.CloseReason;
import io.weir.ConnectionInfo;
import io.weir.TlsException;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.StackRoom;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.concurrent.Timers;
import io.weir.internal.concurrent.Trampoline;
import io.weir.internal.stream.Lifecycle.Step;
import io.weir.internal.tls.TlsChannelFactory;
import io.weir.internal.tls.TlsEnvironment;
import io.weir.internal.tls.TlsSetup;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One connection: the lock, and the code that turns events into steps. It is written in layers, one
 * file each. A layer calls those below it, and its abstract methods are calls to those above:
 *
 * <pre>
 *   Connection         what programs and servers do: TLS, closing, timeouts
 *   ChannelLifecycle   performs the steps of Lifecycle, and closes the connection
 *   ChannelOutput      writes to the channel, as OutputState says
 *   ChannelInput       reads the channel, as InputState says
 *   DecodingInput      reads of the program by decoders
 *   StreamInput        reads of the program; the lock
 * </pre>
 *
 * <p>The lock is this object. Every event has one shape: the states ({@link Lifecycle}, {@link
 * InputState}, {@link OutputState}) decide under the lock, which is held for a few lines, and the
 * step is performed outside it. Channels are called and futures are completed without the lock.
 * Reader, writer and transport are views of this object, for any thread.
 */
public final class Connection extends ChannelLifecycle {

  /** Receives the events of a connection. Called without the lock. */
  @FunctionalInterface
  public interface Owner {

    /** A TLS handshake has succeeded. */
    default void onHandshake(Connection connection, Duration duration) {}

    /** The connection has closed. Called once. */
    void onClosed(Connection connection);
  }

  /** Null when the connection has closed. */
  @GuardedBy("this")
  private @Nullable Owner owner;

  /**
   * Creates the connection of a channel. Nothing is read before {@link #start}.
   *
   * @param owner receives its events
   */
  public Connection(
      AsyncByteChannel channel, ConnectionSettings settings, Timers timers, Owner owner) {
    super(channel, settings, completions(channel, settings), timers);
    this.owner = owner;
  }

  private static CompletionExecutor completions(
      AsyncByteChannel channel, ConnectionSettings settings) {
    CompletionExecutor ofChannel = channel.completions();
    return settings.callbackExecutor() == null
        ? ofChannel
        : ofChannel.submittingTo(settings.callbackExecutor());
  }

  /** Starts the idle and read timeouts. Call once. */
  public void watch() {
    if (watchdog != null) {
      watchdog.progressed();
      watchdog.start();
    }
  }

  /** Starts reading from the channel. A pending read may have done so already. */
  public void start() {
    Trampoline here = enterRareCall();
    try {
      synchronized (this) {
        input.updateRoom();
      }
      readOn();
    } finally {
      here.exit();
    }
  }

  @Override
  public void onClosed() {
    Owner last;
    synchronized (this) {
      last = Objects.requireNonNull(owner, "closed twice");
      owner = null;
    }
    last.onClosed(this);
  }

  /** Replaces the owner by one that calls it; returns null when the connection has closed. */
  public synchronized <O extends Owner> @Nullable O replaceOwner(Function<Owner, O> replacement) {
    if (owner == null) {
      return null;
    }
    O replaced = replacement.apply(owner);
    owner = replaced;
    return replaced;
  }

  public synchronized boolean isReading() {
    return lifecycle.isOpen() && input.isReading();
  }

  // ---- TLS ----

  /**
   * Starts TLS after the queued bytes. What a server has buffered is the start of the handshake;
   * what a client has buffered fails the connection.
   *
   * @param told completes the future
   * @return completes after the handshake; when that fails, the connection closes
   */
  public CompletableFuture<@Nullable Void> startTls(
      TlsSetup layer, TlsEnvironment outside, CompletionExecutor told) {
    Trampoline here = enterRareCall();
    try {
      TlsChannelFactory maker;
      try {
        maker = layer.channelFactory(outside);
      } catch (Throwable e) { // of the program's SSLContext, or OutOfMemoryError
        IOException why =
            e instanceof IOException io ? io : new IOException("TLS cannot be set up: " + e, e);
        finish(why);
        return StreamFuture.failed(why);
      }
      TlsUpgrade upgrade = new TlsUpgrade(layer, maker, told, this::handshakeOver);
      Throwable refusal;
      synchronized (this) {
        refusal = checkStartTls(layer);
        if (refusal instanceof IOException own) {
          input.bytes().failing(own);
        } else if (refusal == null) {
          tls = upgrade;
          output.switchTo(switchReads(upgrade::channelOver));
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
  private @Nullable Throwable checkStartTls(TlsSetup layer) {
    if (!lifecycle.isOpen()) {
      IOException loss = lifecycle.loss();
      return loss == null ? ConnectionLoss.closed(lifecycle.isClosedByPeer()) : loss;
    }
    if (tls != null && !tls.isOver()) {
      return new IllegalStateException(
          "startTls() while a TLS handshake is under way: wait for it");
    }
    if (output.hasWrittenEof()) {
      return new IllegalStateException(
          "Cannot call startTls() after writeEof(): the outgoing half is closed");
    }
    return layer.checkNoPlaintext(input.bytes().size());
  }

  /** Everything that was queued before TLS has been sent. */
  @Override
  public void switched() {
    TlsUpgrade upgrade;
    long sent;
    synchronized (this) {
      upgrade = tls;
      sent = output.sentBytes();
    }
    if (isClosing()) {
      finish(null);
    } else if (upgrade != null) {
      if (watchdog != null) {
        watchdog.suspendFor(upgrade);
      }
      upgrade.handshake(stateTimer.timers().nanoTime(), sent);
    }
  }

  private void handshakeOver(TlsUpgrade upgrade, @Nullable Throwable error) {
    Trampoline here = enterEvent();
    try {
      progressed();
      if (error == null) {
        Owner present;
        synchronized (this) {
          output.restartTime(now());
          present = owner;
        }
        if (present != null) {
          present.onHandshake(this, upgrade.duration(stateTimer.timers().nanoTime()));
        }
        upgrade.layer().handshakeSucceeded();
        upgrade.complete();
        return;
      }
      IOException why = upgrade.layer().handshakeFailure(error);
      synchronized (this) {
        input.bytes().failing(why);
      }
      if (!(error instanceof AsynchronousCloseException)) { // else it is closing already
        finish(why);
      }
      upgrade.fail(why);
    } catch (Throwable failure) {
      crash = failure;
      crashed();
    } finally {
      here.exit();
    }
  }

  // ---- closing ----

  /** Accepts no more in either direction, writes what is queued, then closes the channel. */
  public void close() {
    close(/* lingers= */ false);
  }

  /**
   * Closes, and discards what the peer still sends: unread bytes would make the kernel send a
   * reset, which can destroy what the peer has not read yet.
   */
  public void closeAndLinger() {
    close(/* lingers= */ true);
  }

  private void close(boolean lingers) {
    Trampoline here = enterRareCall();
    try {
      Step step;
      boolean discards;
      synchronized (this) {
        step = lifecycle.close();
        apply(step);
        discards = lingers && lifecycle.isClosingInOrder();
        if (discards) { // even after an earlier close() that does not
          input.discard();
        }
      }
      if (discards) {
        channel().hurryClose(); // first: else a close of TLS stops after a mebibyte
      }
      perform(step);
      if (discards) {
        readOn();
      }
    } catch (Throwable error) {
      crash = error;
      crashed();
    } finally {
      here.exit();
    }
  }

  /** Closes because a handler has failed, unless the connection is closing already. */
  public void closeAsHandlerFailed(Throwable failure) {
    event(state -> state.closeBecause(failure));
  }

  /** Closes because the server is stopping. */
  public void closeAsServerStops() {
    endInputAsServerStops();
    closeAndLinger();
  }

  /**
   * Ends the input after the buffered bytes, and discards what arrives from now on. This is not a
   * clean EOF: a message that is cut off must not look complete.
   */
  public void endInputAsServerStops() {
    Trampoline here = enterRareCall();
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

  /** Whether an error only reports that the server is being shut down or the runtime closed. */
  public synchronized boolean hasStoppedReadingBy(Throwable error) {
    return error == input.exception() && input.failure() == null;
  }

  /**
   * Whether a future of this connection has failed with an error: a read, a drain, a handshake or
   * {@link #waitClosed}. Another connection may have failed with the same class of exception.
   */
  public synchronized boolean hasFailedBy(Throwable error) {
    return ConnectionLoss.isSame(error, input.exception())
        || ConnectionLoss.isSame(error, input.bytes().lastFailure())
        || ConnectionLoss.isSame(error, output.failure())
        || ConnectionLoss.isSame(error, lifecycle.loss());
  }

  /**
   * Closes, and aborts when that takes too long.
   *
   * @return completes when the connection has closed, with the reason
   */
  public CompletableFuture<CloseReason> closeGracefully(Duration time) {
    StackRoom.require();
    CompletableFuture<@Nullable Void> closed = waitClosed(null);
    try {
      Timers.Timeout deadline =
          stateTimer.timers().schedule(time, () -> cutShort(CloseReason.Kind.TIMED_OUT));
      closed.whenComplete((nothing, lost) -> deadline.cancel());
      closeAndLinger();
    } catch (Throwable error) { // without a timer nothing would limit the wait
      crash = error;
      crashed();
    }
    return closed.handle((nothing, lost) -> Objects.requireNonNull(closeReason()));
  }

  /** Drops what is queued and closes the channel now. */
  public void abort() {
    event(state -> state.abort(CloseReason.Kind.ABORTED));
  }

  /** Aborts, because the runtime is closed. A message that this cuts off must not look complete. */
  public void abortAsRuntimeCloses() {
    synchronized (this) {
      if (lifecycle.isOpen()) {
        input.end(StreamEnd.runtimeClosed());
      }
    }
    abort();
  }

  /**
   * Aborts, because the time of the shutdown is up.
   *
   * @return whether this abort closes the connection; false when it was closed before, or is
   *     closing in order and has sent everything. True also for a connection that the peer has
   *     broken and whose last input was being read, although its reason stays RESET
   */
  public boolean abortAsServerStops() {
    return cutShort(CloseReason.Kind.ABORTED);
  }

  private boolean cutShort(CloseReason.Kind kind) {
    Trampoline here = enterRareCall();
    boolean aborts = false;
    try {
      Step step;
      synchronized (this) {
        boolean allHandedOver = output.size() == 0 && channel().hasSentAll();
        aborts = lifecycle.isCutShort(allHandedOver);
        step = lifecycle.cutShort(kind, allHandedOver);
        apply(step);
      }
      perform(step);
    } catch (Throwable error) {
      crash = error;
      crashed();
    } finally {
      here.exit();
    }
    return aborts;
  }

  /** Whether the connection is closed, closing or lost. */
  public synchronized boolean isClosing() {
    return !lifecycle.isOpen();
  }

  /**
   * Returns a future that completes when the connection has closed; it fails with the loss.
   *
   * @param writer stays reachable until the future is done; null for none
   */
  public synchronized CompletableFuture<@Nullable Void> waitClosed(@Nullable Object writer) {
    if (!lifecycle.isClosed()) {
      StreamFuture<@Nullable Void> waiter = new HoldingFuture(writer);
      lifecycle.addWaiter(waiter);
      return waiter;
    }
    IOException loss = lifecycle.loss();
    return loss == null ? StreamFuture.done() : StreamFuture.failed(loss);
  }

  /** Why the connection has closed; null before. */
  public synchronized @Nullable CloseReason closeReason() {
    return lifecycle.reason();
  }

  /** What went wrong while the connection was closed, if no future has reported it; or null. */
  public synchronized @Nullable IOException unreportedLoss() {
    return lifecycle.unreportedLoss();
  }

  public synchronized ConnectionInfo info() {
    Duration age = Duration.ofNanos(stateTimer.timers().nanoTime() - lifecycle.openedAt);
    SocketAddress peer = channel().remoteAddress();
    return new ConnectionInfo(peer, age, input.receivedBytes(), output.sentBytes(), isClosing());
  }

  @Override
  public String toString() {
    String state;
    synchronized (this) {
      state = lifecycle.toString();
    }
    return state + " " + channel();
  }
}
