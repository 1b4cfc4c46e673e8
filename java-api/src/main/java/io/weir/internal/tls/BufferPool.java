package io.weir.internal.tls;

import io.weir.internal.concurrent.FreeList;

/**
 * A pool of buffers for outgoing ciphertext. A connection needs a buffer only while it writes. Any
 * thread may call.
 */
public final class BufferPool {

  /** The size of a buffer, in bytes: room for four records of the maximum size. */
  static final int SIZE = 68 * 1024;

  private static final int KEPT = 32;

  private final FreeList<CiphertextBuffer> free = new FreeList<>(KEPT);

  /** Returns an empty buffer. */
  CiphertextBuffer acquire() {
    CiphertextBuffer buffer = free.poll();
    return buffer == null ? new CiphertextBuffer(SIZE) : buffer.clear();
  }

  /** Puts back a buffer that has no other references. */
  void release(CiphertextBuffer buffer) {
    if (buffer.bytes.capacity() == SIZE) {
      free.offer(buffer);
    }
  }
}
