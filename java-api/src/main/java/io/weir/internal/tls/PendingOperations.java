package io.weir.internal.tls;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.ReadBufferChooser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a {@link TlsChannel} that have not completed, at most one of each kind. Any
 * thread starts a read or a write. Everything else is called by events of the {@link EventQueue},
 * which runs the completion handlers after the event.
 *
 * <p>An operation stays pending when an OutOfMemoryError prevents its notification. The channel
 * then closes, and closing fails the operation.
 */
final class PendingOperations {

  /**
   * A pending read.
   *
   * @param dst receives the plaintext
   * @param handler the completion handler
   */
  record Read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {

    /** Returns the buffer that the handler chooses for at most a number of bytes, or null. */
    @Nullable ByteBuffer chooseBuffer(int available) {
      return available > 0 && handler instanceof ReadBufferChooser chooser
          ? chooser.chooseBuffer(available)
          : null;
    }

    /** Releases the buffer that the handler has chosen, because nothing was put into it. */
    void returnBuffer() {
      if (handler instanceof ReadBufferChooser chooser) {
        chooser.readReturnedNothing();
      }
    }
  }

  /** A pending write. */
  static final class Write {

    final ByteBuffer[] srcs;
    final int count;
    final CompletionHandler<Long, @Nullable Void> handler;
    private final int[] starts; // the positions of the buffers
    long encrypted; // bytes whose ciphertext is being sent; used by events only

    Write(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
      this.srcs = srcs;
      this.count = count;
      this.handler = handler;
      this.starts = new int[count];
      for (int i = 0; i < count; i++) {
        starts[i] = srcs[i].position();
      }
    }

    /** Moves the positions of the buffers to just after a number of bytes. */
    void moveTo(long bytes) {
      long left = bytes;
      for (int i = 0; i < count; i++) {
        int step = (int) Math.min(left, srcs[i].limit() - starts[i]);
        srcs[i].position(starts[i] + step);
        left -= step;
      }
    }
  }

  private final EventQueue events;
  private final AtomicReference<@Nullable Read> read = new AtomicReference<>();
  private final AtomicReference<@Nullable Write> write = new AtomicReference<>();
  private long encryptedAhead; // the first bytes of the next write, which are encrypted already
  private long sentAhead; // how many of these have been sent
  private @Nullable CompletionHandler<@Nullable Void, @Nullable Void> handshake;
  private @Nullable CompletionHandler<@Nullable Void, @Nullable Void> close;

  PendingOperations(EventQueue events) {
    this.events = events;
  }

  // ---- start ----

  void startRead(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
    if (!read.compareAndSet(null, new Read(dst, handler))) {
      throw new ReadPendingException();
    }
  }

  void startWrite(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
    if (!write.compareAndSet(null, new Write(srcs, count, handler))) {
      throw new WritePendingException();
    }
  }

  void startHandshake(CompletionHandler<@Nullable Void, @Nullable Void> handler) {
    handshake = handler;
  }

  void startClose(CompletionHandler<@Nullable Void, @Nullable Void> handler) {
    close = handler;
  }

  // ---- state ----

  @Nullable Read read() {
    return read.get();
  }

  @Nullable Write write() {
    return write.get();
  }

  boolean hasHandshake() {
    return handshake != null;
  }

  boolean hasClose() {
    return close != null;
  }

  // ---- completion ----

  void completeHandshake() {
    CompletionHandler<@Nullable Void, @Nullable Void> handler = handshake;
    if (handler != null) {
      events.notify(() -> handler.completed(null, null));
      handshake = null;
    }
  }

  void completeRead(int count) {
    Read completed = read.get();
    if (completed != null) {
      events.notify(() -> completed.handler.completed(count, null));
      read.set(null);
    }
  }

  /**
   * Notes that bytes have been sent. They complete the pending write, or the next one, which then
   * begins with them.
   */
  void sent(long bytes) {
    sentAhead += bytes;
    resumedWrite();
  }

  /**
   * Returns the pending write, positioned after the bytes that the write before it has encrypted.
   * When some of these have been sent, completes the write and returns null. A write may be pending
   * before its event has run, so every method that uses the pending write resumes it first.
   */
  @Nullable Write resumedWrite() {
    Write next = write.get();
    if (next == null) {
      return null;
    }
    if (encryptedAhead > 0) {
      next.encrypted = encryptedAhead;
      next.moveTo(encryptedAhead);
      encryptedAhead = 0;
    }
    if (sentAhead > 0) {
      long bytes = sentAhead;
      sentAhead = 0;
      encryptedAhead = next.encrypted - bytes;
      next.moveTo(bytes);
      completeWrite(next, bytes);
      return null;
    }
    return next;
  }

  /** Completes a pending write. */
  void completeWrite(Write completed, long count) {
    events.notify(() -> completed.handler.completed(count, null));
    write.set(null);
  }

  /** Closes the inner channel, which completes the pending close. */
  void completeCloseWith(AsyncByteChannel inner) {
    CompletionHandler<@Nullable Void, @Nullable Void> handler = close;
    if (handler != null) {
      events.notify(() -> inner.close(handler));
      close = null;
    }
  }

  // ---- failure ----

  void failHandshake(IOException failure) {
    CompletionHandler<@Nullable Void, @Nullable Void> handler = handshake;
    if (handler != null) {
      events.notify(() -> handler.failed(failure, null));
      handshake = null;
    }
  }

  void failRead(IOException failure) {
    Read failed = read.get();
    if (failed != null) {
      events.notify(() -> failed.handler.failed(failure, null));
      read.set(null);
    }
  }

  void failWrite(IOException failure) {
    Write failed = write.get();
    if (failed != null) {
      events.notify(() -> failed.handler.failed(failure, null));
      write.set(null);
    }
  }

  /** Fails everything but a close. */
  void failTransfers(IOException failure) {
    failHandshake(failure);
    failRead(failure);
    failWrite(failure);
  }

  void failClose(IOException failure) {
    CompletionHandler<@Nullable Void, @Nullable Void> handler = close;
    if (handler != null) {
      events.notify(() -> handler.failed(failure, null));
      close = null;
    }
  }
}
