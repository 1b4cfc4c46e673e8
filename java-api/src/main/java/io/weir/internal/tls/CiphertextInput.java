package io.weir.internal.tls;

import java.nio.ByteBuffer;
import java.util.function.IntFunction;

/**
 * A receive buffer for ciphertext that has not been decrypted. Its size follows the traffic: it
 * doubles when a read fills it, and halves when a read returns little.
 */
final class CiphertextInput {

  /** The initial and smallest size, in bytes. */
  static final int MIN_SIZE = 2 * 1024;

  /**
   * The largest size, in bytes, except for a record that is larger: room for four records of the
   * maximum size of TLS 1.3. Less room than for whole records would copy most of a record between
   * two reads.
   */
  static final int MAX_SIZE = 66 * 1024;

  /** The size of a record's header, in bytes (RFC 8446, section 5.1). */
  private static final int HEADER = 5;

  private static final int LENGTH_AT = 3; // where the header has the size of the body
  private static final int TAG = 16; // bytes of every body that are not data, at least
  private static final int MAX_BODY = (1 << 14) + 2048; // in TLS 1.2

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final IntFunction<ByteBuffer> allocator;
  private int size = MIN_SIZE;
  private boolean ended;
  private int endOfAll; // of the received bytes, while the content ends with the first record
  private ByteBuffer content = NOTHING; // the received bytes
  private ByteBuffer room = NOTHING; // the space after them, in the same memory

  /** Creates an empty buffer with an allocator of memory. */
  CiphertextInput(IntFunction<ByteBuffer> allocator) {
    this.allocator = allocator;
  }

  /** Returns the received bytes, from position to limit. Decrypting moves the position. */
  ByteBuffer content() {
    return content;
  }

  /** Returns the space for the next read, which is never empty. */
  ByteBuffer room() {
    int kept = content.remaining();
    int length = content.capacity();
    int capacity = kept == length ? Math.max(size, 2 * kept) : Math.max(size, kept + 1);
    if (length < capacity || (kept == 0 && length > size)) {
      content = allocator.apply(capacity).put(content).flip();
      room = content.duplicate();
    } else if (content.position() > 0) {
      content.compact().flip();
    }
    return room.limit(room.capacity()).position(kept);
  }

  /** Appends the bytes that a read has put into {@link #room}. */
  void received(int count) {
    content.limit(content.limit() + count);
    if (content.limit() == content.capacity()) {
      size = Math.min(2 * size, MAX_SIZE);
    } else if (count <= size / 4) {
      size = Math.max(size / 2, MIN_SIZE);
    }
  }

  /** Notes that no more bytes follow. */
  void end() {
    ended = true;
  }

  /** Returns whether no more bytes follow. */
  boolean hasEnded() {
    return ended;
  }

  /** Returns whether the bytes start with a whole record, or with an invalid header. */
  boolean hasRecord() {
    int size = content.remaining();
    if (size < HEADER) {
      return false;
    }
    int body = firstBody();
    return body > MAX_BODY || size >= HEADER + body;
  }

  private int firstBody() {
    return Short.toUnsignedInt(content.getShort(content.position() + LENGTH_AT));
  }

  /**
   * Returns whether the first record, which is whole, may contain more bytes of data than a number.
   */
  boolean firstExceeds(int room) {
    return content.remaining() >= HEADER && firstBody() - TAG > room;
  }

  /**
   * Returns the received bytes up to the end of the first record, until {@link #endOfRecord}. An
   * engine that is given more may copy all of it for each record, as Conscrypt's does.
   */
  ByteBuffer firstRecord() {
    endOfAll = content.limit();
    if (content.remaining() >= HEADER) {
      content.limit(Math.min(endOfAll, content.position() + HEADER + firstBody()));
    }
    return content;
  }

  /** Shows the bytes after the first record again. */
  void endOfRecord() {
    content.limit(endOfAll);
  }

  /** Removes all bytes. */
  void clear() {
    content = NOTHING;
    room = NOTHING;
  }
}
