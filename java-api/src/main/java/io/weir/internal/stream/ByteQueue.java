package io.weir.internal.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that have arrived and have not been taken, and how the stream ended. Plain data,
 * without threads.
 *
 * <p>What a channel brings into a shared buffer is copied from there, once, into the content. When
 * that has been emptied its array is kept for what arrives next, unless it has more than 64 KiB
 * ({@link #MAX_RECEIVE_BUFFER}). If it has more than {@link #MIN_RECEIVE_BUFFER}, and what arrives
 * then takes less than a quarter of it, a smaller one replaces it. So an idle connection holds that
 * array, and nothing only if all that came was read at once, past this buffer.
 *
 * <p>Otherwise bytes land in an array of their own, the receiveBuffer, because a read of the
 * channel may be under way while others take from the content. When the content is empty the two
 * change places, so that what received is copied once, into the result. The receiveBuffer starts
 * small and follows the traffic; an idle connection holds that array, and that of the content, of
 * 64 KiB at most, if bytes have had to wait in it.
 *
 * <p>A channel that asks for a buffer when bytes are there (TLS) gets a receiveBuffer that fits
 * them, and none before.
 */
final class ByteQueue {

  /** The first and the smallest size of the receiveBuffer, in bytes. */
  static final int MIN_RECEIVE_BUFFER = 1024;

  /** The largest size of the receiveBuffer, in bytes. */
  static final int MAX_RECEIVE_BUFFER = 64 * 1024;

  /** The JVM allocates no longer array. */
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
  private @Nullable IOException lastFailure; // of this stream, that a caller was given

  private int lookers; // that look at the content outside the lock, so that it must not change
  private long version; // changes when bytes are taken

  private @Nullable Object searchedFor;
  private int searched; // the first match of searchedFor begins no earlier, counted from head

  ByteQueue(int limit) {
    this.limit = limit;
  }

  /** How many bytes a line, or what a separator ends, can have; also the mark for back-pressure. */
  int limit() {
    return limit;
  }

  int size() {
    return tail - head;
  }

  boolean isEmpty() {
    return head == tail;
  }

  /** The byte at an index counted from the first that has not been taken. */
  byte at(int index) {
    return content.bytes[head + index];
  }

  /** The index of a byte at or after an index, or -1. */
  int indexOf(byte wanted, int from) {
    int found = ByteSearch.indexOf(content.bytes, head + from, tail, wanted);
    return found < 0 ? -1 : found - head;
  }

  /** Whether some bytes stand at an index. */
  boolean matches(byte[] wanted, int index) {
    int from = head + index;
    return Arrays.equals(content.bytes, from, from + wanted.length, wanted, 0, wanted.length);
  }

  /** Remembers a failure of this stream that a caller is given; returns it. */
  <E extends IOException> E failing(E failure) {
    lastFailure = failure;
    return failure;
  }

  @Nullable IOException lastFailure() {
    return lastFailure;
  }

  /** How the stream ended; null while it goes on. */
  @Nullable StreamEnd end() {
    return end;
  }

  /** Ends the stream; the first end stands. */
  void end(StreamEnd how) {
    if (end == null) {
      end = how;
    }
  }

  /** Where the next read of the channel lands: a buffer with room, not to be touched by others. */
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

  /** Where a read of the channel lands that brings at most a number of bytes. */
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
   * @return null, or the bytes in the receiveBuffer when they are still to be appended
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
    } else if (count <= receiveBuffer.bytes.length / 4) { // not at once, as reads differ
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
   * @param expected the size that the queue will reach, because a read needs so many bytes; 0 when
   *     none is known. The array grows to that size at once when a quarter is there, so that a peer
   *     that announces more than it sends takes little memory.
   */
  void append(ByteBuffer data, int expected) {
    int count = data.remaining();
    if (count == 0) {
      return;
    }
    if (isEmpty()
        && content.bytes.length > MIN_RECEIVE_BUFFER
        && content.bytes.length / 4 > count) {
      content = NOTHING; // follows the traffic
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
    // Moving what is there pays when at least as much has been taken: each byte moves at most once.
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
   * Lets the caller look at the bytes outside the lock, until {@link #looked}. What arrives
   * meanwhile goes behind them.
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

  /** A number that changes when bytes are taken. */
  long version() {
    return version;
  }

  /** Takes the first bytes out. */
  byte[] take(int count) {
    if (count == 0) {
      return NO_BYTES;
    }
    if (count > MAX_RECEIVE_BUFFER && head == 0 && tail == count && count == content.bytes.length) {
      byte[] all = content.bytes; // a copy could take more memory than there is
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

  /** Throws the first bytes away. */
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
   * From where a search goes on: what an earlier search for the same thing has passed over is not
   * looked at again.
   */
  int searchFrom(Object wanted) {
    return wanted == searchedFor ? searched : 0;
  }

  /** Remembers that the first match, if there is one, begins no earlier. */
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
