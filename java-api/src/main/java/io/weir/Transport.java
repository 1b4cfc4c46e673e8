package io.weir;

import io.weir.internal.stream.Connection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What lies under a {@link StreamWriter}: the watermarks of flow control, pausing of reading, and
 * the way to abort. Can be used from any thread; all its methods return at once.
 *
 * <p>asyncio: {@code Transport}.
 */
public final class Transport {

  private final Connection connection;

  @SuppressWarnings("unused") // held, so that the connection is not taken for abandoned
  private final Object handle;

  Transport(Connection connection, Object handle) {
    this.connection = connection;
    this.handle = handle;
  }

  /**
   * Asks for a fact about the connection.
   *
   * @param name the key
   * @return the value, null when this connection has none; values are kept after closing
   */
  public <T> @Nullable T getExtraInfo(ExtraInfo<T> name) {
    return name.type().cast(infoOf(name));
  }

  private @Nullable Object infoOf(ExtraInfo<?> name) {
    if (name == ExtraInfo.PEER_NAME) {
      return connection.channel().remoteAddress();
    }
    if (name == ExtraInfo.SOCK_NAME) {
      return connection.channel().localAddress();
    }
    if (name == ExtraInfo.SOCKET) {
      return new TransportSocket(connection.channel());
    }
    return connection.channel().extraInfo(name.name());
  }

  /**
   * Asks for a fact about the connection.
   *
   * @param name the key
   * @param otherwise what to return when this connection has none
   */
  public <T> T getExtraInfo(ExtraInfo<T> name, T otherwise) {
    T value = getExtraInfo(name);
    return value == null ? otherwise : value;
  }

  /** The watermarks of {@link StreamWriter#drain}. */
  public WriteLimits getWriteBufferLimits() {
    return connection.writeLimits();
  }

  /**
   * Sets the watermarks of {@link StreamWriter#drain}. More queued than the new high mark pauses
   * writers at once; a new low mark counts when something has been written.
   */
  public void setWriteBufferLimits(WriteLimits limits) {
    connection.writeLimits(Objects.requireNonNull(limits, "limits"));
  }

  /** How many bytes are queued here or being handed to the kernel. */
  public long getWriteBufferSize() {
    return connection.writeBufferSize();
  }

  /** Whether bytes are being read: not paused, by anyone, and not closing. */
  public boolean isReading() {
    return connection.isReading();
  }

  /**
   * Reads no more from the peer until {@link #resumeReading}, so that it has to wait. What is on
   * its way already is still added to the reader's buffer. Does nothing when paused or closing.
   */
  public void pauseReading() {
    connection.pauseReading(true);
  }

  /** Reads on. Does nothing when not paused or when closing. */
  public void resumeReading() {
    connection.pauseReading(false);
  }

  /** Whether the connection is closed, closing or lost. */
  public boolean isClosing() {
    return connection.isClosing();
  }

  /** The same as {@link StreamWriter#close}. */
  public void close() {
    connection.close();
  }

  /**
   * Closes at once and drops what is queued. The reader gets the end of the stream, {@link
   * StreamWriter#waitClosed} completes normally, {@link StreamWriter#drain} fails. The peer sees an
   * end or a reset, as the kernel likes.
   */
  public void abort() {
    connection.abort();
  }

  @Override
  public String toString() {
    return "Transport[" + connection + "]";
  }
}
