package io.weir;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.AsyncServerChannel;
import io.weir.internal.concurrent.AsyncOperation;
import io.weir.internal.concurrent.Timers;
import io.weir.internal.concurrent.Trampoline;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Accepts one connection after another on one listening channel. The next accept is armed before a
 * connection is handed over, so that no handler can stop it. After a failure (out of file handles,
 * mostly, which would fail again at once) it pauses for a second; the operation counts as
 * outstanding until then.
 */
final class AcceptLoop implements CompletionHandler<AsyncByteChannel, @Nullable Void> {

  /** Who gets the connections. Called without the lock; must not throw. */
  interface Owner {

    /** A connection has come and is the owner's; true when it is to be served now. */
    boolean admit(AsyncByteChannel connection);

    /**
     * Whether another connection is to be accepted. Who says no runs the loop again when it is
     * time.
     */
    boolean wantsMore();

    /** A connection that was admitted is to be served. */
    void accepted(AsyncByteChannel connection);

    /** Accepting has failed, and goes on after a pause. */
    void acceptFailed(Throwable cause);
  }

  /** How long to pause after a failure, as in asyncio. */
  static final Duration PAUSE = Duration.ofSeconds(1);

  static {
    LockSupport.parkNanos(0); // is loaded now: later there may be no memory for that
  }

  /** How often a timer is asked for when there is no memory; the JVM collects each time. */
  private static final int TRIES_WITHOUT_MEMORY = 10;

  private final AsyncServerChannel channel;
  private final Timers timers;
  private final Owner owner;

  private final Object lock = new Object();
  private final AsyncOperation<AsyncByteChannel> operation =
      new AsyncOperation<>(); // guarded by lock
  private boolean closed; // guarded by lock
  private Timers.@Nullable Timeout pause; // guarded by lock
  private int pauses; // so far: only the end of the last one counts; guarded by lock

  AcceptLoop(AsyncServerChannel channel, Timers timers, Owner owner) {
    this.channel = channel;
    this.timers = timers;
    this.owner = owner;
  }

  AsyncServerChannel channel() {
    return channel;
  }

  /** Accepts from now on, as the owner wants. Does nothing when it does already. */
  void run() {
    if (owner.wantsMore() && arm()) {
      handleSafely();
    }
  }

  /** Stops listening. */
  void close() {
    Timers.Timeout timeout;
    synchronized (lock) {
      closed = true;
      timeout = pause;
      pause = null;
    }
    if (timeout != null) {
      timeout.cancel();
    }
    channel.close();
  }

  /** Arms an accept unless there is one; true when it has completed at once. */
  private boolean arm() {
    synchronized (lock) {
      if (closed || !operation.isIdle()) {
        return false;
      }
      operation.start();
    }
    try {
      channel.accept(this);
    } catch (
        Throwable thrown) { // as who handed the channel over accepts on it as well, or no memory
      failed(thrown, null);
    }
    synchronized (lock) {
      return operation.started();
    }
  }

  @Override
  public void completed(AsyncByteChannel accepted, @Nullable Void attachment) {
    complete(accepted, null);
  }

  @Override
  public void failed(Throwable cause, @Nullable Void attachment) {
    complete(null, cause);
  }

  private void complete(@Nullable AsyncByteChannel accepted, @Nullable Throwable cause) {
    synchronized (lock) {
      if (!operation.completed(accepted, cause)) {
        return;
      }
    }
    Trampoline here = Trampoline.enterEvent();
    try {
      handleSafely();
    } finally {
      here.exit();
    }
  }

  /** What is let out would end the thread that carries the channel, and all that it carries. */
  private void handleSafely() {
    try {
      handle();
    } catch (Throwable noMemory) { // not even to report that there is none
      goOnWithoutMemory();
    }
  }

  private void goOnWithoutMemory() {
    synchronized (lock) {
      if (!operation.isHandling() && !operation.isIdle()) {
        return; // the next accept has been armed before
      }
    }
    boolean paused = false;
    for (int tries = 0; !paused && tries < TRIES_WITHOUT_MEMORY; tries++) {
      paused = triesToPause();
    }
    if (!paused) {
      LockSupport.parkNanos(PAUSE.toNanos());
      endPause(lastPause());
    }
  }

  private boolean triesToPause() {
    try {
      pause();
      return true;
    } catch (Throwable noneForATimer) {
      return false;
    }
  }

  private void handle() {
    boolean more = true;
    while (more) {
      AsyncByteChannel accepted;
      Throwable cause;
      synchronized (lock) {
        accepted = operation.result();
        cause = operation.failure();
      }
      if (accepted == null) {
        pauseAfter(Objects.requireNonNull(cause));
        return;
      }
      boolean admitted = owner.admit(accepted);
      more = armNext();
      if (admitted) {
        hand(accepted);
      }
    }
  }

  private void hand(AsyncByteChannel accepted) {
    try {
      owner.accepted(accepted);
    } catch (Throwable noMemory) { // not even to report that there is none
      accepted.abort();
      throw noMemory;
    }
  }

  private boolean armNext() {
    synchronized (lock) {
      operation.finish(); // before asking, so that whoever makes room after the answer arms it
    }
    return owner.wantsMore() && arm();
  }

  private void pauseAfter(Throwable cause) {
    synchronized (lock) {
      if (closed) {
        return;
      }
    }
    owner.acceptFailed(cause);
    pause();
  }

  private void pause() {
    int number = nextPause();
    Timers.Timeout timeout = timers.schedule(PAUSE, () -> endPause(number));
    synchronized (lock) {
      if (!closed) {
        pause = timeout;
        return;
      }
    }
    timeout.cancel();
  }

  private int nextPause() {
    synchronized (lock) {
      return ++pauses;
    }
  }

  private int lastPause() {
    synchronized (lock) {
      return pauses;
    }
  }

  private void endPause(int number) {
    synchronized (lock) {
      if (number != pauses) { // its timer was started, although there was no memory to say so
        return;
      }
      pause = null;
      if (operation.isHandling()) { // else the next accept is armed already, or will be now
        operation.finish();
      }
    }
    run();
  }
}
