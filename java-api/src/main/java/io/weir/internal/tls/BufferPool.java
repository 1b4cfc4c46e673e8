package io.weir.internal.tls;

import io.weir.internal.concurrent.StackRoom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * A pool of buffers for outgoing ciphertext. A connection needs a buffer only while it writes. Any
 * thread may call.
 */
public final class BufferPool {

  /** The size of a buffer, in bytes: room for four records of the maximum size. */
  static final int SIZE = 68 * 1024;

  private static final int KEPT = 32;

  private final BlockingQueue<CiphertextBuffer> free = new ArrayBlockingQueue<>(KEPT);

  /** Returns an empty buffer. */
  CiphertextBuffer acquire() {
    CiphertextBuffer buffer = isUsable() ? free.poll() : null;
    return buffer == null ? new CiphertextBuffer(SIZE) : buffer.clear();
  }

  /** Puts back a buffer that has no other references. */
  void release(CiphertextBuffer buffer) {
    if (buffer.bytes.capacity() == SIZE && isUsable()) {
      free.offer(buffer); // a full pool leaves it to the garbage collector
    }
  }

  /** Returns whether the stack has room for the lock of the queue, which all connections share. */
  private static boolean isUsable() {
    return StackRoom.isEnoughForJdkCall();
  }
}
