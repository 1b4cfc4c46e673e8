package io.weir.internal.stream;

import io.weir.internal.channel.DirectBuffers;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A read of the program that waits for bytes, and the future that it returned. Cancelled before the
 * claim, it takes nothing.
 */
abstract class PendingRead<T extends @Nullable Object> extends ClaimableFuture<T> {

  /** Keeps the reader reachable, and with it the connection, while the read is pending. */
  @SuppressWarnings("unused")
  private @Nullable Object reader;

  PendingRead(Object reader) {
    this.reader = reader;
  }

  /** Creates a read of the bytes that a request asks for. */
  static PendingRead<byte[]> ofBytes(ReadFraming request, Object reader) {
    return new BytesRead(request, reader);
  }

  /** Creates a read that puts some bytes into a buffer. */
  static PendingRead<Integer> into(ByteBuffer destination, Object reader) {
    return new BufferRead(destination, reader);
  }

  /** Creates a read that puts some bytes into a buffer of a pool; null at EOF. */
  static PendingRead<@Nullable ByteBuffer> pooled(DirectBuffers pool, Object reader) {
    return new PooledRead(pool, reader);
  }

  /** Creates a read that waits until a request can be answered, and takes nothing. */
  static PendingRead<@Nullable Void> whenReady(ReadFraming request, Object reader) {
    return new ReadinessWait(request, reader);
  }

  @Override
  final void onLeave() {
    reader = null;
  }

  /** Whether the read waits for bytes that have not arrived. */
  boolean lacksBytes() {
    return isUndecided();
  }

  /** Whether the read can be answered now, with bytes or with an error. */
  abstract boolean isReady(ByteQueue queue);

  /**
   * Takes the answer from the queue, after the claim. A failure only fails the read.
   *
   * @throws StackOverflowError fails the read too, and some of its bytes may be lost
   */
  abstract void takeFrom(ByteQueue queue);

  /**
   * Takes some bytes that have not been added to the queue, after the claim. Throws as {@link
   * #takeFrom(ByteQueue)}.
   */
  void takeFrom(ByteBuffer arriving, int count) {
    throw new AssertionError(this + " takes only what is in the queue");
  }

  /** How many of the arriving bytes the read takes while the queue is empty; 0 for none. */
  int takesOf(int arriving) {
    return 0;
  }

  /** How many of the arriving bytes complete the answer, together with queued ones; 0 for none. */
  int completesWith(int arriving, int queued) {
    return 0;
  }

  /** The size that the queue has to reach for the read; 0 when it is unknown. */
  abstract int expectedSize();

  /** A view of the read's large direct buffer; null when there is none that can be used. */
  @Nullable ByteBuffer directView() {
    return null;
  }

  /** Releases a view into which nothing was put. */
  void returnDirectView(ByteBuffer view) {
    // A view of the program's buffer needs no release.
  }

  /** Answers with the bytes in the view; false when the buffer has changed meanwhile. */
  boolean fillDirect(ByteBuffer view, int count) {
    throw new AssertionError("there is no view");
  }

  /** A read of the bytes that a request asks for. */
  abstract static sealed class FramedRead<T extends @Nullable Object> extends PendingRead<T> {

    private final ReadFraming request;

    private FramedRead(ReadFraming request, Object reader) {
      super(reader);
      this.request = request;
    }

    final ReadFraming request() {
      return request;
    }

    @Override
    final boolean isReady(ByteQueue queue) {
      return request.isReady(queue);
    }

    @Override
    int takesOf(int arriving) {
      return request.directly(arriving);
    }

    @Override
    int completesWith(int arriving, int queued) {
      int missing = request.exactCount() - queued;
      return missing <= arriving ? Math.max(missing, 0) : 0;
    }

    @Override
    int expectedSize() {
      return request.exactCount();
    }

    @Override
    public String toString() {
      return request.toString();
    }
  }

  private static final class BytesRead extends FramedRead<byte[]> {

    BytesRead(ReadFraming request, Object reader) {
      super(request, reader);
    }

    @Override
    void takeFrom(ByteQueue queue) {
      try {
        answer(request().take(queue));
      } catch (StackOverflowError full) {
        failure = full;
        throw full;
      } catch (Throwable failed) { // or no memory for a copy
        failure = failed;
      }
    }

    @Override
    void takeFrom(ByteBuffer arriving, int count) {
      try {
        byte[] taken = new byte[count];
        arriving.get(taken);
        answer(taken);
      } catch (StackOverflowError full) {
        failure = full;
        throw full;
      } catch (Throwable noMemory) { // for a copy
        failure = noMemory;
      }
    }
  }

