package io.weir;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.LateReader;
import io.weir.internal.channel.PushbackChannel;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Carries bytes from the channel into the {@link Inbox}: one read is outstanding at most, and none
 * while reading is paused. A read belongs to the connection, never to a user's read; it is never
 * cancelled and never timed.
 *
 * <p>The phases:
 *
 * <pre>
 *   RUNNING ---- salvage() ---> SALVAGING: reads on, paused or not, until the channel has no more
 *      |                            |
 *      |-------- discard() --> DISCARDING: the same, and throws away what it reads
 *      |                            |
 *      +---- end of the stream -----+---> STOPPED: what still completes is thrown away
 *      +--------- stop() -----------+        (and back to DISCARDING, unless it was the end)
 *      |
 *      +--------- handOver() -----------> HANDED_OVER: what still completes goes to who reads on
 * </pre>
 */
final class ReadPump implements LateReader {

  /** Who is told how reading ended. Called without the lock. */
  interface Owner {

    /** The peer has ended its half. */
    void readEnded();

    /** Reading has failed. */
    void readFailed(Throwable cause);

    /** Bytes have been read. Called under the lock. */
    void progressed();
  }

  private enum Phase {
    RUNNING,
    SALVAGING,
    DISCARDING,
    STOPPED,
    HANDED_OVER
  }

  private static final int EOF = -1;

  private final Object lock;
  private final AsyncByteChannel channel;
  private final @Nullable ByteBuffer shared; // of the channel
  private final Inbox inbox;
  private final Owner owner;

  private final OneOperation operation = new OneOperation(); // guarded by lock
  private Phase phase = Phase.RUNNING; // guarded by lock
  private boolean over; // the stream or the channel has ended, so no more for good; guarded by lock
  private boolean paused; // guarded by lock; by the user
  private @Nullable ByteBuffer landing; // of a read, until its outcome is taken; guarded by lock
  private boolean direct; // the landing is the buffer of who waits; guarded by lock
  private @Nullable PushbackChannel heir; // who reads on, in HANDED_OVER; guarded by lock
  private int count; // of the read that has completed; guarded by lock
  private @Nullable Throwable error; // of the read that has completed; guarded by lock

  ReadPump(Object lock, AsyncByteChannel channel, Inbox inbox, Owner owner) {
    this.lock = lock;
    this.channel = channel;
    this.shared = channel.sharedBuffer();
    this.inbox = inbox;
    this.owner = owner;
  }

  /** Starts a read if one is wanted and none is outstanding. Not to be called under the lock. */
  void run() {
    try {
      pump(/* handled= */ false);
    } catch (Throwable failure) {
      fail(failure);
    }
  }

  /** A bug, or no memory for a buffer, ends the connection as any other failure does. */
  private void fail(Throwable failure) {
    owner.readFailed(failure);
    inbox.deliver(); // who was being tried when it ended, if that was before
  }

  /**
   * Reads for as long as reads complete inside.
   *
   * @param handled whether a read has completed and been handled here, so that it is our turn
   */
  private void pump(boolean handled) {
    boolean turn = handled;
    while (true) {
      ByteBuffer room = prepare(turn);
      if (room == null) {
        return;
      }
      channel.read(room, this);
      @Nullable Runnable tell;
      synchronized (lock) {
        if (!operation.started()) {
          return;
        }
        tell = takeOutcome();
      }
      tellAndDeliver(tell);
      turn = true;
    }
  }

  private @Nullable ByteBuffer prepare(boolean turn) {
    synchronized (lock) {
      if (turn) {
        operation.idle();
      }
      if (!operation.isIdle() || !wanted()) {
        return null;
      }
      landing = shared == null ? inbox.buffer().landing() : shared;
      operation.start();
      return landing;
    }
  }

  private boolean wanted() {
    return switch (phase) {
      case RUNNING -> !paused && inbox.hasRoom();
      case SALVAGING, DISCARDING -> true;
      case STOPPED, HANDED_OVER -> false;
    };
  }

  @Override
  public @Nullable ByteBuffer betterBuffer() {
    if (!inbox.mayFillDirectly()) {
      return null;
    }
    synchronized (lock) {
      ByteBuffer better = phase == Phase.RUNNING ? inbox.tryDirectly() : null;
      direct = better != null;
      landing = better == null ? shared : better;
      return better;
    }
  }

