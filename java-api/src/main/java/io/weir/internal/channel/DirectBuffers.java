package io.weir.internal.channel;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * A pool of direct buffers for transfers. A transfer holds one only while it moves bytes. Any
 * thread may call.
 */
public final class DirectBuffers {

  /** The size of a buffer, in bytes. */
  public static final int SIZE = 64 * 1024;

  private static final int KEPT = 16;

  private final BlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(KEPT);

  /** Returns an empty buffer. */
  public ByteBuffer acquire() {
    ByteBuffer buffer = free.poll();
    return buffer == null ? ByteBuffer.allocateDirect(SIZE) : buffer;
  }

  /** Puts back a buffer that has no other references. */
  public void release(ByteBuffer buffer) {
    free.offer(buffer.clear()); // a full pool leaves it to the garbage collector
  }
}
