package io.weir.internal.stream;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A read of the channel into the direct buffer of a pending read, bypassing the receive buffer: the
 * kernel writes into the program's buffer, which saves one copy of large reads.
 *
 * <p>The loop asks for the buffer right before it reads ({@link
 * io.weir.internal.channel.ReadBufferChooser}). From then until the outcome is known, the pending
 * read is pinned: an owner that cancels it waits for the system call, which does not block.
 *
 * @param read the pending read, pinned
 * @param view its buffer
 */
record DirectRead(PendingRead<?> read, ByteBuffer view) {

  /**
   * Pins a pending read that has a large direct buffer; null when it has none, or its owner has
   * left.
   */
  static @Nullable DirectRead pin(PendingRead<?> read) {
    ByteBuffer view = read.directView();
    if (view == null) {
      return null;
    }
    if (read.pin()) {
      return new DirectRead(read, view);
    }
    read.returnDirectView(view);
    return null;
  }

  /**
   * Answers the read with the bytes that the channel has put before the position of the view. When
   * the program has changed its buffer meanwhile, the read fails, and the bytes go to the queue.
   */
  void complete(int count, ByteQueue queue) {
    read.unpin(/* answered= */ true);
    if (!read.fillDirect(view, count)) {
      queue.append(view.duplicate().flip().position(view.position() - count));
    }
  }

  /** Returns the view. Unpins the read, unless it has its answer. */
  void release() {
    read.returnDirectView(view);
    if (read.isPinned()) {
      read.unpin(/* answered= */ false);
    }
  }
}
