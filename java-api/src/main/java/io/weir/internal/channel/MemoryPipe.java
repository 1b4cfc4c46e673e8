package io.weir.internal.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.internal.concurrent.StackRoom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a {@link MemoryChannel}: a bounded buffer between a source for writes and a sink
 * for reads. At most one read and one write are pending.
 *
 * <p>Every call decides under the lock and collects the completions, which may belong to the other
 * side. It runs them after it has released the lock.
 *
 * <pre>
 *                       closeSource(false)
 *     +-------------------------------------------+
 *     |  shutdownSource()                         v
 *   OPEN ---------------&gt; SHUT_DOWN --------&gt; CLOSED       the sink reads the rest, then EOF
 *     |                       |
 *     +-----------------------+-----------------&gt; ABORTED  the sink reads the rest, then an
 *                        closeSource(true)                 error
 * </pre>
 *
 * <p>stopSource() enters STOPPED from OPEN, until the abort that follows. No byte is accepted.
 */
final class MemoryPipe {

  private enum Source {
    OPEN,
    /** About to be aborted: accepts no byte. */
    STOPPED,
    SHUT_DOWN,
    CLOSED,
    ABORTED
  }

  private enum Sink {
    OPEN,
    CLOSED
  }

  private static final int EOF = -1;

  private final Object lock = new Object();

  @GuardedBy("lock")
  private final byte[] buffer; // a ring

  @GuardedBy("lock")
  private int head; // the index of the first byte

  @GuardedBy("lock")
  private int size;

  @GuardedBy("lock")
  private long accepted; // bytes in all

  @GuardedBy("lock")
  private Source source = Source.OPEN;

  @GuardedBy("lock")
  private Sink sink = Sink.OPEN;

  @GuardedBy("lock")
  private @Nullable Read pendingRead;

  @GuardedBy("lock")
  private @Nullable Write pendingWrite;

  MemoryPipe(int capacity) {
    buffer = new byte[capacity];
  }

  /** Reads from the sink. */
  void read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {
    StackRoom.require(); // for the handlers of the other side, which run inside this call
    List<Runnable> completions;
    synchronized (lock) {
      if (sink == Sink.CLOSED) {
        completions = List.of(() -> handler.failed(new ClosedChannelException(), null));
      } else if (pendingRead != null) {
        throw new ReadPendingException();
      } else {
        pendingRead = new Read(dst, handler);
        completions = advance();
      }
    }
    completions.forEach(Runnable::run);
  }

