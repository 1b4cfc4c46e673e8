package io.weir.internal.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import org.jspecify.annotations.Nullable;

/**
 * A channel of which somebody has read already: gives out what that brought, then reads on. A read
 * of the inner channel that is still outstanding cannot be cancelled, so its outcome is handed in
 * when it comes; a read of this channel waits for that.
 */
public final class PushbackChannel extends ForwardingChannel {

  @GuardedBy("this")
  private ByteBuffer unread;

  @GuardedBy("this")
  private boolean outstanding; // the outcome of the old read

  @GuardedBy("this")
  private @Nullable Throwable failure; // of the old read; reported once

  @GuardedBy("this")
  private @Nullable Read pending; // for that outcome

  /**
   * Wraps a channel, which belongs to this one from then on.
   *
   * @param unread what has been read of it and is to be read again
   * @param outstanding whether a read is outstanding, of which the outcome will be handed in
   */
  public PushbackChannel(AsyncByteChannel inner, byte[] unread, boolean outstanding) {
    super(inner);
    this.unread = ByteBuffer.wrap(unread);
    this.outstanding = outstanding;
  }

  /** Hands in what the outstanding read has brought; no bytes at the end of the stream. */
  public void arrived(byte[] bytes) {
    Read next;
    synchronized (this) {
      ByteBuffer all = ByteBuffer.allocate(unread.remaining() + bytes.length);
      unread = all.put(unread).put(bytes).flip();
      next = removePending();
    }
    restart(next);
  }

  /** Hands in why the outstanding read has failed. */
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
   * A read that waits.
   *
   * @param dst where the bytes go
   * @param handler who is told
   */
  private record Read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {}
}
