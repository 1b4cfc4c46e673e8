package io.weir.internal.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.AsyncServerChannel;
import io.weir.internal.concurrent.AsyncOperation;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.LowMemory;
import io.weir.internal.concurrent.TimerSlot;
import io.weir.internal.concurrent.Timers;
import io.weir.internal.concurrent.Trampoline;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.Iterator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Accepts one connection after another on one listening channel. The next accept is armed before a
 * connection is passed on, so that no handler can stop it. After a failure it pauses for a second,
 * because the usual one, EMFILE, would recur at once. The operation counts as outstanding until the
 * pause ends.
 */
public final class AcceptLoop implements CompletionHandler<AsyncByteChannel, @Nullable Void> {

  /** Receives the connections. Called without the lock. May throw only an OutOfMemoryError. */
  public interface Owner {

    /**
     * Decides about an accepted connection, which belongs to the owner from now on.
     *
     * @return whether to pass the connection to {@link #accepted} after the next accept is armed
     */
    boolean admit(AsyncByteChannel connection);

    /**
     * Returns whether to accept another connection. After false, the owner calls {@link #run}
     * later.
     */
    boolean wantsMore();

    /** Serves an admitted connection. The loop aborts the connection when this throws. */
    void accepted(AsyncByteChannel connection);

    /** Reports that accepting has failed. The loop continues after a pause. */
    void acceptFailed(Throwable cause);
  }

  /** The pause after a failure, the same as in asyncio. */
  public static final Duration PAUSE = Duration.ofSeconds(1);

  private static final long RETRY_MILLIS = 10;

  static {
    LowMemory.load();
  }

  private final AsyncServerChannel channel;
  private final CompletionExecutor reports;
  private final Owner owner;
  private final TimerSlot pause; // closed when the loop is
  private final LowMemory.Step startPause = this::pause; // allocated while there is memory
  private final Runnable startPauseLater = this::startPauseLater;

  @GuardedBy("this")
  private final AsyncOperation<AsyncByteChannel> operation = new AsyncOperation<>();

  @GuardedBy("this")
  private int pauses; // the number so far; only the timer of the last one counts

  /**
   * Creates a loop that does not accept yet.
   *
   * @param reports runs the program's listener after a failure, and the attempts to pause after an
   *     OutOfMemoryError
   */
  public AcceptLoop(
      AsyncServerChannel channel, Timers timers, CompletionExecutor reports, Owner owner) {
    this.channel = channel;
    this.pause = new TimerSlot(timers);
    this.reports = reports;
    this.owner = owner;
  }

  public AsyncServerChannel channel() {
    return channel;
  }

  /** Accepts as long as the owner wants more. Does nothing when an accept is armed already. */
  public void run() {
    if (owner.wantsMore() && arm()) {
      handleSafely();
    }
  }

  /** Stops listening. */
  public void close() {
    try {
      pause.close();
    } finally {
      channel.close();
    }
  }

  /** Closes all loops. When closing one throws, the others are closed too. */
  static void closeAll(Iterator<AcceptLoop> loops) {
    if (loops.hasNext()) {
      try {
        loops.next().close();
      } finally {
        closeAll(loops);
      }
    }
  }

  /**
   * Arms an accept unless one is outstanding. Returns whether it has completed inside this call.
   */
  private boolean arm() {
    synchronized (this) {
      if (pause.isClosed() || !operation.isIdle()) {
        return false;
      }
      operation.start();
    }
    try {
      channel.accept(this);
    } catch (Throwable thrown) { // no memory, or the program accepts on its channel as well
      failed(thrown, null);
    }
    synchronized (this) {
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
    synchronized (this) {
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

  /** Handles the outcome. An exception would terminate the thread that serves the channel. */
  private void handleSafely() {
    try {
      handle();
    } catch (Throwable noMemory) { // an OutOfMemoryError again
      pauseWithoutMemory();
    }
  }

  private void pauseWithoutMemory() {
    synchronized (this) {
      if (!operation.isHandling() && !operation.isIdle()) {
        return; // the next accept is armed
      }
    }
    if (!LowMemory.retry(startPause)) {
      reports.run(startPauseLater); // this thread may be that of a loop, which must not wait
    }
  }

  private void startPauseLater() {
    LowMemory.retryUntilDone(startPause, RETRY_MILLIS);
  }

  private void handle() {
    boolean more = true;
    while (more) {
      AsyncByteChannel accepted;
      Throwable cause;
      synchronized (this) {
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
        passOn(accepted);
      }
    }
  }

  private void passOn(AsyncByteChannel accepted) {
    try {
      owner.accepted(accepted);
    } catch (Throwable noMemory) { // an OutOfMemoryError again
      accepted.abort();
      throw noMemory;
    }
  }

  private boolean armNext() {
    synchronized (this) {
      operation.finish(); // first, so that a thread that makes room after wantsMore() can arm it
    }
    return owner.wantsMore() && arm();
  }

  /** Reports a failure after this event or call, and then pauses. */
  private void pauseAfter(Throwable cause) {
    if (!pause.isClosed()) {
      reports.run(() -> reportAndPause(cause));
    }
  }

  private void reportAndPause(Throwable cause) {
    try {
      owner.acceptFailed(cause);
      pause();
    } catch (Throwable noMemory) { // for the timer
      pauseWithoutMemory();
    }
  }

  private void pause() {
    int number = nextPause();
    pause.start(PAUSE, () -> finishPause(number));
  }

  private synchronized int nextPause() {
    return ++pauses;
  }

  private void finishPause(int number) {
    synchronized (this) {
      if (number != pauses) { // the timer of an attempt to pause that found no memory
        return;
      }
      if (operation.isHandling()) { // else the next accept is armed already, or will be now
        operation.finish();
      }
    }
    run();
  }
}
