package io.weir;

import io.weir.internal.stream.Connection;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The writing end of a stream.
 *
 * <p><b>Threads.</b> Any thread may call; the bytes of one call stay together. A future that is
 * decided at once is returned complete. Otherwise it completes on the connection's I/O thread, or
 * on the executor given with {@code withCallbackExecutor} in the options, and never inside a call
 * of this library: a write of one thread does not run the callback of another thread's drain. Do
 * not block in a callback on an I/O thread: {@code join} and {@code get} of an unfinished future
 * throw {@link IllegalStateException} there.
 *
 * <p>Each caller has a future of its own. Cancelling one changes nothing for the others, and does
 * not stop the operation.
 *
 * <pre>{@code
 * writer.write("hello\n".getBytes(UTF_8));
 * writer.drain().thenRun(writer::close);
 * }</pre>
 *
 * <p>asyncio: {@code StreamWriter}.
 */
public final class StreamWriter {

  private final Connection connection;
  private final TransportHandle transport;

  StreamWriter(Connection connection, TransportHandle transport) {
    this.connection = connection;
    this.transport = transport;
  }

  /**
   * Writes a copy of the bytes: as much as the kernel takes now, the rest in the background. Never
   * blocks; never fails for a peer that is gone, which {@link #drain} tells. After {@link #close},
   * or when the connection is lost, the bytes are dropped. Memory holds what has not been sent, so
   * await {@code drain} between writes.
   *
   * <p>In a callback that has more to read already, a few bytes are kept until it returns, and
   * leave together with what it writes next.
   *
   * <p>asyncio: {@code write}.
   *
   * @throws IllegalStateException after {@link #writeEof}
   */
  public void write(byte[] data) {
    connection.write(ByteBuffer.wrap(data), "write");
  }

