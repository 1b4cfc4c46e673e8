package io.weir;

import io.weir.internal.stream.DecodingInput;
import io.weir.internal.stream.HandFedInput;
import io.weir.internal.stream.ReadFraming;
import io.weir.internal.stream.StreamEnd;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The reading end of a connection: reads bytes, lines, and bytes up to a separator.
 *
 * <p><b>Back-pressure.</b> The reader stops reading from the socket when it buffers more than twice
 * {@link #limit}. It continues when the limit or less is buffered, or when a read is pending.
 *
 * <p><b>Threads.</b> Any thread may call any method. A read of buffered bytes returns a completed
 * future. A pending read completes on the connection's I/O thread, or on the executor given with
 * {@code withCallbackExecutor} in the options. It never completes inside a call into this library,
 * such as {@code close}. Do not block in a callback on an I/O thread: {@code join} and {@code get}
 * of an unfinished future throw {@link IllegalStateException} there. On an executor of the program
 * they wait.
 *
 * <p>Recursive reads in callbacks do not overflow the stack. After 32 completed futures in a row,
 * the next one stays pending until the running callback has returned. The callbacks of a
 * {@linkplain #handFed hand-fed} reader run on the thread that feeds it, at the end of that
 * thread's outermost call into the library.
 *
 * <p><b>One pending read.</b> A second read that would have to wait fails at once with {@link
 * IllegalStateException}. One that need not wait takes the next bytes, as in asyncio.
 *
 * <p><b>Cancelling.</b> A cancelled read consumes nothing, whenever it is cancelled, and the next
 * read returns the same bytes. This holds for {@code cancel}, {@code orTimeout} and {@code
 * completeOnTimeout}. Cancel the future that the method returned: a future derived from it, with
 * {@code thenApply} for example, passes neither a cancellation nor {@code orTimeout} on. A {@code
 * get} that times out or is interrupted cancels nothing either. The read stays pending, and the
 * next read that would have to wait fails: keep the future and cancel it, or call {@code orTimeout}
 * on the future that the read returned.
 *
 * <p><b>EOF.</b> When all bytes before a clean EOF have been read, a read reports EOF as its
 * description says. EOF is clean when the peer closed its half, and after {@code close} or {@code
 * abort} on this side.
 *
 * <p><b>Errors.</b> When the connection is lost, a read that needs more bytes than are buffered
 * fails with {@link ConnectionLostException} and consumes nothing. The bytes stay buffered, and
 * {@link #read(int)} returns them. Over TLS the error is a {@link TlsException} when TLS failed,
 * and a {@link TlsTruncationException} when the peer closed without close_notify. Neither is a
 * {@code ConnectionLostException}. A clean EOF stays clean when the connection is lost later. Reads
 * also fail with {@code ConnectionLostException} after {@link Server#shutdown} has cut the input
 * off, and after {@link AsyncRuntime#close}.
 *
 * <p>asyncio: {@code StreamReader}.
 */
public final class StreamReader {

  /** The default limit, in bytes: 64 KiB. */
  public static final int DEFAULT_LIMIT = 64 * 1024;

  private final DecodingInput input;
  private final @Nullable TransportHandle
      transport; // also keeps LostConnection from closing the connection

  StreamReader(DecodingInput input, @Nullable TransportHandle transport) {
    this.input = input;
    this.transport = transport;
  }

  /**
   * Creates a reader without a connection, for tests and parsers. The program feeds it with {@link
   * #feedData}, {@link #feedEof} and {@link #setException}.
   *
   * @param limit the limit in bytes, more than 0
   */
  public static StreamReader handFed(int limit) {
    Check.positive("limit", limit);
    return new StreamReader(new HandFedInput(limit), /* transport= */ null);
  }

  /**
   * Reads at least one byte and at most {@code max}. An empty array means EOF, or that {@code max}
   * is 0. The {@link #limit} does not apply.
   *
   * <p>asyncio: {@code read(n)}.
   *
   * @param max the maximum number of bytes, 0 or more
   */
  public CompletableFuture<byte[]> read(int max) {
    return submit(ReadRequest.upTo(max));
  }

  /**
   * Reads into a buffer: at least one byte, and at most as many as the buffer has room for. Returns
   * the number of bytes and advances the position by it. Returns -1 at EOF, or 0 when the buffer
   * has no room. The {@link #limit} does not apply.
   *
   * <p>Use this overload for bulk transfers: it does not allocate. With a direct buffer that has
   * room for 4 KiB or more, a pending read avoids another copy: the kernel writes into the buffer.
   * This needs a socket on a selector loop without TLS.
   *
   * <p>The reader owns the buffer until the future completes. A cancelled read leaves the buffer
   * unchanged. When the program changes the buffer meanwhile, the read can fail, and the next read
   * returns the bytes.
   *
   * @param destination the buffer that receives the bytes; not read-only
   */
  public CompletableFuture<Integer> read(ByteBuffer destination) {
    return input.read(Check.writable("destination", destination), this);
  }

  /**
   * Reads all bytes up to EOF. The {@link #limit} does not apply.
   *
   * <p>asyncio: {@code read(-1)}.
   */
  public CompletableFuture<byte[]> read() {
    return submit(ReadRequest.toEof());
  }

  /**
   * Reads exactly {@code count} bytes. The {@link #limit} does not apply.
   *
   * <p>Fails with {@link IncompleteReadException} at a clean EOF before {@code count} bytes. The
   * exception contains the received bytes.
   *
   * <p>asyncio: {@code readexactly}.
   *
   * @param count the number of bytes, 0 or more
   */
  public CompletableFuture<byte[]> readExactly(int count) {
    return submit(ReadRequest.exactly(count));
  }

  /**
   * Reads a line, including its {@code '\n'}. At a clean EOF, returns the remaining bytes, or an
   * empty array.
   *
   * <p>Fails with {@link LimitOverrunException} when the line, without its {@code '\n'}, exceeds
   * the {@link #limit}. The reader then discards what it has buffered of the line. A loop continues
   * with the next line, or with the rest of this one if its {@code '\n'} was not received yet.
   *
   * <p>asyncio: {@code readline}.
   */
  public CompletableFuture<byte[]> readLine() {
    return submit(ReadRequest.line());
  }

  /**
   * Reads up to and including a separator. Uses the separator that is complete first. When two are
   * complete at the same byte, uses the shorter one.
   *
   * <p>Fails with {@link LimitOverrunException} when more than {@link #limit} bytes precede the
   * separator. The bytes stay in the reader; {@code readExactly(e.consumed())} reads them. Fails
   * with {@link IncompleteReadException} at a clean EOF before a separator. That exception contains
   * the received bytes.
   *
   * <p>asyncio: {@code readuntil}.
   *
   * @param separators one or more, each of at least one byte
   */
  public CompletableFuture<byte[]> readUntil(byte[]... separators) {
    return submit(ReadRequest.until(separators));
  }

  /**
   * Reads up to and including a separator, as {@link #readUntil(byte[]...)} does.
   *
   * @param separator the bytes from its position to its limit, at least one; the position does not
   *     change
   */
  public CompletableFuture<byte[]> readUntil(ByteBuffer separator) {
    byte[] bytes = new byte[Objects.requireNonNull(separator, "separator").remaining()];
    separator.duplicate().get(bytes);
    return readUntil(bytes);
  }

  /**
   * Reads the next value that a decoder finds: a line of text, a number, a frame, a message of the
   * program's own protocol. Removes the bytes of the value from the reader, and no others. The
   * reader's {@link #limit} does not apply; {@link Decoder#limit} does.
   *
   * <p>The decoder runs on the calling thread and on the thread on which reads complete, without a
   * lock of the library. The future fails with what the decoder throws, with {@link
   * LimitOverrunException} when a value is longer than its limit, and with {@link
   * IncompleteReadException} at a clean EOF inside a value. Only the last of these removes bytes.
   *
   * @param decoder finds the value
   */
  public <T extends @Nullable Object> CompletableFuture<T> read(Decoder<T> decoder) {
    return input.read(Objects.requireNonNull(decoder, "decoder"), this);
  }

  /**
   * Completes when {@link #poll(Decoder)} would return a value, or throw. Consumes nothing. Counts
   * as the one pending read.
   *
   * @param decoder finds the value
   */
  public CompletableFuture<@Nullable Void> whenReady(Decoder<?> decoder) {
    return input.whenReady(Objects.requireNonNull(decoder, "decoder"), this);
  }

  /**
   * Reads the next value that a decoder finds in what is buffered.
   *
   * @param decoder finds the value
   * @return the value; or how many bytes are missing, when a read would have to wait
   * @throws IOException when {@link #read(Decoder)} would fail with it
   */
  public <T extends @Nullable Object> Decoded<T> poll(Decoder<T> decoder) throws IOException {
    return input.poll(Objects.requireNonNull(decoder, "decoder"));
  }

  /**
   * Calls an action with every line, as {@link #readLine} reads it. Otherwise equivalent to {@link
   * #forEach}.
   *
   * <p>asyncio: {@code async for line in reader}.
   *
   * @param action receives each line
   */
  public CompletableFuture<@Nullable Void> forEachLine(
      Function<? super byte[], ? extends CompletionStage<?>> action) {
    return ReadLoop.over(ReadFraming.line(), input, this, "forEachLine", action).start();
  }

  /**
   * Calls an action with the bytes that arrive, as {@link #read(int)} reads them. Otherwise
   * equivalent to {@link #forEach}.
   *
   * <p>asyncio: {@code while chunk := await reader.read(max)}.
   *
   * @param max the maximum number of bytes in one call, more than 0
   * @param action receives the bytes
   */
  public CompletableFuture<@Nullable Void> forEachChunk(
      int max, Function<? super byte[], ? extends CompletionStage<?>> action) {
    ReadFraming chunk = ReadFraming.upTo(Check.positive("max", max));
    return ReadLoop.over(chunk, input, this, "forEachChunk", action).start();
  }

  /**
   * Calls an action with every value that a decoder finds, as {@link #read(Decoder)} reads it. The
   * next value is read when the stage of the previous action is complete. Stack and memory do not
   * grow with the number of values.
   *
   * <p>The action runs on the calling thread while values are already buffered, and then on the
   * thread on which reads complete. It must not block there. The future completes at a clean EOF
   * between two values, and at a value that is null. Cancelling it stops the loop before the next
   * value is read. It fails with the error of a read, of the action or of its stage.
   *
   * @param decoder finds the values
   * @param action receives each value
   */
  public <T> CompletableFuture<@Nullable Void> forEach(
      Decoder<? extends @Nullable T> decoder,
      Function<? super T, ? extends CompletionStage<?>> action) {
    return ReadLoop.<T>over(decoder, input, this, "forEach", action).start();
  }

  /**
   * Calls a synchronous action with every value that a decoder finds. Otherwise equivalent to
   * {@link #forEach}.
   *
   * @param decoder finds the values
   * @param action receives each value
   */
  public <T> CompletableFuture<@Nullable Void> acceptEach(
      Decoder<? extends @Nullable T> decoder, Consumer<? super T> action) {
    return ReadLoop.<T>accepting(decoder, input, this, action).start();
  }

  /**
   * Returns a publisher of the values that a decoder finds. It completes when {@link #forEach}
   * would, complies with Reactive Streams and reads when values are requested. All signals come on
   * the thread on which reads complete. A cancelled subscription consumes no further value. There
   * is one subscriber at a time; a second one fails with {@link IllegalStateException}.
   *
   * @param decoder finds the values
   */
  public <T> Flow.Publisher<T> asPublisher(Decoder<? extends @Nullable T> decoder) {
    return new ReaderPublisher<>(input, this, Objects.requireNonNull(decoder, "decoder"));
  }

  /**
   * Reads what a request specifies. Every other read that returns bytes is shorthand for this one.
   *
   * @param request what to read
   */
  public CompletableFuture<byte[]> submit(ReadRequest request) {
    return input.read(framingOf(request), this);
  }

  /**
   * Completes when {@link #poll} would return bytes for a request, or throw. Consumes nothing.
   * Counts as the one pending read.
   *
   * @param request what to read
   */
  public CompletableFuture<@Nullable Void> whenReady(ReadRequest request) {
    return input.whenReady(framingOf(request), this);
  }

  /**
   * Reads what a request specifies, if that is possible without waiting.
   *
   * @param request what to read
   * @return the bytes, or null when a read would have to wait
   * @throws IncompleteReadException when {@link #submit} would fail with it
   * @throws LimitOverrunException when {@link #submit} would fail with it
   * @throws IOException when the connection was lost and the request needs more bytes than are
   *     buffered
   */
  public byte @Nullable [] poll(ReadRequest request) throws IOException {
    return input.poll(framingOf(request));
  }

  /**
   * Reads into a buffer, as {@link #read(ByteBuffer)} does, if that is possible without waiting. To
   * wait, pass {@link ReadRequest#upTo} with the room of the buffer to {@link #whenReady}.
   *
   * @param destination the buffer that receives the bytes; not read-only
   * @return the number of bytes, -1 at EOF, 0 when the buffer has no room, or null when a read
   *     would have to wait
   * @throws IOException when the connection was lost and all buffered bytes have been read
   */
  public @Nullable Integer poll(ByteBuffer destination) throws IOException {
    return input.poll(Check.writable("destination", destination));
  }

  /**
   * Writes all bytes up to EOF to another connection, with back-pressure: it reads a chunk of up to
   * 64 KiB when the drain of the one before is complete. Bytes pass through one direct buffer,
   * without an array, and an idle transfer holds no buffer. Neither connection is closed or
   * half-closed: see {@link AsyncStreams#join} for a proxy.
   *
   * <p>Fails with the error of a read or of a drain. Cancelling the future stops the transfer;
   * bytes that have left this reader are still written. Completes on the thread on which reads or
   * drains complete.
   *
   * @param writer the writer of the other connection
   * @return the number of bytes
   */
  public CompletableFuture<Long> transferTo(StreamWriter writer) {
    return Objects.requireNonNull(writer, "writer").transferFrom(input, this);
  }

  /**
   * Returns a blocking view of this reader, for code that reads an {@link InputStream}. It follows
   * the contract of the JDK, as the input stream of a {@link java.net.Socket} does: {@code
   * available} returns the number of buffered bytes, and closing the view closes the connection, as
   * {@link StreamWriter#close} does.
   *
   * <p>Reads wait as {@link AsyncStreams#await} does, which throws on an I/O thread. An interrupt
   * fails a read with {@link java.io.InterruptedIOException}, and no byte is lost. A pending read
   * fails when another thread closes the view, and returns -1 after {@link StreamWriter#close}.
   */
  public InputStream asInputStream() {
    return new BlockingInput(input, this, this::closeConnection);
  }

  private void closeConnection() {
    if (transport != null) {
      transport.get().close();
    }
  }

  /**
   * Returns whether the reader has received a clean EOF and all bytes have been read.
   *
   * <p>asyncio: {@code at_eof}.
   */
  public boolean atEof() {
    return input.atEof();
  }

  /**
   * Completes when no more input will arrive: the peer has closed its half, the connection is lost
   * or closed, or a shutdown of the server has cut the input off. Use it to cancel work for a peer
   * that has gone. A peer that has only closed its half and still reads looks the same.
   *
   * <p>The reader detects EOF only after it has received all earlier bytes. When it has stopped
   * reading because it buffers more than twice the {@link #limit}, it does not detect EOF.
   *
   * <p>Each call returns a new future, which completes normally and on the same thread as a pending
   * read. It consumes nothing, and does not count as the pending read. Cancelling it has no other
   * effect.
   */
  public CompletableFuture<@Nullable Void> whenPeerGone() {
    return input.whenEnded(this);
  }

  /**
   * Returns the limit, in bytes: the maximum length of a line, and of the bytes before a separator.
   * The reader buffers up to about twice as much.
   */
  public int limit() {
    return input.limit();
  }

  /**
   * Appends bytes as if they had been received. On a {@linkplain #handFed hand-fed} reader a
   * pending read completes on this thread, at the end of the thread's outermost call into the
   * library.
   *
   * @param data the bytes, which are copied
   * @throws IllegalStateException after EOF or an error
   */
  public void feedData(byte[] data) {
    input.feed(Objects.requireNonNull(data, "data"));
  }

  /** Appends EOF. Does nothing after EOF or an error. */
  public void feedEof() {
    input.feedEnd(StreamEnd.EOF);
  }

  /**
   * Fails all reads that need more bytes than are buffered. Does nothing after EOF or an error.
   *
   * @param error the error of those reads
   */
  public void setException(IOException error) {
    input.feedEnd(new StreamEnd(Objects.requireNonNull(error, "error")));
  }

  /**
   * Returns the error with which reads fail, or null.
   *
   * <p>asyncio: {@code exception}.
   */
  public @Nullable IOException exception() {
    return input.exception();
  }

  @Override
  public String toString() {
    return input.describe(DEFAULT_LIMIT, transport);
  }

  private static ReadFraming framingOf(ReadRequest request) {
    return Objects.requireNonNull(request, "request").framing();
  }
}
