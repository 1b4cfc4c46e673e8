package io.weir;

import io.weir.internal.stream.Connection;
import io.weir.internal.stream.StreamInput;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The writing end of a connection.
 *
 * <p><b>Threads.</b> Any thread may call any method. The bytes of one call stay together. A future
 * whose result is known at once is returned completed. Otherwise it completes on the connection's
 * I/O thread, or on the executor given with {@code withCallbackExecutor} in the options. It never
 * completes inside a call into this library: a write on one thread does not run callbacks of
 * another thread's {@code drain}. Do not block in a callback on an I/O thread: {@code join} and
 * {@code get} of an unfinished future throw {@link IllegalStateException} there.
 *
 * <p><b>Cancelling.</b> Cancelling a future affects neither the operation nor other futures, except
 * that cancelling {@link #startTls(TlsOptions)} aborts the connection, and that cancelling {@code
 * writeAll} or {@link #transferFrom} stops them.
 *
 * <pre>{@code
 * writer.write("hello\n".getBytes(UTF_8));
 * writer.drain().thenRun(writer::close);
 * }</pre>
 *
 * <p>asyncio: {@code StreamWriter}.
 */
public final class StreamWriter implements AutoCloseable {

  private final Connection connection;
  private final TransportHandle transport;

  StreamWriter(Connection connection, TransportHandle transport) {
    this.connection = connection;
    this.transport = transport;
  }

  /**
   * Writes a copy of the bytes: as many as the kernel accepts now, the rest in the background.
   * Never blocks. After {@link #close}, or when the connection is lost, drops the bytes; {@link
   * #drain} then fails. Bytes that the kernel has not accepted stay in memory, so await {@code
   * drain} between writes. On an I/O thread, the copy delays the thread's other connections: write
   * megabytes in parts.
   *
   * <p>In a callback on an I/O thread, while input is buffered, writes of up to 4 KiB are held
   * until no callback is pending. They are then sent together.
   *
   * <p>asyncio: {@code write}.
   *
   * @param data the bytes
   * @throws IllegalStateException after {@link #writeEof}
   */
  public void write(byte[] data) {
    connection.write(Objects.requireNonNull(data, "data"), 0, data.length);
  }

  /**
   * Writes a copy of a part of an array, as {@link #write(byte[])} does.
   *
   * @param data the array
   * @param offset the index of the first byte
   * @param length the number of bytes
   * @throws IndexOutOfBoundsException when the array has no such part
   * @throws IllegalStateException after {@link #writeEof}
   */
  public void write(byte[] data, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, Objects.requireNonNull(data, "data").length);
    connection.write(data, offset, length);
  }

  /**
   * Writes a copy of the bytes between a buffer's position and limit, as {@link #write(byte[])}
   * does. Sets the position to the limit.
   *
   * @param data the buffer
   * @throws IllegalStateException after {@link #writeEof}
   */
  public void write(ByteBuffer data) {
    connection.write(Objects.requireNonNull(data, "data").duplicate(), "write");
    data.position(data.limit());
  }

  /**
   * Writes a copy of all parts, which stay together. Adds no separators.
   *
   * <p>asyncio: {@code writelines}.
   *
   * @param parts the bytes, in the order of the iterator
   * @throws IllegalStateException after {@link #writeEof}
   */
  public void writeLines(Iterable<byte[]> parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : Objects.requireNonNull(parts, "parts")) {
      all.writeBytes(Objects.requireNonNull(part, "a part of parts"));
    }
    connection.write(ByteBuffer.wrap(all.toByteArray()), "writeLines");
  }

  /**
   * Completes when the program may write more. The future is complete unless the queue has exceeded
   * the high watermark. A pending future completes when the queue has shrunk to the low watermark.
   * It does not wait for an empty queue. Any number of drains may be pending.
   *
   * <p>Fails with {@link ConnectionLostException} when the connection is lost, closed or aborted. A
   * drain that is pending when this side closes fails at once, and what was written before is still
   * sent. Fails with the reader's error, if there is one, except the one that {@link
   * Server#shutdown} causes. Completes normally when the peer has closed TLS after all bytes were
   * sent. Over TLS the error is a {@link TlsException} when TLS failed, and a {@link
   * TlsTruncationException} when the peer closed without close_notify. Neither is a {@code
   * ConnectionLostException}.
   *
   * <p>asyncio: {@code drain}.
   */
  public CompletableFuture<@Nullable Void> drain() {
    return connection.drain(transport);
  }

  /**
   * Writes a copy of the bytes, then drains: {@link #write(byte[])} and {@link #drain} in one call.
   *
   * <p>After {@link #writeEof} the future fails with {@link IllegalStateException}.
   *
   * <p>asyncio: {@code write}, then {@code await drain()}.
   *
   * @param data the bytes
   */
  public CompletableFuture<@Nullable Void> send(byte[] data) {
    try {
      write(data);
    } catch (IllegalStateException afterEof) {
      return CompletableFuture.failedFuture(afterEof);
    }
    return drain();
  }

  /**
   * Encodes a value and writes its bytes, then drains, as {@link #send(byte[])} does.
   *
   * @param encoder turns the value into bytes
   * @param value the value
   * @throws IllegalArgumentException when the encoder refuses the value; nothing is written then
   */
  public <T extends @Nullable Object> CompletableFuture<@Nullable Void> send(
      Encoder<T> encoder, T value) {
    return send(Objects.requireNonNull(encoder, "encoder").encode(value));
  }

  /** Starts a transfer. */
  CompletableFuture<Long> transferFrom(StreamInput from, Object reader) {
    return new TransferLoop(from, reader, connection, transport, transport.files().buffers())
        .transfer();
  }

  /**
   * Writes a part of a file: {@code count} bytes, or fewer when the file ends before. The channel's
   * own position does not change. Reads chunks of up to 64 KiB through one direct buffer, each
   * after the drain of the previous one. Earlier writes are sent first; others may come between two
   * chunks.
   *
   * <p>Reading a file blocks, so it runs on a thread for files. {@code sendfile} is not used,
   * because it would read the disk on an I/O thread. The file may grow or shrink during the
   * transfer. If it shrinks, the transfer completes early with a smaller result.
   *
   * <p>Fails with the error of a read of the file, as an {@link java.io.IOException}. The
   * connection then stays open, and what was queued before is sent. Fails as {@link #drain} does
   * when the connection is lost or closed, also during a read. Cancelling the future stops the
   * transfer: no byte is queued afterwards, and the message of the {@code CancellationException}
   * contains the number of bytes queued before.
   *
   * <p>asyncio: {@code loop.sendfile}, with its fallback.
   *
   * @param file a channel that can read; stays open
   * @param position the first byte in the file, 0 or more
   * @param count the maximum number of bytes, 0 or more; {@link Long#MAX_VALUE} for all
   * @return the number of bytes, which are sent or queued
   */
  public CompletableFuture<Long> transferFrom(FileChannel file, long position, long count) {
    Objects.requireNonNull(file, "file");
    Check.notNegative("position", position);
    Check.notNegative("count", count);
    return new FileTransfer(connection, transport, transport.files(), file, position, count)
        .transfer();
  }

  /**
   * Writes all elements of an iterator, as {@link #send(byte[])} does. Requests the next element
   * when the drain of the previous one is complete. Stack and memory do not grow with the number of
   * elements. Other writes may come between two elements.
   *
   * <p>The iterator runs on the calling thread and on the thread on which drains complete, and must
   * not block there. The future completes after the last drain. It fails as {@link #drain} does,
   * with what the iterator throws, or with {@link NullPointerException} for a null element. The
   * connection then stays open. Cancelling the future stops before the next element.
   *
   * @param elements the bytes
   */
  public CompletableFuture<@Nullable Void> writeAll(Iterator<byte[]> elements) {
    return WriteLoop.start(connection, transport, Objects.requireNonNull(elements, "elements"));
  }

  /**
   * Writes all elements of a stream, as {@link #writeAll(Iterator)} does, and closes the stream,
   * also after a failure and when the future is cancelled. An exception of the stream's {@code
   * close} fails the future, unless it has been cancelled.
   *
   * @param elements the bytes
   * @throws IllegalStateException when the stream has been used
   */
  public CompletableFuture<@Nullable Void> writeAll(Stream<byte[]> elements) {
    return WriteLoop.start(connection, transport, Objects.requireNonNull(elements, "elements"));
  }

  /**
   * Writes all elements of a publisher. Requests one element at the start, and another whenever a
   * drain completes. Otherwise equivalent to {@link #writeAll(Iterator)}.
   *
   * <p>The subscription is cancelled when the future is cancelled or fails, also when the
   * connection is lost or closed while the publisher has no element. The future fails with the
   * error of the publisher. The subscriber complies with Reactive Streams.
   *
   * @param publisher publishes the bytes
   */
  public CompletableFuture<@Nullable Void> writeAll(Flow.Publisher<byte[]> publisher) {
    Objects.requireNonNull(publisher, "publisher");
    return WriteSubscriber.start(connection, transport, publisher);
  }

  /**
   * Returns a blocking view of this writer, for code that writes to an {@link OutputStream}. Writes
   * and {@code flush} wait until {@link #drain} completes, as {@link AsyncStreams#await} does,
   * which throws on an I/O thread. Closing the view closes the connection, and waits until the
   * kernel has accepted all bytes and the socket is closed.
   *
   * <p>An interrupt fails a wait with {@link java.io.InterruptedIOException}. Its {@code
   * bytesTransferred} is the number of bytes queued or sent. A write after {@link #writeEof} fails
   * with {@link java.io.IOException}.
   */
  public OutputStream asOutputStream() {
    return new BlockingOutput(connection, this);
  }

  /**
   * Returns whether the connection supports half-close. TLS does not.
   *
   * <p>asyncio: {@code can_write_eof}.
   */
  public boolean canWriteEof() {
    return connection.channel().canEndOutput();
  }

  /**
   * Half-closes the connection after all outgoing bytes: the peer reads EOF. Reading continues.
   * Does nothing the second time and after {@link #close}.
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
   * Closes both directions and returns at once. Bytes written before are sent in the background;
   * then the socket is closed. The reader gets EOF after the bytes that it has buffered. Does
   * nothing the second time.
   *
   * <p>At the end of a {@code try} with resources it does not wait either: the bytes are sent in
   * the background, on a daemon thread. A program that exits now, because {@code main} returns or
   * calls {@code System.exit}, loses them, and the peer may see a clean EOF. End with {@code
   * closeGracefully(timeout).join()} instead, or with {@code waitClosed().join()} after {@code
   * close()}.
   *
   * <p>A peer that does not read can delay the close without limit. {@link #closeGracefully} sets a
   * limit, and {@link Transport#abort} drops the bytes. Over TLS, see also {@link
   * TlsOptions#withShutdownTimeout}. During a TLS handshake, close terminates the connection at
   * once, and bytes written for TLS are not sent.
   *
   * <p>asyncio: {@code close}.
   */
  @Override
  public void close() {
    connection.close();
  }

  /**
   * Closes as {@link #close} does, within a time limit, and avoids a reset that could destroy data.
   * After the last byte it half-closes the connection. It then discards what the peer sends until
   * the peer closes its half, for a second at most. (When a socket with unread bytes is closed, the
   * kernel sends RST, which can overtake data: RFC 1122, section 4.2.2.13.) When the time expires
   * before the kernel has accepted all bytes, the connection is aborted.
   *
   * <p>When the connection is already closing, the earlier of its time limit and this one applies.
   * The close reason stays that of the earlier close, unless the time expires. When it is already
   * closed, the future is complete with its reason.
   *
   * <p>The future never fails. It completes on the connection's I/O thread, or on the callback
   * executor. Cancelling it has no effect on the connection. Usually its result is one of these:
   *
   * <ul>
   *   <li>{@link CloseReason.Kind#CLOSED} or {@link CloseReason.Kind#CLOSED_BY_PEER}: the kernel
   *       has accepted all bytes.
   *   <li>{@link CloseReason.Kind#SERVER_STOPPING}: the kernel has accepted all bytes, after a
   *       shutdown of the server had cut the input off.
   *   <li>{@link CloseReason.Kind#TIMED_OUT}: the time expired. The result contains the number of
   *       dropped bytes, which is 0 when only this side's close_notify was not sent.
   *   <li>{@link CloseReason.Kind#RESET}: the connection was lost.
   *   <li>{@link CloseReason.Kind#TLS_FAILURE}: TLS failed, or the kernel did not accept this
   *       side's close_notify within {@link TlsOptions#withShutdownTimeout}.
   *   <li>{@link CloseReason.Kind#ABORTED}: the connection was aborted meanwhile.
   * </ul>
   *
   * @param timeout the maximum time, 0 or more
   */
  public CompletableFuture<CloseReason> closeGracefully(Duration timeout) {
    return connection.closeGracefully(Check.notNegative("timeout", timeout));
  }

  /** Returns why the connection closed, or null while it is not closed. */
  public @Nullable CloseReason closeReason() {
    return connection.closeReason();
  }

  /**
   * Returns whether the connection is closed, closing or lost.
   *
   * <p>asyncio: {@code is_closing}.
   */
  public boolean isClosing() {
    return connection.isClosing();
  }

  /**
   * Completes when the connection is closed. Does not close it. Completes normally after {@link
   * #close} and {@link Transport#abort}.
   *
   * <p>Fails with {@link ConnectionLostException} when the connection was lost. Over TLS the error
   * is a {@link TlsException} when TLS failed, and a {@link TlsTruncationException} when the peer
   * closed without close_notify. Neither is a {@code ConnectionLostException}.
   *
   * <p>Completing normally does not mean that the peer has read everything ({@link
   * CloseReason#unsent}). A protocol that depends on that needs an answer from the peer.
   *
   * <p>asyncio: {@code wait_closed}.
   */
  public CompletableFuture<@Nullable Void> waitClosed() {
    return connection.waitClosed(transport);
  }

  /**
   * Returns information about the connection, also after it has closed.
   *
   * <p>asyncio: {@code get_extra_info}.
   *
   * @param name the key
   * @return the value, or null when this connection has none
   */
  public <T> @Nullable T getExtraInfo(ExtraInfo<T> name) {
    return transport.get().getExtraInfo(name);
  }

  /**
   * Returns information about the connection, or a default.
   *
   * <p>asyncio: {@code get_extra_info}.
   *
   * @param name the key
   * @param otherwise the result when this connection has no value
   */
  public <T> T getExtraInfo(ExtraInfo<T> name, T otherwise) {
    return transport.get().getExtraInfo(name, otherwise);
  }

  /**
   * Returns the transport: watermarks, pausing of reading, abort. {@link #startTls} replaces it.
   */
  public Transport transport() {
    return transport.get();
  }

  /**
   * Upgrades this connection to TLS. Bytes written before are sent in the clear, bytes written
   * later through TLS. Reader, writer and a pending read stay valid. Watermarks and back-pressure
   * then apply to the plaintext. TLS inside TLS works. A renegotiation (TLS 1.2) is refused in both
   * roles: the connection closes without close_notify.
   *
   * <p>A connection that a server accepted is the TLS server, a connection that was opened the TLS
   * client. A client checks the server's certificate against the host name in the call that opened
   * the connection, unless the options contain another name.
   *
   * <p>The future completes after the TLS handshake. Until then the connection neither sends nor
   * delivers data. The idle timeout applies until the bytes written before have been sent. Then
   * {@link TlsOptions#withHandshakeTimeout} applies. Cancelling the future aborts the connection.
   *
   * <p>Every failure of the handshake aborts the connection. The future fails with {@link
   * TlsException}, or with {@link ConnectionLostException} when the peer has closed. A client's
   * {@code startTls} also fails, and the connection closes, when its reader has unread bytes. They
   * arrived in the clear and must not pass for data received over TLS. (A server's reader may
   * contain the start of the client's handshake.)
   *
   * <p>While another {@code startTls} is pending and after {@link #writeEof}, the future fails with
   * {@link IllegalStateException}, and the connection stays open.
   *
   * <p>asyncio: {@code start_tls}. RFC 3207 (STARTTLS of SMTP).
   *
   * @param options the TLS options; a server needs a certificate
   * @throws IllegalArgumentException when the TLS side is unknown, when a client has no host name
   *     to check, or when a server has no certificate
   */
  public CompletableFuture<@Nullable Void> startTls(TlsOptions options) {
    return transport.startTls(Objects.requireNonNull(options, "options"), /* side= */ null);
  }

  /**
   * Upgrades this connection to TLS on a given side, as {@link #startTls(TlsOptions)} does. Use it
   * when the side does not follow from how the connection was opened.
   *
   * @param options the TLS options
   * @param side the TLS side of this end; the peer has the other
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
