package io.weir;

import io.weir.internal.channel.AsyncByteChannel;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
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
 *      +---- end of the stream -----+---> STOPPED: what still completes is thrown away
 *      +--------- stop() -----------+
 * </pre>
 */
final class ReadPump implements CompletionHandler<Integer, @Nullable Void> {

  /** Who is told how reading ended. Called without the lock. */
  interface Owner {

    /** The peer has ended its half. */
    void readEnded();

    /** Reading has failed. */
    void readFailed(Throwable cause);
  }

  private enum Phase {
    RUNNING,
    SALVAGING,
    STOPPED
  }

  private static final int EOF = -1;

  private final Object lock;
  private final AsyncByteChannel channel;
  private final Inbox inbox;
  private final Owner owner;

  private final OneOperation operation = new OneOperation(); // guarded by lock
  private Phase phase = Phase.RUNNING; // guarded by lock
  private boolean paused; // guarded by lock; by the user
  private int count; // of the read that has completed; guarded by lock
  private @Nullable Throwable error; // of the read that has completed; guarded by lock

  ReadPump(Object lock, AsyncByteChannel channel, Inbox inbox, Owner owner) {
    this.lock = lock;
    this.channel = channel;
    this.inbox = inbox;
    this.owner = owner;
  }

  /** Starts a read if one is wanted and none is outstanding. Not to be called under the lock. */
  void run() {
    try {
      pump();
    } catch (Throwable failure) {
      fail(failure);
    }
  }

  /** A bug, or no memory for a buffer, ends the connection as any other failure does. */
  private void fail(Throwable failure) {
    owner.readFailed(failure);
  }

  private void pump() {
    boolean again = true;
    while (again) {
      ByteBuffer landing = prepare();
      if (landing == null) {
        return;
      }
      channel.read(landing, this);
      synchronized (lock) {
        again = operation.started();
      }
      if (again) {
        handle();
      }
    }
  }

  private @Nullable ByteBuffer prepare() {
    synchronized (lock) {
      if (!operation.isIdle() || !wanted()) {
        return null;
      }
      ByteBuffer landing = inbox.buffer().landing();
      operation.start();
      return landing;
    }
  }

  private boolean wanted() {
    return switch (phase) {
      case RUNNING -> !paused && inbox.hasRoom();
      case SALVAGING -> true;
      case STOPPED -> false;
    };
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
    synchronized (lock) {
      count = bytes;
      error = cause;
      if (!operation.completed()) {
        return;
      }
    }
    try {
      handle();
      pump();
    } catch (Throwable failure) {
      fail(failure);
    }
  }

  /** Hands on what the read has brought. The operation stays occupied, so that nobody reads on. */
  private void handle() {
    Throwable cause;
    boolean eof;
    synchronized (lock) {
      boolean wanted = phase != Phase.STOPPED;
      cause = wanted ? error : null;
      eof = wanted && count == EOF;
      error = null;
      if (eof) {
        phase = Phase.STOPPED;
      } else if (wanted && count > 0) {
        inbox.buffer().landed(count);
        inbox.arrived();
      }
    }
    if (cause != null) {
      owner.readFailed(cause);
    } else if (eof) {
      owner.readEnded();
    } else {
      inbox.deliver();
    }
    synchronized (lock) {
      operation.idle();
    }
  }

  /** Reads no more; an outstanding read is left to itself. Called under the lock. */
  void stop() {
    phase = Phase.STOPPED;
  }

  /** Reads on without a pause, to save what has arrived. Called under the lock; then run. */
  void salvage() {
    if (phase == Phase.RUNNING) {
      phase = Phase.SALVAGING;
    }
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
