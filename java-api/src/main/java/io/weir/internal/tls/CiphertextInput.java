package io.weir.internal.tls;

import java.nio.ByteBuffer;

/**
 * A receive buffer for ciphertext that has not been decrypted. Its size follows the traffic: it
 * doubles when a read fills it, and halves when a read returns little.
 */
final class CiphertextInput {

  /** The initial and smallest size, in bytes. */
  static final int MIN_SIZE = 2 * 1024;

  /** The largest size, in bytes, except for a record that is larger. */
  static final int MAX_SIZE = 64 * 1024;

  /** The header of a record (RFC 8446, section 5.1), where it has the length, and the largest. */
  private static final int HEADER = 5;

  private static final int LENGTH_AT = 3;
  private static final int MAX_BODY = (1 << 14) + 2048; // in TLS 1.2

  private static final byte[] NOTHING = {};

  private int size = MIN_SIZE;
  private boolean ended;
  private byte[] bytes = NOTHING;
  private ByteBuffer content = ByteBuffer.wrap(bytes); // the received bytes
  private ByteBuffer room = ByteBuffer.wrap(bytes); // the space behind them

  /** Returns the received bytes, from position to limit. Decrypting moves the position. */
  ByteBuffer content() {
    return content;
  }

  /** Returns the space for the next read, which is never empty. */
  ByteBuffer room() {
    int kept = content.remaining();
    int capacity = kept == bytes.length ? Math.max(size, 2 * kept) : Math.max(size, kept + 1);
    if (bytes.length < capacity || (kept == 0 && bytes.length > size)) {
      moveTo(new byte[capacity]);
    } else if (content.position() > 0) {
      moveTo(bytes);
    }
    return room.limit(bytes.length).position(kept);
  }

  private void moveTo(byte[] target) {
    int kept = content.remaining();
    System.arraycopy(bytes, content.position(), target, 0, kept);
    if (target != bytes) {
      bytes = target;
      content = ByteBuffer.wrap(target);
      room = ByteBuffer.wrap(target);
    }
    content.limit(kept).position(0);
  }

  /** Appends the bytes that a read has put into {@link #room}. */
  void received(int count) {
    content.limit(content.limit() + count);
    if (content.limit() == bytes.length) {
      size = Math.min(2 * size, MAX_SIZE);
    } else if (count <= size / 4) {
      size = Math.max(size / 2, MIN_SIZE);
    }
  }

  /** Notes that no more comes. */
  void end() {
    ended = true;
  }

  /** Returns whether no more comes. */
  boolean hasEnded() {
    return ended;
  }

  /** Returns whether the bytes start with a whole record, or with what is none. */
  boolean hasRecord() {
    int size = content.remaining();
    if (size < HEADER) {
      return false;
    }
    int body = Short.toUnsignedInt(content.getShort(content.position() + LENGTH_AT));
    return body > MAX_BODY || size >= HEADER + body;
  }

  /** Removes all bytes. */
  void clear() {
    bytes = NOTHING;
    content = ByteBuffer.wrap(bytes);
    room = ByteBuffer.wrap(bytes);
  }
}
