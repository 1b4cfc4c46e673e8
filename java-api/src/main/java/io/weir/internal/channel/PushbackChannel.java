package io.weir.internal.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import org.jspecify.annotations.Nullable;

/**
 * A channel with unread bytes in front of those of the inner channel. A read of the inner channel
 * may still be outstanding, and cannot be cancelled. Reads of this channel wait for its outcome,
 * which {@link #arrived} and {@link #failed} pass on.
 */
public final class PushbackChannel extends ForwardingChannel {

  @GuardedBy("this")
  private ByteBuffer unread;

  @GuardedBy("this")
  private boolean outstanding; // a read of the inner channel

  @GuardedBy("this")
  private @Nullable Throwable failure; // of the outstanding read; reported once

  @GuardedBy("this")
  private @Nullable Read pending; // waits for the outstanding read

  /**
   * Wraps a channel, which belongs to this one from now on.
   *
   * @param unread the bytes to read first
   * @param outstanding whether a read of the inner channel is outstanding
   */
  public PushbackChannel(AsyncByteChannel inner, byte[] unread, boolean outstanding) {
    super(inner);
    this.unread = ByteBuffer.wrap(unread);
    this.outstanding = outstanding;
  }

  /** Passes on the result of the outstanding read; no bytes mean EOF. */
  public void arrived(byte[] bytes) {
    Read next;
    synchronized (this) {
      ByteBuffer all = ByteBuffer.allocate(unread.remaining() + bytes.length);
      unread = all.put(unread).put(bytes).flip();
      next = removePending();
    }
    restart(next);
  }

  /** Passes on the error of the outstanding read. */
  public void failed(Throwable error) {
    Read next;
    synchronized (this) {
      failure = error;
      next = removePending();
    }
    restart(next);
  }

  @GuardedBy("this")
  private @Nullable Read removePending() {
    Read next = pending;
    pending = null;
    outstanding = false;
    return next;
  }

  private void restart(@Nullable Read next) {
    if (next != null) {
      read(next.dst, next.handler);
    }
  }

  @Override
  public void read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
    int count;
    Throwable error;
    synchronized (this) {
      if (pending != null) {
        throw new ReadPendingException();
      }
      count = inner.isOpen() ? copyUnread(dst) : 0;
      if (count == 0 && outstanding) {
        pending = new Read(dst, handler);
        return;
      }
      error = count == 0 ? failure : null;
      failure = count == 0 ? null : failure;
    }
    if (count > 0) {
      handler.completed(count, null);
    } else if (error != null) {
      handler.failed(error, null);
    } else {
      inner.read(dst, handler);
    }
  }

  @GuardedBy("this")
  private int copyUnread(ByteBuffer dst) {
    int count = Math.min(unread.remaining(), dst.remaining());
    dst.put(unread.slice(unread.position(), count));
    unread.position(unread.position() + count);
    return count;
  }

  /**
   * A pending read.
   *
   * @param dst the buffer that receives the bytes
   * @param handler the completion handler
   */
  private record Read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {}
}
