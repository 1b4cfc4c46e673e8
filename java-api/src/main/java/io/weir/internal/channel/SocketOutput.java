package io.weir.internal.channel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;

/**
 * The writes of a stream to its socket. Counts the bytes that the kernel accepts, under the lock
 * that a write holds. So a thread that aborts the connection learns the number, even during a write
 * of another thread. The lock is held for one system call that does not block.
 */
final class SocketOutput {

  private final SocketChannel channel;

  @GuardedBy("this")
  private long accepted; // bytes

  @GuardedBy("this")
  private boolean stopped;

  SocketOutput(SocketChannel channel) {
    this.channel = channel;
  }

  /** Writes from one buffer. Returns the number of bytes: 0 after {@link #stop}. */
  synchronized int write(ByteBuffer src) throws IOException {
    int count = mayWrite() ? channel.write(src) : 0;
    accepted += count;
    return count;
  }

  /** Writes from the first buffers. Returns the number of bytes: 0 after {@link #stop}. */
  synchronized long write(ByteBuffer[] srcs, int buffers) throws IOException {
    long count = mayWrite() ? channel.write(srcs, 0, buffers) : 0;
    accepted += count;
    return count;
  }

  /** Fails for a closed channel, because a channel of the JDK still writes while it closes. */
  @GuardedBy("this")
  private boolean mayWrite() throws ClosedChannelException {
    if (stopped && !channel.isOpen()) {
      throw new ClosedChannelException();
    }
    return !stopped;
  }

  /** Lets no other write start. Returns how many bytes the kernel has accepted. */
  synchronized long stop() {
    stopped = true;
    return accepted;
  }
}
