package io.weir.internal.channel;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/**
 * The handler of a read that may choose a buffer when bytes are available: of a read into a
 * {@linkplain AsyncByteChannel#sharedBuffer shared buffer}, on the channel's thread, or of a
 * channel that {@linkplain AsyncByteChannel#asksForBuffer asks for one}.
 */
public interface ReadBufferChooser extends CompletionHandler<Integer, @Nullable Void> {

  /**
   * Chooses the buffer, right before it is filled. Then either the handler completes, or {@link
   * #readReturnedNothing} is called.
   *
   * @param available how many bytes there may be at most; 0 when that is unknown
   * @return a buffer with room, or null for the shared buffer
   */
  @Nullable ByteBuffer chooseBuffer(int available);

  /**
   * Reports that there was nothing to put into the chosen buffer. The read is still outstanding.
   */
  void readReturnedNothing();
}