  /**
   * Writes a copy of a part of an array, as {@link #write(byte[])}.
   *
   * @param data the array
   * @param offset where the part begins
   * @param length how many bytes it has
   * @throws IndexOutOfBoundsException when the array has no such part
   * @throws IllegalStateException after {@link #writeEof}
   */
  public void write(byte[] data, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, data.length);
    connection.write(ByteBuffer.wrap(data, offset, length), "write");
  }

  /**
   * Writes a copy of the bytes from the buffer's position to its limit, as {@link #write(byte[])},
   * and moves the position to the limit.
   *
   * @throws IllegalStateException after {@link #writeEof}
   */
  public void write(ByteBuffer data) {
    connection.write(data.duplicate(), "write");
    data.position(data.limit());
  }

  /**
   * Writes a copy of all the parts in one piece; no separators are added.
   *
   * <p>asyncio: {@code writelines}.
   *
   * @throws IllegalStateException after {@link #writeEof}
   */
  public void writeLines(Iterable<byte[]> parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(Objects.requireNonNull(part, "a part of parts"));
    }
    connection.write(ByteBuffer.wrap(all.toByteArray()), "writeLines");
  }

  /**
   * Completes when it is time to write more: at once unless more than the high watermark is queued,
   * else when the low one is reached. (It is no flush.) Any number of callers may wait.
   *
   * <p>Fails with {@link ConnectionLostException} when the connection is lost, or closed or aborted
   * here, and so when what was written may not arrive; with the reader's exception when it has one.
   * Over TLS a loss is a {@link TlsException} when TLS failed, and a {@link TlsTruncationException}
   * when the peer left without its good-bye; neither is a {@code ConnectionLostException}.
   *
   * <p>asyncio: {@code drain}.
   */
  public CompletableFuture<@Nullable Void> drain() {
    return connection.drain();
  }

  /**
   * Whether the outgoing half can be ended while the other goes on.
   *
   * <p>asyncio: {@code can_write_eof}.
   */
  public boolean canWriteEof() {
    return connection.channel().canShutdownOutput();
  }

  /**
   * Ends the outgoing half behind everything that was written: the peer reads the end of the
   * stream. Reading goes on. Does nothing the second time and after {@link #close}.
   *
   * <p>asyncio: {@code write_eof}.
   *
   * @throws UnsupportedOperationException when {@link #canWriteEof} is false
   */
  public void writeEof() {
    if (!canWriteEof()) {
      throw new UnsupportedOperationException(
          "writeEof() on "
              + transport
              + ": this kind of connection has no half-close; use close()");
    }
    connection.writeEof();
  }

  /**
   * Closes both directions and returns at once. What was written before is still sent in the
   * background; then the socket is closed. The reader gets the end of the stream; what it has
   * buffered can still be read. Does nothing the second time.
   *
   * <p>While the peer takes nothing the sending can last: {@link #closeGracefully} limits it, and
   * {@link Transport#abort} ends it.
   *
   * <p>asyncio: {@code close}.
   */
  public void close() {
    connection.close();
  }

  /**
   * Closes as {@link #close} does, but in a given time, and takes care that the peer gets to read
   * what was sent: behind the last byte the outgoing half is ended, and until the peer ends too,
   * for a second at most, what it still sends is read and thrown away. (A socket that is closed
   * with bytes unread makes the kernel reset the connection, and a reset can overtake data.) When
   * time is up before everything has been handed to the system, the connection is aborted.
   *
   * <p>Never fails; the answer says what happened: {@link CloseReason.Kind#CLOSED} or {@link
   * CloseReason.Kind#CLOSED_BY_PEER} when all was handed over, {@link
   * CloseReason.Kind#SERVER_STOPPING} when it was and a shutdown of the server had ended the input
   * before, {@link CloseReason.Kind#TIMED_OUT} when it took too long, with the number of bytes that
   * were dropped (none when only TLS's good-bye was not answered), {@link CloseReason.Kind#RESET}
   * when the peer has gone, {@link CloseReason.Kind#TLS_FAILURE} when TLS failed or its good-bye
   * was not answered within {@link TlsOptions#withShutdownTimeout}, {@link
   * CloseReason.Kind#ABORTED} when it was aborted meanwhile. A connection that is closing already
   * is given that much time from now, unless an earlier call gave it less, and keeps its reason if
   * that is enough; one that has ended tells why.
   *
   * <p>The future completes on the connection's I/O thread, or on the callback executor. Cancelling
   * it stops nothing.
   *
   * @param timeout how long it may take
   */
  public CompletableFuture<CloseReason> closeGracefully(Duration timeout) {
    return connection.closeGracefully(Check.notNegative("timeout", timeout));
  }

  /** Why the connection has ended; null while it has not. */
  public @Nullable CloseReason closeReason() {
    return connection.closeReason();
  }

  /**
   * Whether the connection is closed, closing or lost.
   *
   * <p>asyncio: {@code is_closing}.
   */
  public boolean isClosing() {
    return connection.isClosing();
  }

  /**
   * Completes when the connection has ended: normally after {@link #close} or {@link
   * Transport#abort}, with {@link ConnectionLostException} when it was lost. Over TLS a loss is a
   * {@link TlsException} when TLS failed, and a {@link TlsTruncationException} when the peer left
   * without its good-bye; neither is a {@code ConnectionLostException}. It does not close the
   * connection.
   *
   * <p>asyncio: {@code wait_closed}.
   */
  public CompletableFuture<@Nullable Void> waitClosed() {
    return connection.waitClosed();
  }

  /**
   * Asks for a fact about the connection.
   *
   * <p>asyncio: {@code get_extra_info}.
   *
   * @param name the key
   * @return the value, null when this connection has none; values are kept after closing
   */
  public <T> @Nullable T getExtraInfo(ExtraInfo<T> name) {
    return transport.get().getExtraInfo(name);
  }

  /**
   * Asks for a fact about the connection.
   *
   * @param name the key
   * @param otherwise what to return when this connection has none
   */
  public <T> T getExtraInfo(ExtraInfo<T> name, T otherwise) {
    return transport.get().getExtraInfo(name, otherwise);
  }

  /** What lies underneath: watermarks, pausing, abort. After {@link #startTls} it is another. */
  public Transport transport() {
    return transport.get();
  }

  /**
   * Puts TLS on this connection: everything that was written before is sent in the clear,
   * everything after through TLS. Reader and writer stay the same, and a read that waits goes on
   * waiting; watermarks and back-pressure act on what TLS carries.
   *
   * <p>A connection that a server accepted plays the server's part, one that was opened the
   * client's. A client checks the server's certificate for the host that the connection was opened
   * to, unless the options name another.
   *
   * <p>The future completes when hands have been shaken; until then nothing that is written is sent
   * and nothing is read. Cancelling it aborts the connection, and so does every failure of the
   * handshake; the future fails with {@link TlsException}, or with {@link ConnectionLostException}
   * when the peer has left. It fails so too, and the connection with it, when a client finds bytes
   * in its reader: they came in the clear, and would pass for the server's words over TLS. (What a
   * server finds there belongs to the client's handshake.)
   *
   * <p>The idle timeout counts on until what was written before has been sent in the clear; then
   * {@link TlsOptions#withHandshakeTimeout} counts, until hands have been shaken.
   *
   * <p>Fails with {@link IllegalStateException}, and changes nothing, while another {@code
   * startTls} is under way and after {@link #writeEof}. TLS inside TLS works.
   *
   * <p>asyncio: {@code start_tls}. RFC 3207 for mail is the best known use.
   *
   * @param options how to speak TLS; a server needs a certificate there
   * @throws IllegalArgumentException when it is not evident which side this is, or when a client
   *     knows no name to check, or when a server has no certificate
   */
  public CompletableFuture<@Nullable Void> startTls(TlsOptions options) {
    return transport.startTls(Objects.requireNonNull(options, "options"), /* side= */ null);
  }

  /**
   * Puts TLS on this connection, as {@link #startTls(TlsOptions)}, with a part that is not the
   * evident one, or where none is.
   *
   * @param options how to speak TLS
   * @param side the part that this end plays; the peer plays the other
   */
  public CompletableFuture<@Nullable Void> startTls(TlsOptions options, TlsSide side) {
    return transport.startTls(
        Objects.requireNonNull(options, "options"), Objects.requireNonNull(side, "side"));
  }

  @Override
  public String toString() {
    return "StreamWriter[" + transport + "]";
  }
}
