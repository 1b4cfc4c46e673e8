package io.weir.internal.channel;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/**
 * Who reads into a {@linkplain AsyncByteChannel#sharedBuffer shared buffer}, and may know a better
 * place when there is something to read. Called on the thread of the channel.
 */
public interface ReadBufferChooser extends CompletionHandler<Integer, @Nullable Void> {

  /**
   * Asks where to read, right before it is tried. When it has been tried the handler is told, or
   * {@link #readReturnedNothing}.
   *
   * @return a direct buffer with room; null for the shared one
   */
  @Nullable ByteBuffer chooseBuffer();

  /** There was nothing after all, and the buffer is not used; the read is still outstanding. */
  void readReturnedNothing();
}
