package io.weir.internal.tls;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Buffers for ciphertext on its way out, which every connection needs for a moment only. Any thread
 * may call.
 */
public final class BufferPool {

  /** The size of a buffer, in bytes: a few of the largest records. */
  static final int SIZE = 68 * 1024;

  private static final int KEPT = 32;

  private final BlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(KEPT);

  /** Takes an empty buffer out. */
  ByteBuffer take() {
    ByteBuffer buffer = free.poll();
    return buffer == null ? ByteBuffer.allocate(SIZE) : buffer.clear();
  }

  /** Gives a buffer back, which nobody uses any more. */
  void give(ByteBuffer buffer) {
    if (buffer.capacity() == SIZE) {
      free.offer(buffer); // or leave it to the garbage collector
    }
  }
}
