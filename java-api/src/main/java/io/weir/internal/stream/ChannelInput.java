package io.weir.internal.stream;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.PushbackChannel;
import io.weir.internal.channel.ReadBufferChooser;
import io.weir.internal.concurrent.AsyncOperation;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.Trampoline;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The incoming half of a connection: reads its channel, one read at a time, and passes the bytes to
 * {@link InputState}. A read of the channel belongs to the connection, not to a read of the
 * program: it is never cancelled and never timed.
 */
abstract class ChannelInput extends DecodingInput {

  /** Passed to a channel that asks for a buffer when bytes are available. */
  private static final ByteBuffer NO_BUFFER = ByteBuffer.allocate(0);

  @GuardedBy("this")
  private ReadPump reads;

  ChannelInput(AsyncByteChannel channel, int limit, CompletionExecutor completions) {
    super(limit, completions);
    this.reads = new ReadPump(channel);
    input.holdBack();
  }

  /** The topmost channel: that of TLS, if there is one. */
  public final synchronized AsyncByteChannel channel() {
    return reads.source;
  }

  /** The peer has closed its half, or the connection. */
  abstract void peerClosed();

  /** A read of the channel has failed. */
  abstract void readFailed(Throwable cause);

  /** Bytes were read or written. */
  abstract void progressed();

  @Override
  @GuardedBy("this")
  final boolean isReadNeeded() {
    return reads.operation.isIdle() && input.wantsBytes();
  }

  @Override
  final void readOn() {
    ReadPump current;
    synchronized (this) {
      current = reads;
    }
    current.run(/* handled= */ false);
  }

  /**
   * Switches the reads to another channel, which is layered over the current one.
   *
   * @param over creates the other channel over the current one, which first returns the unread
   *     bytes again
   */
  @GuardedBy("this")
  final AsyncByteChannel switchReads(UnaryOperator<AsyncByteChannel> over) {
    byte[] unread = input.removeAll();
    boolean readUnderWay = reads.receiveBuffer != null;
    PushbackChannel clear = new PushbackChannel(reads.source, unread, readUnderWay);
    AsyncByteChannel next = over.apply(readUnderWay || unread.length > 0 ? clear : reads.source);
    reads.nextChannel = clear;
    input.bytes().detachReceiveBuffer();
    reads = new ReadPump(next);
    return next;
  }

  /** Drives the reads of one channel. A read is never cancelled and never timed. */
  private final class ReadPump implements ReadBufferChooser {

    private final AsyncByteChannel source;
    private final @Nullable ByteBuffer shared; // of the channel's loop
    private final boolean choosesLate; // asks for a buffer when bytes are available
    private final AsyncOperation<Integer> operation = new AsyncOperation<>(); // guarded by the lock
    private @Nullable ByteBuffer receiveBuffer; // until the outcome is taken; guarded by the lock
    private @Nullable PushbackChannel nextChannel; // has taken over; guarded by the lock

    ReadPump(AsyncByteChannel source) {
      this.source = source;
      this.shared = source.sharedBuffer();
      this.choosesLate = source.asksForBuffer();
    }

    /**
     * Reads for as long as reads complete inside the call that starts them.
     *
     * @param handled whether the caller has handled a completed read, whose operation is still to
     *     be finished
     */
    void run(boolean handled) {
      boolean turn = handled;
      while (true) {
        Trampoline here = enterEvent();
        try {
          ByteBuffer into = next(turn);
          if (into == null) {
            return;
          }
          source.read(into, this);
          PendingRead<?> answered;
          synchronized (ChannelInput.this) {
            if (!operation.started()) {
              return;
            }
            answered = takeBytes();
          }
          handle(answered);
          turn = true;
        } catch (Throwable error) {
          crash = error;
          crashed();
          return;
        } finally {
          here.exit();
        }
      }
    }

    private @Nullable ByteBuffer next(boolean turn) {
      synchronized (ChannelInput.this) {
        if (turn) {
          operation.finish();
        }
        if (nextChannel != null || !operation.isIdle() || !input.wantsBytes()) {
          return null;
        }
        receiveBuffer = firstBuffer();
        operation.start();
        return receiveBuffer;
      }
    }

    @GuardedBy("ChannelInput.this")
    private ByteBuffer firstBuffer() {
      if (choosesLate) {
        return NO_BUFFER;
      }
      return shared == null ? input.bytes().receiveBuffer() : shared;
    }

    @Override
    public @Nullable ByteBuffer chooseBuffer(int available) {
      synchronized (ChannelInput.this) {
        ByteBuffer better = nextChannel == null ? input.chooseDirect() : null;
        if (better == null && choosesLate) {
          better =
              nextChannel == null
                  ? input.bytes().receiveBuffer(available)
                  : ByteBuffer.allocate(available);
        }
        receiveBuffer = better == null ? shared : better;
        return better;
      }
    }

    @Override
    public void readReturnedNothing() {
      synchronized (ChannelInput.this) {
        input.releaseDirect();
        receiveBuffer = choosesLate ? NO_BUFFER : shared;
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
      Trampoline here = enterEvent();
      try {
        PendingRead<?> answered;
        synchronized (ChannelInput.this) {
          if (!operation.completed(count, cause)) {
            return;
          }
          answered = takeBytes();
        }
        handle(answered);
      } catch (Throwable error) {
        crash = error;
        crashed();
        return;
      } finally {
        here.exit();
      }
      run(/* handled= */ true);
    }

    /**
     * Takes the bytes of the completed read. The operation stays HANDLING, so that no other read
     * starts.
     *
     * @return the pending read, if the bytes answer it
     */
    @GuardedBy("ChannelInput.this")
    private @Nullable PendingRead<?> takeBytes() {
      Integer count = operation.result();
      if (nextChannel != null || count == null || count < 0) {
        input.releaseDirect();
        return null;
      }
      if (input.received(shared, count)) {
        progressed();
      }
      receiveBuffer = null;
      return input.answer();
    }

    private void handle(@Nullable PendingRead<?> answered) {
      if (answered != null) {
        publish(answered);
        return;
      }
      handleOther();
    }

    /** Handles an outcome that has answered no read: bytes for another channel, EOF, a failure. */
    private void handleOther() {
      Integer count;
      Throwable cause;
      PushbackChannel next;
      boolean stopped;
      synchronized (ChannelInput.this) {
        count = operation.result();
        cause = operation.failure();
        next = receiveBuffer == null ? null : nextChannel; // null if takeBytes took the bytes
        stopped = input.isStopped();
        if (next == null) {
          receiveBuffer = null;
        }
      }
      if (next != null) {
        transfer(next, count, cause);
      } else if (cause != null && !stopped) {
        readFailed(cause);
      } else if (count != null && count < 0 && !stopped) {
        peerClosed();
      }
      deliver();
    }

    /** Passes the outcome of the read to the channel that has taken over. */
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

  /** Pauses or resumes reading, as the program asks. */
  public final void pauseReading(boolean pause) {
    Trampoline here = enterRareCall();
    try {
      synchronized (this) {
        input.pause(pause);
      }
      readOn();
    } finally {
      here.exit();
    }
  }
}
