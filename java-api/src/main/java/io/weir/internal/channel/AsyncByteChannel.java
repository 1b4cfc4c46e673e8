package io.weir.internal.channel;

import io.weir.internal.concurrent.CompletionExecutor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/**
 * A connected, bidirectional channel of bytes, driven by completion handlers.
 *
 * <ul>
 *   <li>At most one read and one write are outstanding. A second one throws {@link
 *       java.nio.channels.ReadPendingException} or {@link java.nio.channels.WritePendingException}.
 *       Every other error is passed to the handler.
 *   <li>A handler is called exactly once, on any thread, possibly inside the call that starts the
 *       operation. The channel owns the buffers until then.
 *   <li>Only closing cancels an operation. An outstanding one then fails with {@link
 *       java.nio.channels.AsynchronousCloseException}, a later one with {@link
 *       java.nio.channels.ClosedChannelException}.
 * </ul>
 */
public interface AsyncByteChannel extends ChannelSocket {

  /**
   * Reads at least one byte into a buffer that has room.
   *
   * @param handler receives the number of bytes, or -1 at EOF; later reads receive -1 again
   */
  void read(ByteBuffer dst, CompletionHandler<Integer, @Nullable Void> handler);

  /**
   * Returns a buffer that many channels share, for reads of this channel, or null. A read fills it
   * from its start. The handler must copy the bytes before it returns. The channel asks a handler
   * that is a {@link ReadBufferChooser} for a better buffer.
   */
  default @Nullable ByteBuffer sharedBuffer() {
    return null;
  }

  /**
   * Returns whether this channel asks a handler that is a {@link ReadBufferChooser} for a buffer
   * when bytes are available. If it does, a read may start with a buffer that has no room.
   */
  default boolean asksForBuffer() {
    return false;
  }

  /**
   * Writes a part of the buffers, in their order, and advances their positions. The next write
   * begins with the rest.
   *
   * @param srcs the buffers; only the first {@code count} are used
   * @param count the number of buffers, at least one
   * @param handler receives the number of written bytes, which can be fewer than there are
   */
  void write(ByteBuffer[] srcs, int count, CompletionHandler<Long, @Nullable Void> handler);

  /**
   * Writes as many bytes as possible without waiting, and advances the buffer's position. Must not
   * be called while a write is outstanding. Keeps no reference to the buffer. The next write begins
   * with the rest.
   *
   * @return the number of written bytes; 0 when no byte can be written without waiting, or when
   *     this channel has only {@link #write}
   */
  default int writeNow(ByteBuffer src) throws IOException {
    return 0;
  }

  /**
   * Stops writing before an abort, so that a write on another thread does not change how many bytes
   * are unsent. An outstanding write stays outstanding until the abort.
   *
   * @return how many bytes of streams the system has accepted in all, also those of a write whose
   *     handler has not been called yet; -1 when this channel does not count them
   */
  default long stopWriting() {
    return -1;
  }

  /** Returns whether the channel supports half-close. */
  boolean canEndOutput();

  /**
   * Half-closes the channel: the peer reads EOF, and reading continues. Must not be called while a
   * write is outstanding.
   */
  void endOutput() throws IOException;

  /**
   * Closes the channel as its protocol requires. Bytes written before are still delivered. Must not
   * be called while a write is outstanding.
   *
   * @param handler completes when the channel is closed
   */
  void close(CompletionHandler<@Nullable Void, @Nullable Void> handler);

  /**
   * Shortens a close that has started or will start. Once everything has been passed to the system,
   * the close waits for the peer for at most a second, and then succeeds.
   */
  default void hurryClose() {}

  /**
   * Returns whether everything that the close sends has been passed to the system, so that at most
   * a wait for the peer is left. Valid while the channel is being closed.
   */
  default boolean hasSentAll() {
    return canEndOutput();
  }

  /** Closes the channel at once. Any thread may call, at any time, more than once. */
  void abort();

  /** Returns the executor on which this channel's callbacks run: its event loop, if it has one. */
  default CompletionExecutor completions() {
    return CompletionExecutor.IN_CALLER;
  }

  /**
   * Returns information that only this kind of channel has, also after closing.
   *
   * @param name the key
   * @return the value, or null when this channel has none
   */
  default @Nullable Object extraInfo(String name) {
    return null;
  }
}