  /** Writes to the source. */
  void write(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {
    StackRoom.require();
    List<Runnable> completions;
    synchronized (lock) {
      if (source == Source.SHUT_DOWN || isSourceClosed()) {
        completions = List.of(() -> handler.failed(new ClosedChannelException(), null));
      } else if (pendingWrite != null) {
        throw new WritePendingException();
      } else {
        pendingWrite = new Write(srcs, count, handler);
        completions = advance();
      }
    }
    completions.forEach(Runnable::run);
  }

  /** Appends EOF. Bytes written before can still be read. */
  void shutdownSource() throws ClosedChannelException {
    StackRoom.require();
    List<Runnable> completions;
    synchronized (lock) {
      if (isSourceClosed()) {
        throw new ClosedChannelException();
      }
      source = Source.SHUT_DOWN;
      completions = advance();
    }
    completions.forEach(Runnable::run);
  }

  /** Accepts no byte until the source is aborted. Returns how many were accepted in all. */
  long stopSource() {
    synchronized (lock) {
      source = source == Source.OPEN ? Source.STOPPED : source;
      return accepted;
    }
  }

  /** Closes or aborts the source, and fails a pending write. */
  void closeSource(boolean abort) {
    StackRoom.require();
    List<Runnable> completions = new ArrayList<>();
    synchronized (lock) {
      if (isSourceClosed()) {
        return;
      }
      source = abort ? Source.ABORTED : Source.CLOSED;
      failWrite(new AsynchronousCloseException(), completions);
      completions.addAll(advance());
    }
    completions.forEach(Runnable::run);
  }

  /** Closes the sink: drops the buffered bytes, and fails a pending read and all writes. */
  void closeSink() {
    StackRoom.require();
    List<Runnable> completions = new ArrayList<>();
    synchronized (lock) {
      if (sink == Sink.CLOSED) {
        return;
      }
      sink = Sink.CLOSED;
      size = 0;
      failRead(new AsynchronousCloseException(), completions);
      completions.addAll(advance());
    }
    completions.forEach(Runnable::run);
  }

  @GuardedBy("lock")
  private boolean isSourceClosed() {
    return source == Source.CLOSED || source == Source.ABORTED;
  }

  /**
   * Copies bytes, and removes the operations that complete. A read makes room for a write, and a
   * write provides bytes for a read.
   */
  @GuardedBy("lock")
  private List<Runnable> advance() {
    List<Runnable> completions = new ArrayList<>(2);
    completeRead(completions);
    completeWrite(completions);
    completeRead(completions);
    return completions;
  }

  @GuardedBy("lock")
  private void completeRead(List<Runnable> completions) {
    Read read = pendingRead;
    if (read == null) {
      return;
    }
    if (size > 0 || !read.dst.hasRemaining()) {
      int count = copyTo(read.dst);
      pendingRead = null;
      completions.add(() -> read.handler.completed(count, null));
    } else if (source == Source.ABORTED) {
      failRead(new IOException("Connection reset"), completions);
    } else if (source == Source.SHUT_DOWN || source == Source.CLOSED) {
      pendingRead = null;
      completions.add(() -> read.handler.completed(EOF, null));
    }
  }

  @GuardedBy("lock")
  private void completeWrite(List<Runnable> completions) {
    Write write = pendingWrite;
    if (write == null || source == Source.STOPPED) {
      return;
    }
    if (sink == Sink.CLOSED) {
      failWrite(new IOException("Broken pipe"), completions);
    } else if (size < buffer.length || !write.hasRemaining()) {
      long count = append(write);
      accepted += count;
      pendingWrite = null;
      completions.add(() -> write.handler.completed(count, null));
    }
  }

  @GuardedBy("lock")
  private void failRead(IOException error, List<Runnable> completions) {
    Read read = pendingRead;
    if (read != null) {
      pendingRead = null;
      completions.add(() -> read.handler.failed(error, null));
    }
  }

  @GuardedBy("lock")
  private void failWrite(IOException error, List<Runnable> completions) {
    Write write = pendingWrite;
    if (write != null) {
      pendingWrite = null;
      completions.add(() -> write.handler.failed(error, null));
    }
  }

  @GuardedBy("lock")
  private int copyTo(ByteBuffer dst) {
    int total = 0;
    while (size > 0 && dst.hasRemaining()) {
      int run = Math.min(Math.min(size, buffer.length - head), dst.remaining());
      dst.put(buffer, head, run);
      head = (head + run) % buffer.length;
      size -= run;
      total += run;
    }
    return total;
  }

  @GuardedBy("lock")
  private long append(Write write) {
    long total = 0;
    for (int i = 0; i < write.count; i++) {
      total += append(write.srcs[i]);
    }
    return total;
  }

  @GuardedBy("lock")
  private int append(ByteBuffer src) {
    int total = 0;
    while (size < buffer.length && src.hasRemaining()) {
      int tail = (head + size) % buffer.length;
      int room = Math.min(buffer.length - size, buffer.length - tail);
      int run = Math.min(room, src.remaining());
      src.get(buffer, tail, run);
      size += run;
      total += run;
    }
    return total;
  }

  @Override
  public String toString() {
    synchronized (lock) {
      return source + "[" + size + " of " + buffer.length + "]" + sink;
    }
  }

  /** A pending read. */
  private record Read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler) {}

  /** A pending write. The channel owns the array until the handler is called. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Write(
      ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler) {

    boolean hasRemaining() {
      for (int i = 0; i < count; i++) {
        if (srcs[i].hasRemaining()) {
          return true;
        }
      }
      return false;
    }
  }
}
