package io.weir.internal.channel;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/**
 * A completion handler that may choose the buffer of its read when bytes are available. It is asked
 * on the channel's thread when the read has a {@linkplain AsyncByteChannel#sharedBuffer shared
 * buffer}, and by a channel that {@linkplain AsyncByteChannel#asksForBuffer asks for a buffer}.
 */
public interface ReadBufferChooser extends CompletionHandler<Integer, @Nullable Void> {

  /**
   * Chooses the buffer, right before it is filled. Then either the handler completes, or {@link
   * #readReturnedNothing} is called.
   *
   * @param available the maximum number of bytes to read; 0 when it is unknown
   * @return a buffer with room, or null for the shared buffer
   */
  @Nullable ByteBuffer chooseBuffer(int available);

  /**
   * Reports that there was nothing to put into the chosen buffer. The read is still outstanding.
   */
  void readReturnedNothing();
}
