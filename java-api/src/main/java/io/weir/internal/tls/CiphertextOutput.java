package io.weir.internal.tls;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Ciphertext that has to be sent. It is filled, then sent as a whole; its buffer comes from a pool
 * and goes back when all has been sent.
 */
final class CiphertextOutput {

  private final BufferPool pool;
  private @Nullable ByteBuffer buffer; // while there is something to send
  private boolean sending; // and no longer being filled

  CiphertextOutput(BufferPool pool) {
    this.pool = pool;
  }

  boolean isEmpty() {
    return buffer == null || (!sending && buffer.position() == 0);
  }

  /** Whether some bytes can be added. */
  boolean hasRoom(int bytes) {
    return buffer == null || (!sending && buffer.remaining() >= bytes);
  }

  /** Where to add some bytes; {@link #hasRoom} has said that there is room. */
  ByteBuffer room(int bytes) {
    if (buffer == null) {
      buffer = bytes <= BufferPool.SIZE ? pool.take() : ByteBuffer.allocate(bytes);
    }
    return buffer;
  }

  /** What there is to send, from now on; whoever sends it moves the position. */
  ByteBuffer content() {
    ByteBuffer filled = Objects.requireNonNull(buffer);
    if (!sending) {
      sending = true;
      filled.flip();
    }
    return filled;
  }

  /** Everything has been sent, or never will be. */
  void sent() {
    if (buffer != null) {
      pool.give(buffer);
      buffer = null;
      sending = false;
    }
  }
}
