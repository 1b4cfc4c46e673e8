package io.weir.internal.tls;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A buffer of outgoing ciphertext. The engine fills it, then the channel sends all of it. The
 * buffer comes from a pool, which gets it back after sending.
 */
final class CiphertextOutput {

  private final BufferPool pool;
  private @Nullable ByteBuffer buffer; // null while empty
  private boolean sending; // true from content() to sent(); no bytes are added meanwhile

  CiphertextOutput(BufferPool pool) {
    this.pool = pool;
  }

  boolean isEmpty() {
    return buffer == null || (!sending && buffer.position() == 0);
  }

  /** Returns whether a number of bytes can be added. */
  boolean hasRoom(int bytes) {
    return buffer == null || (!sending && buffer.remaining() >= bytes);
  }

  /** Returns the buffer to add a number of bytes to, after {@link #hasRoom} has returned true. */
  ByteBuffer room(int bytes) {
    if (buffer == null) {
      buffer = bytes <= BufferPool.SIZE ? pool.acquire() : ByteBuffer.allocate(bytes);
    }
    return buffer;
  }

  /** Returns the ciphertext to send. Sending moves the position. */
  ByteBuffer content() {
    ByteBuffer filled = Objects.requireNonNull(buffer);
    if (!sending) {
      sending = true;
      filled.flip();
    }
    return filled;
  }

  /** Releases the buffer, because all bytes have been sent or none will be. */
  void sent() {
    if (buffer != null) {
      pool.release(buffer);
      buffer = null;
      sending = false;
    }
  }
}