  @Override
  public void nothingCame() {
    synchronized (lock) {
      if (!direct) {
        return;
      }
      giveBackDirect();
      landing = shared;
    }
    inbox.deliver();
  }

  private void giveBackDirect() {
    direct = false;
    inbox.nothingCame();
  }

  @Override
  public void completed(Integer bytes, @Nullable Void attachment) {
    complete(bytes, null);
  }

  @Override
  public void failed(Throwable cause, @Nullable Void attachment) {
    complete(0, cause);
  }

  private void complete(int bytes, @Nullable Throwable cause) {
    try {
      @Nullable Runnable tell;
      synchronized (lock) {
        count = bytes;
        error = cause;
        if (!operation.completed()) {
          return;
        }
        tell = takeOutcome();
      }
      tellAndDeliver(tell);
      pump(/* handled= */ true);
    } catch (Throwable failure) {
      fail(failure);
    }
  }

  /**
   * Takes what the read has brought. The operation stays occupied, so that nobody reads on. Called
   * under the lock.
   *
   * @return what is to be done after the lock, before what is in the inbox is delivered; or null
   */
  private @Nullable Runnable takeOutcome() {
    if (direct && heir == null && count > 0) { // even if it is closed by now: it came before
      takeInDirect();
      return null;
    }
    if (direct) {
      giveBackDirect();
    }
    Runnable tell = heir == null ? takeIn() : bequeathTo(heir);
    landing = null;
    error = null;
    return tell;
  }

  private void takeInDirect() {
    inbox.arrivedDirectly(Objects.requireNonNull(landing), count);
    owner.progressed();
    direct = false;
    landing = null;
  }

  private @Nullable Runnable takeIn() {
    if (phase == Phase.STOPPED) {
      return null;
    }
    if (error != null) {
      Throwable cause = error;
      return () -> owner.readFailed(cause);
    }
    if (count == EOF) {
      phase = Phase.STOPPED;
      over = true;
      return owner::readEnded;
    }
    if (count > 0 && phase != Phase.DISCARDING) {
      owner.progressed();
      if (shared == null) {
        inbox.buffer().landed(count);
        inbox.arrived();
      } else {
        inbox.arrived(shared.flip());
      }
    }
    return null;
  }

  private void tellAndDeliver(@Nullable Runnable tell) {
    if (tell != null) {
      tell.run();
    }
    inbox.deliver();
  }

  private Runnable bequeathTo(PushbackChannel to) {
    if (error != null) {
      Throwable cause = error;
      return () -> to.failed(cause);
    }
    byte[] bytes = new byte[Math.max(0, count)];
    ByteBuffer landed = Objects.requireNonNull(landing);
    landed.duplicate().get(landed.position() - bytes.length, bytes);
    return () -> to.arrived(bytes);
  }

  /** Reads no more; an outstanding read is left to itself. Called under the lock. */
  void stop() {
    phase = Phase.STOPPED;
  }

  /** Reads no more, whatever is said later: the channel is being closed. Called under the lock. */
  void stopForGood() {
    stop();
    over = true;
  }

  /** Whether a read is under way, of which the outcome has not been taken. Under the lock. */
  boolean isUnderWay() {
    return landing != null;
  }

  /** Reads no more; what is under way goes to somebody else. Called under the lock. */
  void handOver(PushbackChannel to) {
    phase = Phase.HANDED_OVER;
    heir = to;
    inbox.buffer().leaveLanding();
  }

  /** Reads on where another has stopped, paused if that was. Called under the lock. */
  void resumeFrom(ReadPump other) {
    paused = other.paused;
  }

  /** Reads on without a pause, to save what has arrived. Called under the lock; then run. */
  void salvage() {
    if (phase == Phase.RUNNING) {
      phase = Phase.SALVAGING;
    }
  }

  /**
   * Reads on without a pause, and throws away what comes, until the peer ends. Called under the
   * lock; then run.
   */
  void discard() {
    if (phase == Phase.RUNNING || (phase == Phase.STOPPED && !over)) {
      phase = Phase.DISCARDING;
    }
  }

  /** Whether what comes is read and thrown away. Called under the lock. */
  boolean isDiscarding() {
    return phase == Phase.DISCARDING;
  }

  /** Pauses reading, or lets it go on; after the latter, run. Called under the lock. */
  void pause(boolean pause) {
    paused = pause;
  }

  /** Whether bytes are wanted from the channel. Called under the lock. */
  boolean isReading() {
    return phase == Phase.RUNNING && wanted();
  }
}
