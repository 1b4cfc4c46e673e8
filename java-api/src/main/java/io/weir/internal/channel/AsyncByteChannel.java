package io.weir.internal.channel;

import io.weir.internal.concurrent.CompletionExecutor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/**
 * A connected, bidirectional channel of bytes, driven by completions.
 *
 * <ul>
 *   <li>At most one read and one write are outstanding; a second one of either kind is a bug of the
 *       caller and throws {@link java.nio.channels.ReadPendingException} or {@link
 *       java.nio.channels.WritePendingException}. Everything else is told to the handler.
 *   <li>A handler is called exactly once, on any thread, possibly inside the call that started the
 *       operation. The buffers belong to the channel until then.
 *   <li>Nothing can be cancelled but by closing: an operation outstanding then fails with {@link
 *       java.nio.channels.AsynchronousCloseException}, a later one with {@link
 *       java.nio.channels.ClosedChannelException}.
 * </ul>
 */
public interface AsyncByteChannel extends ChannelSocket {

  /**
   * Reads at least one byte into a buffer that has room.
   *
   * @param handler is told the number of bytes read, or -1 at the end of the stream, again and
   *     again
   */
  void read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler);

  /**
   * A buffer that many channels share, for reads of this one; null when there is none. A read into
   * it starts at its beginning, and what it has read has to be taken out before the handler
   * returns. A handler that is a {@link ReadBufferChooser} is asked for a better one.
   */
  default @Nullable ByteBuffer sharedBuffer() {
    return null;
  }

  /**
   * Writes some of the bytes of the first buffers, in order, and moves their positions.
   *
   * @param srcs the buffers, of which the first {@code count} are used
   * @param count how many of the buffers to write from, at least one
   * @param handler is told the number of bytes written, which can be less than there are
   */
  void write(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler);

  /**
   * Writes what can be written at once, and moves the buffer's position. Not to be called while a
   * write is outstanding. The buffer is the caller's again when this returns.
   *
   * @return how many bytes; 0 when none can be written without waiting, or this channel can only
   *     write by {@link #write}
   */
  default int writeNow(ByteBuffer src) throws IOException {
    return 0;
  }

  /** Whether the outgoing half can be ended alone. */
  boolean canShutdownOutput();

  /**
   * Ends the outgoing half: the peer reads the end of the stream. Reading goes on. Not to be called
   * while a write is outstanding.
   */
  void shutdownOutput() throws IOException;

  /**
   * Closes the channel in the way of its protocol, and tells the handler when that is done. Not to
   * be called while a write is outstanding; what was written before is still delivered.
   */
  void close(CompletionHandler<@Nullable Void, @Nullable Void> handler);

  /** Closes the channel at once. Can be called at any time, from any thread, more than once. */
  void abort();

  /** Completes futures where this channel's callbacks run: on its event loop, if it has one. */
  default CompletionExecutor completions() {
    return CompletionExecutor.IN_CALLER;
  }

  /**
   * A fact that this kind of channel has and others have not, by its name; known also after
   * closing.
   */
  default @Nullable Object extraInfo(String name) {
    return null;
  }
}
