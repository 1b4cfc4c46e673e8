package io.weir.internal.stream;

import io.weir.internal.channel.AsyncByteChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that wait to be written, in order. Plain data, without threads.
 *
 * <p>Written bytes are copied into chunks of limited size: for every heap buffer that it writes,
 * the JDK creates and caches a direct copy of the same size. Small writes share a chunk. The first
 * chunks may be in flight; nothing is added to these.
 */
public final class WriteQueue {

  /** The largest chunk, in bytes. */
  public static final int MAX_CHUNK = 64 * 1024;

  /** Writes up to this size are copied into a shared chunk. */
  public static final int SMALL = 4 * 1024;

  private static final int SHARED_CHUNK = 8 * 1024;
  private static final int MAX_BATCH = 16;
  private static final int MAX_BATCH_BYTES = 4 * MAX_CHUNK;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final ByteBuffer[] NONE_YET = {};

  private @Nullable Deque<ByteBuffer> chunks; // null on most connections, which never have to queue
  private ByteBuffer[] batch = NONE_YET;
  private int inFlight; // how many of the first chunks are in the batch
  private long size;

  /** How many bytes have not been written, including those in flight. */
  long size() {
    return size;
  }

  boolean isEmpty() {
    return chunks == null || chunks.isEmpty();
  }

  private Deque<ByteBuffer> chunks() {
    if (chunks == null) {
      chunks = new ArrayDeque<>();
    }
    return chunks;
  }

  /**
   * Writes what a channel accepts at once, in pieces: the JDK copies a whole buffer, however little
   * of it can be written.
   *
   * @return how many bytes
   */
  static int writeNow(AsyncByteChannel channel, ByteBuffer data) throws IOException {
    int end = data.limit();
    int start = data.position();
    boolean more = true;
    while (more) {
      data.limit(data.position() + Math.min(end - data.position(), MAX_CHUNK));
      channel.writeNow(data);
      more = !data.hasRemaining() && data.limit() < end;
    }
    data.limit(end);
    return data.position() - start;
  }

  /** Copies bytes into chunks of their own, which can be added later. */
  static List<ByteBuffer> copyOf(ByteBuffer data) {
    List<ByteBuffer> copies = new ArrayList<>(data.remaining() / MAX_CHUNK + 1);
    while (data.hasRemaining()) {
      byte[] copy = new byte[Math.min(data.remaining(), MAX_CHUNK)];
      data.get(copy);
      copies.add(ByteBuffer.wrap(copy));
    }
    return copies;
  }

  /** Adds chunks at the end; they belong to the queue from then on. */
  void addAll(List<ByteBuffer> added) {
    for (ByteBuffer chunk : added) {
      chunks().add(chunk);
      size += chunk.remaining();
    }
  }

  /** Adds chunks before all others, while nothing is in flight. */
  void addAllFirst(List<ByteBuffer> added) {
    for (int i = added.size() - 1; i >= 0; i--) {
      chunks().addFirst(added.get(i));
      size += added.get(i).remaining();
    }
  }

  /** Copies a few bytes to the end: into the last chunk if they fit there. */
  void addSmall(ByteBuffer data) {
    int count = data.remaining();
    ByteBuffer chunk = chunkWithRoomFor(count);
    int end = chunk.limit();
    chunk.limit(end + count).put(end, data, data.position(), count);
    size += count;
  }

  /** Copies a few bytes to the end: into the last chunk if they fit there. */
  void addSmall(byte[] data, int offset, int count) {
    ByteBuffer chunk = chunkWithRoomFor(count);
    int end = chunk.limit();
    chunk.limit(end + count).put(end, data, offset, count);
    size += count;
  }

  private ByteBuffer chunkWithRoomFor(int count) {
    Deque<ByteBuffer> all = chunks();
    ByteBuffer last = all.size() > inFlight ? all.getLast() : null;
    if (last != null && last.capacity() - last.limit() >= count) {
      return last;
    }
    ByteBuffer chunk = ByteBuffer.allocate(SHARED_CHUNK).limit(0); // more will probably come
    all.add(chunk);
    return chunk;
  }

  /**
   * Puts the first chunks in flight.
   *
   * @return how many chunks {@link #batch} holds
   */
  int fillBatch() {
    if (batch.length == 0) { // most connections never have to queue
      batch = new ByteBuffer[MAX_BATCH];
    }
    int bytes = 0;
    for (ByteBuffer chunk : chunks()) {
      if (inFlight == MAX_BATCH || bytes + chunk.remaining() > MAX_BATCH_BYTES) {
        break;
      }
      bytes += chunk.remaining();
      batch[inFlight++] = chunk;
    }
    return inFlight;
  }

  /** The chunks in flight. */
  ByteBuffer[] batch() {
    return batch;
  }

  /**
   * Notes how many bytes of the batch the channel has written. The batch is no longer in flight.
   */
  void written(long count) {
    size -= count;
    landed();
    while (!isEmpty() && !chunks().getFirst().hasRemaining()) {
      chunks().removeFirst();
    }
  }

  /** The channel is done with the batch. */
  void landed() {
    Arrays.fill(batch, 0, inFlight, NOTHING);
    inFlight = 0;
  }

  /** Drops everything but the batch, which belongs to the channel until {@link #landed}. */
  void clear() {
    chunks = null;
    size = 0;
  }
}
