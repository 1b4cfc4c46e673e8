package io.weir.internal.channel;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/**
 * The handler of a read into a {@linkplain AsyncByteChannel#sharedBuffer shared buffer}. It may
 * choose another buffer when bytes are available. Called on the channel's thread.
 */
public interface ReadBufferChooser extends CompletionHandler<Integer, @Nullable Void> {

  /**
   * Chooses the buffer, right before the system call. Then either the handler completes, or {@link
   * #readReturnedNothing} is called.
   *
   * @return a direct buffer with room, or null for the shared buffer
   */
  @Nullable ByteBuffer chooseBuffer();

  /**
   * Reports that the system call has read nothing into the chosen buffer. The read is still
   * outstanding.
   */
  void readReturnedNothing();
}
