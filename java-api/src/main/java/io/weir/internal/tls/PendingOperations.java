package io.weir.internal.tls;

import io.weir.internal.channel.AsyncByteChannel;
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
  record Read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {}

  /** A pending write. */
  static final class Write {

    final ByteBuffer[] srcs;
    final int count;
    final CompletionHandler<Long, @Nullable Void> handler;
    long encrypted; // bytes whose ciphertext is being sent; used by events only

    Write(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
      this.srcs = srcs;
      this.count = count;
      this.handler = handler;
    }
  }

  private final EventQueue events;
  private final AtomicReference<@Nullable Read> read = new AtomicReference<>();
  private final AtomicReference<@Nullable Write> write = new AtomicReference<>();
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

  /** Completes a write, if it is still pending. */
  void completeWrite(Write completed) {
    if (write.get() == completed) {
      events.notify(() -> completed.handler.completed(completed.encrypted, null));
      write.set(null);
    }
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
