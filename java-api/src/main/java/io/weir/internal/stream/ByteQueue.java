package io.weir.internal.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The received bytes that no read has taken yet, and how the stream ended. Plain data, without
 * threads.
 *
 * <p>Bytes that a channel reads into a shared buffer are copied once, into the content. When the
 * content has been emptied, its array is kept for the next bytes, unless it is larger than 64 KiB
 * ({@link #MAX_RECEIVE_BUFFER}). An array larger than {@link #MIN_RECEIVE_BUFFER} is replaced by a
 * smaller one when the next bytes fill less than a quarter of it. So an idle connection holds at
 * most 64 KiB, and no array if reads took all bytes directly from the shared buffer.
 *
 * <p>A channel without a shared buffer reads into an array of its own, the receiveBuffer, because
 * its read may be under way while the program takes bytes from the content. When the content is
 * empty the two are swapped, so that received bytes are copied once, into the result. The
 * receiveBuffer starts small, and its size follows the traffic. An idle connection holds it, and
 * also the array of the content, of 64 KiB at most, if bytes had to wait there.
 *
 * <p>A channel that asks for a buffer when bytes are available (TLS) gets a receiveBuffer that fits
 * them, and none before.
 */
final class ByteQueue {

  /** The first and the smallest size of the receiveBuffer, in bytes. */
  static final int MIN_RECEIVE_BUFFER = 1024;

  /** The largest size of the receiveBuffer, in bytes. */
  static final int MAX_RECEIVE_BUFFER = 64 * 1024;

  /** The length of the longest array that the JVM allocates. */
  private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

  private static final byte[] NO_BYTES = {};
  private static final Block NOTHING = new Block(0);

  private final int limit;

  private Block content = NOTHING; // the bytes are from head to tail
  private int head;
  private int tail;

  private Block receiveBuffer = NOTHING;
  private int receiveBufferSize = MIN_RECEIVE_BUFFER;

  private @Nullable StreamEnd end;
  private @Nullable IOException lastFailure; // of this stream, that a caller received

  private int lookers; // decoders that look at the content outside the lock: it must not change
  private long version; // changes when bytes are removed

  private @Nullable Object searchedFor;
  private int searched; // no match of searchedFor starts before this index, counted from head

  ByteQueue(int limit) {
    this.limit = limit;
  }

  /** The maximum size of a line or of bytes before a separator; also decides on back-pressure. */
  int limit() {
    return limit;
  }

  int size() {
    return tail - head;
  }

  boolean isEmpty() {
    return head == tail;
  }

  /** The byte at an index, counted from the first buffered byte. */
  byte at(int index) {
    return content.bytes[head + index];
  }

  /** The first index of a byte at or after an index, or -1. */
  int indexOf(byte wanted, int from) {
    int found = ByteSearch.indexOf(content.bytes, head + from, tail, wanted);
    return found < 0 ? -1 : found - head;
  }

  /** Whether certain bytes start at an index. */
  boolean matches(byte[] wanted, int index) {
    int from = head + index;
    return Arrays.equals(content.bytes, from, from + wanted.length, wanted, 0, wanted.length);
  }

  /** Remembers a failure of this stream that a caller receives, and returns it. */
  <E extends IOException> E failing(E failure) {
    lastFailure = failure;
    return failure;
  }

  @Nullable IOException lastFailure() {
    return lastFailure;
  }

  /** How the stream ended; null before. */
  @Nullable StreamEnd end() {
    return end;
  }

  /** Ends the stream, unless it has ended already. */
  void end(StreamEnd how) {
    if (end == null) {
      end = how;
    }
  }

  /** Returns a buffer with room for the next read of the channel. Only that read uses it. */
  ByteBuffer receiveBuffer() {
    if (isEmpty() && receiveBuffer.bytes.length != receiveBufferSize) {
      swap();
    }
    if (isEmpty() && content.bytes.length > receiveBufferSize) {
      content = NOTHING;
    }
    if (receiveBuffer.bytes.length != receiveBufferSize) {
      receiveBuffer = new Block(receiveBufferSize);
    }
    return receiveBuffer.view.clear();
  }

  /** Returns the buffer for reading at most {@code available} bytes from the channel. */
  ByteBuffer receiveBuffer(int available) {
    int needed = Math.min(available, MAX_RECEIVE_BUFFER);
    if (isEmpty() && !fits(receiveBuffer, needed)) {
      swap();
    }
    if (isEmpty() && !fits(content, needed)) {
      content = NOTHING;
    }
    if (!fits(receiveBuffer, needed)) {
      receiveBuffer = new Block(Math.max(roundedUp(needed), MIN_RECEIVE_BUFFER));
    }
    return receiveBuffer.view.clear();
  }

  /** Whether a block has enough room, and not much more. */
  private static boolean fits(Block block, int needed) {
    int size = block.bytes.length;
    return size >= needed && (size <= MIN_RECEIVE_BUFFER || size / 4 <= needed);
  }

  /** The next power of two. */
  private static int roundedUp(int size) {
    return Integer.highestOneBit(Math.max(size - 1, 1)) << 1;
  }

  /**
   * Adds the bytes that a read of the channel has put into the receiveBuffer.
   *
   * @return the bytes in the receiveBuffer that are still to be appended; null for none
   */
  @Nullable ByteBuffer received(int count) {
    adaptReceiveBuffer(count);
    if (!isEmpty()) {
      return receiveBuffer.view.clear().limit(count);
    }
    swap();
    head = 0;
    tail = count;
    searched = 0;
    return null;
  }

  /** Leaves the receiveBuffer to the read that is under way; the next one gets another. */
  void detachReceiveBuffer() {
    receiveBuffer = NOTHING;
  }

  private void swap() {
    Block received = receiveBuffer;
    receiveBuffer = content;
    content = received;
  }

  private void adaptReceiveBuffer(int count) {
    if (count == receiveBuffer.bytes.length) {
      receiveBufferSize = Math.min(2 * receiveBufferSize, MAX_RECEIVE_BUFFER);
    } else if (count <= receiveBuffer.bytes.length / 4) { // by half, because reads differ
      receiveBufferSize = Math.max(receiveBufferSize / 2, MIN_RECEIVE_BUFFER);
    }
  }

  /** Adds all bytes of a buffer. */
  void append(ByteBuffer data) {
    append(data, 0);
  }

  /**
   * Adds all bytes of a buffer.
   *
   * @param expected the size that the queue reaches for the pending read; 0 when it is unknown. The
   *     array grows to that size at once when a quarter of the bytes are there. So a peer that
   *     announces more than it sends costs little memory.
   */
  void append(ByteBuffer data, int expected) {
    int count = data.remaining();
    if (count == 0) {
      return;
    }
    if (isEmpty()
        && content.bytes.length > MIN_RECEIVE_BUFFER
        && content.bytes.length / 4 > count) {
      content = NOTHING; // for a smaller array
    }
    makeRoom(count, expected);
    data.get(content.bytes, tail, count);
    tail += count;
  }

  private void makeRoom(int count, int expected) {
    int size = size();
    int capacity = content.bytes.length;
    if (capacity - tail >= count) {
      return;
    }
    byte[] from = content.bytes;
    // Moving bytes pays when at least as many were taken: on average each moves at most once.
    if (head < size || capacity - size < count || lookers > 0) {
      content = new Block(grown(capacity, Math.addExact(size, count), expected));
    }
    System.arraycopy(from, head, content.bytes, 0, size);
    head = 0;
    tail = size;
  }

  private static int grown(int capacity, int needed, int expected) {
    if (expected >= needed && expected / 4 <= needed) {
      return expected;
    }
    int doubled = (int) Math.min(2L * capacity, MAX_ARRAY);
    return Math.max(expected >= needed ? Math.min(doubled, expected) : doubled, needed);
  }

  private static OutOfMemoryError noMemory(int size, OutOfMemoryError cause) {
    return new OutOfMemoryError(
        "no memory for " + size + " bytes of incoming data: " + cause.getMessage());
  }

  /**
   * Lets the caller look at the bytes outside the lock, until {@link #looked}. Bytes that arrive
   * meanwhile are appended after them.
   */
  ByteBuffer look() {
    ByteBuffer view = ByteBuffer.wrap(content.bytes, head, size()).slice().asReadOnlyBuffer();
    lookers++;
    return view;
  }

  /** Ends one {@link #look}. */
  void looked() {
    lookers--;
  }

  /** A number that changes when bytes are removed. */
  long version() {
    return version;
  }

  /** Removes the first bytes, and returns them. */
  byte[] take(int count) {
    if (count == 0) {
      return NO_BYTES;
    }
    if (count > MAX_RECEIVE_BUFFER && head == 0 && tail == count && count == content.bytes.length) {
      byte[] all = content.bytes; // there may be no memory for a copy
      drop(count);
      return all;
    }
    byte[] taken;
    try {
      taken = Arrays.copyOfRange(content.bytes, head, head + count);
    } catch (OutOfMemoryError e) {
      throw noMemory(count, e);
    }
    drop(count);
    return taken;
  }

  /** Moves as many of the first bytes into a buffer as it has room for. */
  int moveTo(ByteBuffer destination) {
    int count = Math.min(destination.remaining(), size());
    destination.put(content.bytes, head, count);
    drop(count);
    return count;
  }

  /** Removes the first bytes. */
  void drop(int count) {
    head += count;
    version++;
    forgetSearch();
    if (isEmpty()) {
      head = 0;
      tail = 0;
      if (content.bytes.length > MAX_RECEIVE_BUFFER || lookers > 0) {
        content = NOTHING;
      }
    }
  }

  /**
   * The index from which to search: bytes that an earlier search for the same object has passed are
   * not searched again.
   */
  int searchFrom(Object wanted) {
    return wanted == searchedFor ? searched : 0;
  }

  /** Remembers that no match starts before an index. */
  void searchedUpTo(Object wanted, int index) {
    searchedFor = wanted;
    searched = index;
  }

  private void forgetSearch() {
    searchedFor = null;
    searched = 0;
  }

  /** An array, with the view of it that a channel reads into. */
  private static final class Block {

    final byte[] bytes;
    final ByteBuffer view;

    Block(int size) {
      try {
        bytes = new byte[size];
      } catch (OutOfMemoryError e) {
        throw noMemory(size, e);
      }
      view = ByteBuffer.wrap(bytes);
    }
  }
}
