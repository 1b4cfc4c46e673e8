package io.weir.internal.tls;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.ReadBufferChooser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
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

  /** A pending read, which notifies its handler. */
  static final class Read implements Runnable {

    final ByteBuffer dst; // receives the plaintext
    private final CompletionHandler<Integer, @Nullable Void> handler;
    private int count; // bytes
    private @Nullable IOException failure;

    Read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
      this.dst = dst;
      this.handler = handler;
    }

    @Override
    public void run() {
      if (failure == null) {
        handler.completed(count, null);
      } else {
        handler.failed(failure, null);
      }
    }

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

  /** A pending write, which notifies its handler if it has one. */
  static final class Write implements Runnable {

    final ByteBuffer[] srcs;
    final int count; // of buffers
    private final @Nullable CompletionHandler<Long, @Nullable Void> handler;
    private final int[] starts; // the positions of the buffers
    long encrypted; // bytes whose ciphertext is being sent; used by events only
    private long written; // bytes
    private @Nullable IOException failure;

    Write(ByteBuffer[] srcs, int count, @Nullable CompletionHandler<Long, @Nullable Void> handler) {
      this.srcs = srcs;
      this.count = count;
      this.handler = handler;
      this.starts = new int[count];
      for (int i = 0; i < count; i++) {
        starts[i] = srcs[i].position();
      }
    }

    /** Returns how many bytes have been sent, by a write that is pending only during a call. */
    private int resultNow() throws IOException {
      if (failure != null) {
        moveTo(0);
        throw failure;
      }
      return (int) written;
    }

    @Override
    public void run() {
      if (handler == null) {
        return;
      }
      if (failure == null) {
        handler.completed(written, null);
      } else {
        handler.failed(failure, null);
      }
    }

    private long size() {
      long size = 0;
      for (int i = 0; i < count; i++) {
        size += srcs[i].limit() - starts[i];
      }
      return size;
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

  private static final AtomicReferenceFieldUpdater<PendingOperations, @Nullable Read> READ =
      AtomicReferenceFieldUpdater.newUpdater(PendingOperations.class, Read.class, "read");

  private static final AtomicReferenceFieldUpdater<PendingOperations, @Nullable Write> WRITE =
      AtomicReferenceFieldUpdater.newUpdater(PendingOperations.class, Write.class, "write");

  private final EventQueue events;
  private volatile @Nullable Read read; // any thread starts it, an event ends it
  private volatile @Nullable Write write; // any thread starts it, an event ends it
  private long encryptedAhead; // the first bytes of the next writes, which are encrypted already
  private long sentAhead; // how many of these have been sent
  private @Nullable CompletionHandler<@Nullable Void, @Nullable Void> handshake;
  private @Nullable CompletionHandler<@Nullable Void, @Nullable Void> close;

  PendingOperations(EventQueue events) {
    this.events = events;
  }

  // ---- start ----

  void startRead(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
    if (!READ.compareAndSet(this, null, new Read(dst, handler))) {
      throw new ReadPendingException();
    }
  }

  void startWrite(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
    start(new Write(srcs, count, handler));
  }

  /**
   * Writes what can be encrypted and sent during the call. Does nothing while another thread runs
   * events. What has been encrypted and not sent is what the next write begins with.
   *
   * @param pump does everything that is possible
   * @return the number of bytes that have been sent
   */
  int writeNow(ByteBuffer src, Runnable pump) throws IOException {
    Write write = new Write(new ByteBuffer[] {src}, 1, null);
    Runnable end = () -> withdraw(write);
    boolean ran =
        events.postIfIdle(
            () -> {
              start(write);
              try {
                pump.run();
              } finally { // the buffer belongs to the caller again, also after an OutOfMemoryError
                events.post(end); // after the event of a write that has completed
              }
            });
    return ran ? write.resultNow() : 0;
  }

  private void start(Write started) {
    if (!WRITE.compareAndSet(this, null, started)) {
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
    return read;
  }

  @Nullable Write write() {
    return write;
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
    Read completed = read;
    if (completed != null) {
      completed.count = count;
      events.notify(completed);
      READ.lazySet(this, null); // the notification publishes it
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
    Write next = write;
    if (next == null) {
      return null;
    }
    if (encryptedAhead > 0 && next.encrypted == 0) {
      long bytes = Math.min(encryptedAhead, next.size());
      encryptedAhead -= bytes;
      next.encrypted = bytes;
      next.moveTo(bytes);
    }
    if (sentAhead > 0) {
      long bytes = Math.min(sentAhead, next.encrypted);
      sentAhead -= bytes;
      encryptedAhead += next.encrypted - bytes;
      next.moveTo(bytes);
      completeWrite(next, bytes);
      return null;
    }
    return next;
  }

  /** Ends a write that has not completed. The next write begins with what it has encrypted. */
  private void withdraw(Write unfinished) {
    if (WRITE.compareAndSet(this, unfinished, null)) {
      encryptedAhead += unfinished.encrypted;
      unfinished.moveTo(0);
    }
  }

  /** Completes a pending write. */
  void completeWrite(Write completed, long count) {
    completed.written = count;
    if (completed.handler != null) {
      events.notify(completed);
    }
    WRITE.lazySet(this, null);
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
    Read failed = read;
    if (failed != null) {
      failed.failure = failure;
      events.notify(failed);
      READ.lazySet(this, null);
    }
  }

  /** Fails the pending write, unless bytes that have been sent ahead complete it. */
  void failWrite(IOException failure) {
    Write failed = resumedWrite();
    if (failed != null) {
      failed.failure = failure;
      events.notify(failed);
      WRITE.lazySet(this, null);
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