  private static final class BufferRead extends FramedRead<Integer> {

    /**
     * Below 4 KiB a copy is cheaper than a system call that reads no more than the buffer takes.
     */
    private static final int DIRECT_FROM = 4 * 1024;

    private final ByteBuffer destination;

    BufferRead(ByteBuffer destination, Object reader) {
      super(ReadFraming.upTo(destination.remaining()), reader);
      this.destination = destination;
    }

    @Override
    @Nullable ByteBuffer directView() {
      if (!destination.isDirect() || destination.remaining() < DIRECT_FROM) {
        return null;
      }
      try {
        ByteBuffer view = destination.duplicate();
        view.get(view.position()); // fails when the memory is closed or confined to another thread
        return view;
      } catch (RuntimeException unusable) { // copying will fail too, and only this read
        return null;
      }
    }

    @Override
    boolean fillDirect(ByteBuffer view, int count) {
      try {
        destination.position(view.position());
        answer(count);
        return true;
      } catch (IllegalArgumentException changed) { // the program has changed its buffer meanwhile
        failure = changed;
        return false;
      } catch (StackOverflowError full) {
        failure = full;
        throw full;
      }
    }

    @Override
    void takeFrom(ByteQueue queue) {
      try {
        answer(ReadFraming.fill(destination, queue));
      } catch (StackOverflowError full) {
        failure = full;
        throw full;
      } catch (Throwable failed) {
        failure = failed;
      }
    }

    @Override
    void takeFrom(ByteBuffer arriving, int count) {
      try {
        destination.put(arriving.duplicate().limit(arriving.position() + count));
        arriving.position(arriving.position() + count);
        answer(count);
      } catch (StackOverflowError full) {
        failure = full;
        throw full;
      } catch (Throwable failed) { // the program has changed its buffer meanwhile
        failure = failed;
      }
    }
  }

  /** Puts some bytes into a buffer of a pool, which is acquired only when bytes have arrived. */
  private static final class PooledRead extends FramedRead<@Nullable ByteBuffer> {

    private final DirectBuffers pool;

    PooledRead(DirectBuffers pool, Object reader) {
      super(ReadFraming.upTo(DirectBuffers.SIZE), reader);
      this.pool = pool;
    }

    @Override
    @Nullable ByteBuffer directView() {
      return pool.acquire();
    }

    @Override
    void returnDirectView(ByteBuffer view) {
      pool.release(view);
    }

    @Override
    boolean fillDirect(ByteBuffer view, int count) {
      answer(view.flip());
      return true;
    }

    @Override
    void takeFrom(ByteQueue queue) {
      try {
        ByteBuffer buffer = pool.acquire();
        if (ReadFraming.fill(buffer, queue) < 0) {
          pool.release(buffer);
          answer(null);
        } else {
          answer(buffer.flip());
        }
      } catch (StackOverflowError full) {
        failure = full;
        throw full;
      } catch (Throwable failed) { // the stream's failure, or no memory
        failure = failed;
      }
    }

    @Override
    void takeFrom(ByteBuffer arriving, int count) {
      try {
        ByteBuffer buffer = pool.acquire();
        buffer.put(arriving.duplicate().limit(arriving.position() + count));
        arriving.position(arriving.position() + count);
        answer(buffer.flip());
      } catch (StackOverflowError full) {
        failure = full;
        throw full;
      } catch (Throwable noMemory) {
        failure = noMemory;
      }
    }
  }

  private static final class ReadinessWait extends FramedRead<@Nullable Void> {

    ReadinessWait(ReadFraming request, Object reader) {
      super(request, reader);
    }

    @Override
    void takeFrom(ByteQueue queue) {
      // The caller polls for the bytes, if it still wants them.
    }

    @Override
    void takeFrom(ByteBuffer arriving, int count) {
      throw new AssertionError("a wait for readiness takes nothing");
    }

    @Override
    int takesOf(int arriving) {
      return 0;
    }

    @Override
    int completesWith(int arriving, int queued) {
      return 0;
    }

    /** Leaves room for bytes after the last one, which are appended before the caller polls. */
    @Override
    int expectedSize() {
      int exact = request().exactCount();
      boolean hasRoom = exact > 0 && exact < Integer.MAX_VALUE - 2 * ByteQueue.MAX_RECEIVE_BUFFER;
      return hasRoom ? exact + ByteQueue.MAX_RECEIVE_BUFFER : exact;
    }
  }
}
