package io.weir.internal.channel;

import io.weir.internal.concurrent.FreeList;
import java.nio.ByteBuffer;

/**
 * A pool of direct buffers for transfers. A transfer holds one only while it moves bytes. Any
 * thread may call.
 */
public final class DirectBuffers {

  /** The size of a buffer, in bytes. */
  public static final int SIZE = 64 * 1024;

  private static final int KEPT = 16;

  private final FreeList<ByteBuffer> free = new FreeList<>(KEPT);

  /** Returns an empty buffer. */
  public ByteBuffer acquire() {
    ByteBuffer buffer = free.poll();
    return buffer == null ? ByteBuffer.allocateDirect(SIZE) : buffer;
  }

  /** Puts back a buffer that has no other references. */
  public void release(ByteBuffer buffer) {
    free.offer(buffer.clear());
  }
}
