package io.weir;

import io.weir.internal.stream.Connection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The transport of a {@link StreamWriter}: watermarks, pausing of reading, abort. Any thread may
 * call any method, and every method returns at once.
 *
 * <p>asyncio: {@code Transport}.
 */
public final class Transport {

  private final Connection connection;

  @SuppressWarnings("unused") // keeps LostConnection from closing the connection
  private final Object handle;

  Transport(Connection connection, Object handle) {
    this.connection = connection;
    this.handle = handle;
  }

  /**
   * Returns information about the connection, also after it has closed.
   *
   * @param name the key
   * @return the value, or null when this connection has none
   */
  public <T> @Nullable T getExtraInfo(ExtraInfo<T> name) {
    Object value = infoOf(Objects.requireNonNull(name, "name"));
    return value == null ? null : name.type().cast(value);
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
   * Returns information about the connection, or a default.
   *
   * @param name the key
   * @param otherwise the result when this connection has no value
   */
  public <T> T getExtraInfo(ExtraInfo<T> name, T otherwise) {
    Objects.requireNonNull(otherwise, "otherwise");
    T value = getExtraInfo(name);
    return value == null ? otherwise : value;
  }

  /** Returns the watermarks of {@link StreamWriter#drain}. */
  public WriteLimits getWriteBufferLimits() {
    return connection.writeLimits();
  }

  /**
   * Sets the watermarks of {@link StreamWriter#drain}. When more bytes than the new high watermark
   * are queued, the next {@code drain} waits. A new low watermark takes effect with the next bytes
   * that are sent.
   *
   * @param limits the watermarks
   */
  public void setWriteBufferLimits(WriteLimits limits) {
    connection.writeLimits(Objects.requireNonNull(limits, "limits"));
  }

  /** Returns how many outgoing bytes the kernel has not accepted yet. */
  public long getWriteBufferSize() {
    return connection.writeBufferSize();
  }

  /**
   * Returns whether the connection reads: not paused by the program or by back-pressure, and not
   * closing.
   */
  public boolean isReading() {
    return connection.isReading();
  }

  /**
   * Stops reading from the channel until {@link #resumeReading}, so that TCP flow control stops the
   * peer. A channel read that is already outstanding still fills the reader's buffer. Does nothing
   * when reading is paused or the connection is closing.
   */
  public void pauseReading() {
    connection.pauseReading(true);
  }

  /**
   * Reads from the channel again. Does nothing when reading is not paused or the connection is
   * closing.
   */
  public void resumeReading() {
    connection.pauseReading(false);
  }

  /** Returns whether the connection is closed, closing or lost. */
  public boolean isClosing() {
    return connection.isClosing();
  }

  /** Closes the connection as {@link StreamWriter#close} does. */
  public void close() {
    connection.close();
  }

  /**
   * Closes the connection at once and drops the queued bytes. The reader gets EOF, {@link
   * StreamWriter#waitClosed} completes normally, and {@link StreamWriter#drain} fails. The peer
   * sees EOF or a reset; the kernel decides.
   */
  public void abort() {
    connection.abort();
  }

  @Override
  public String toString() {
    return "Transport[" + connection + "]";
  }
}
