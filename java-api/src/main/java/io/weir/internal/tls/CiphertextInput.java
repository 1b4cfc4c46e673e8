package io.weir.internal.tls;

import java.nio.ByteBuffer;

/**
 * Ciphertext that has come and has not been decrypted. Its size follows the traffic: {@link
 * #MIN_SIZE} where little comes, and after much has come as much as that, until little comes again.
 */
final class CiphertextInput {

  /** The first and the smallest size, in bytes. */
  static final int MIN_SIZE = 2 * 1024;

  /** The largest size that more traffic leads to, in bytes; a large record can ask for more. */
  static final int MAX_SIZE = 64 * 1024;

  private static final byte[] NOTHING = {};

  private int size = MIN_SIZE;
  private byte[] bytes = NOTHING;
  private ByteBuffer content = ByteBuffer.wrap(bytes); // what has come
  private ByteBuffer room = ByteBuffer.wrap(bytes); // what is behind it

  /** What has come, from its position to its limit. Decrypting moves the position. */
  ByteBuffer content() {
    return content;
  }

  /** Where to put what comes next; not empty. */
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

  /** Adds what has been put into the room. */
  void landed(int count) {
    content.limit(content.limit() + count);
    if (content.limit() == bytes.length) {
      size = Math.min(2 * size, MAX_SIZE);
    } else if (count <= size / 4) {
      size = Math.max(size / 2, MIN_SIZE);
    }
  }

  /** Forgets everything. */
  void clear() {
    bytes = NOTHING;
    content = ByteBuffer.wrap(bytes);
    room = ByteBuffer.wrap(bytes);
  }
}
