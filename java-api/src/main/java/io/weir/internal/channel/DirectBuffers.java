package io.weir.internal.channel;

import io.weir.internal.concurrent.StackRoom;
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
    ByteBuffer buffer = isUsable() ? free.poll() : null;
    return buffer == null ? ByteBuffer.allocateDirect(SIZE) : buffer;
  }

  /** Puts back a buffer that has no other references. */
  public void release(ByteBuffer buffer) {
    if (isUsable()) {
      free.offer(buffer.clear()); // a full pool leaves it to the garbage collector
    }
  }

  /** Returns whether the stack has room for the lock of the queue, which all connections share. */
  private static boolean isUsable() {
    return StackRoom.isEnoughForJdkCall();
  }
}
