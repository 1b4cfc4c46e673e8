package io.weir;

import io.weir.internal.stream.ReadFraming;
import io.weir.internal.stream.StreamEnd;
import io.weir.internal.stream.StreamInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The reading end of a stream: bytes, lines, and whatever a separator ends.
 *
 * <p><b>Threads.</b> Any thread may call. When the bytes are there, the returned future is
 * complete. Otherwise it completes on the connection's I/O thread, or on the executor given with
 * {@code withCallbackExecutor} in the options, and never inside a call of this library: not inside
 * a close or a timeout either. Do not block in a callback on an I/O thread: {@code join} and {@code
 * get} of an unfinished future throw {@link IllegalStateException} there. On an executor of the
 * program they wait.
 *
 * <p>Callbacks that read in callbacks that read do not fill the stack: after 32 futures in a row
 * that were returned complete, the next one completes when the running callback has returned. The
 * callbacks of a reader that is {@linkplain #handFed fed by hand} run on the thread that feeds it,
 * at the end of its outermost call.
 *
 * <p><b>One read waits at a time.</b> A second one that would have to wait fails at once with
 * {@link IllegalStateException} and leaves the first undisturbed.
 *
 * <p><b>Cancelling</b> any read, by {@code cancel}, {@code orTimeout} or {@code completeOnTimeout},
 * at any moment, takes nothing: the next read gets the same bytes. (Cancel the future that the
 * method returned; one derived from it does not pass the cancellation on.)
 *
 * <p><b>The end.</b> After the last bytes of a stream that has ended in order, reads give what each
 * says of the end. When the connection was lost, a read that wants more than there is fails with
 * {@link ConnectionLostException} and takes nothing: what {@link #readExactly}, {@link #readLine},
 * {@link #readUntil} and {@link #read()} leave, {@link #read(int)} gets. Over TLS the failure is a
 * {@link TlsException} when TLS failed, and a {@link TlsTruncationException} when the peer left
 * without its good-bye; neither is a {@code ConnectionLostException}. What came first stands: an
 * end in order is not turned into a loss.
 *
 * <p>Closed or aborted on this side, a stream ends in order. But where {@link Server#shutdown} cuts
 * the input off, reads fail as after a loss, with {@code ConnectionLostException}.
 *
 * <p><b>Back-pressure.</b> While more than twice {@link #limit} is buffered nothing is read from
 * the peer, until the limit or less is left or a read has to wait.
 *
 * <pre>{@code
 * reader.readLine().thenAccept(line -> System.out.print(new String(line, UTF_8)));
 * }</pre>
 *
 * <p>asyncio: {@code StreamReader}.
 */
public final class StreamReader {

  /** The limit unless the options say another, in bytes: 64 KiB. */
  public static final int DEFAULT_LIMIT = 64 * 1024;

  private final StreamInput input;
  private final @Nullable TransportHandle
      transport; // also keeps the connection from looking abandoned

  StreamReader(StreamInput input, @Nullable TransportHandle transport) {
    this.input = input;
    this.transport = transport;
  }

  /**
   * Makes a reader without a connection, to be fed by hand, for tests and for parsers: with {@link
   * #feedData}, {@link #feedEof} and {@link #setException}.
   *
   * @param limit how many bytes a line can have, more than 0
   */
  public static StreamReader handFed(int limit) {
    Check.positive("limit", limit);
    return new StreamReader(new StreamInput.HandFed(limit), /* transport= */ null);
  }

  /**
   * Reads at least one byte and at most {@code max}; waits while there is none. An empty array
   * means the end of the stream (or that {@code max} is 0). The reader's limit does not bound it.
   *
   * <p>asyncio: {@code read(n)}.
   *
   * @param max the largest number of bytes to return, 0 or more
   */
  public CompletableFuture<byte[]> read(int max) {
    return submit(ReadRequest.upTo(max));
  }

  /**
   * Reads into a buffer: at least one byte, and at most as many as it has room for; waits while
   * there is none. Completes with how many bytes were put into it, behind its position, which
   * moves; with -1 at the end of the stream (or with 0 if it has no room). The reader's limit does
   * not bound it.
   *
   * <p>It is for those who move much: nothing is allocated for the bytes. Into a direct buffer with
   * room for 4 KiB or more the kernel puts them without another copy, if the read waits for them
   * and the socket is on a selector loop and speaks no TLS. The buffer is the reader's until the
   * future completes; a read that is cancelled leaves it as it was. One that is changed
   * nevertheless can fail the read, and the next one gets the bytes.
   *
   * <p>asyncio: none in streams; {@code loop.sock_recv_into} and {@code BufferedProtocol} come
   * near.
   *
   * @param destination where to put the bytes; not read-only
   */
  public CompletableFuture<Integer> read(ByteBuffer destination) {
    return input.read(Check.writable("destination", destination), this);
  }

  /**
   * Reads everything up to the end of the stream, however much that is; the reader's limit does not
   * bound it.
   *
   * <p>asyncio: {@code read(-1)}.
   */
  public CompletableFuture<byte[]> read() {
    return submit(ReadRequest.toEof());
  }

  /**
   * Reads exactly {@code count} bytes. The reader's limit does not bound it.
   *
   * <p>Fails with {@link IncompleteReadException} when the stream ends first, in order; that has
   * the bytes that came.
   *
   * <p>asyncio: {@code readexactly}.
   *
   * @param count the number of bytes, 0 or more
   */
  public CompletableFuture<byte[]> readExactly(int count) {
    return submit(ReadRequest.exactly(count));
  }

  /**
   * Reads a line: the bytes up to and with {@code '\n'}, or the rest when the stream ends, in
   * order, without one; an empty array at the end of the stream.
   *
   * <p>Fails with {@link LimitOverrunException} when the line, without its {@code '\n'}, has more
   * than {@link #limit} bytes. The line is then dropped, or all that has come of it, so that a loop
   * goes on with what follows.
   *
   * <p>asyncio: {@code readline}.
   */
  public CompletableFuture<byte[]> readLine() {
    return submit(ReadRequest.line());
  }

  /**
   * Reads up to and with a separator. Of several the one that ends first counts; of two that end
   * together, the shorter.
   *
   * <p>Fails with {@link LimitOverrunException} when there are more than {@link #limit} bytes
   * before the separator; they stay in the reader, and {@code readExactly(e.consumed())} gets them.
   * Fails with {@link IncompleteReadException} when the stream ends first, in order; that has the
   * bytes that came.
   *
   * <p>asyncio: {@code readuntil}.
   *
   * @param separators one or more, each of at least one byte
   */
  public CompletableFuture<byte[]> readUntil(byte[]... separators) {
    return submit(ReadRequest.until(separators));
  }

  /**
   * Reads up to and with a separator, as {@link #readUntil(byte[]...)}.
   *
   * @param separator the bytes from its position to its limit, at least one; its position stays
   */
  public CompletableFuture<byte[]> readUntil(ByteBuffer separator) {
    byte[] bytes = new byte[separator.remaining()];
    separator.duplicate().get(bytes);
    return readUntil(bytes);
  }

  /**
   * Hands every line, as {@link #readLine} reads it, to an action: the next line when the stage of
   * the one before is complete. However many lines there are, neither stack nor memory grows.
   *
   * <p>The action runs where reads complete (see above), and must not block there.
   *
   * <p>The future completes when the stream has ended; it fails with what a read, the action or its
   * stage failed with. Cancelling it ends the loop before the next line is read.
   *
   * <p>asyncio: {@code async for line in reader}.
   */
  public CompletableFuture<@Nullable Void> forEachLine(
      Function<? super byte[], ? extends CompletionStage<?>> action) {
    return new LineLoop(
            this::readLine, Objects.requireNonNull(action, "action"), input.completions())
        .start();
  }

  /**
   * Reads what a request says; all the methods above come down to this one.
   *
   * @param request what to read
   */
  public CompletableFuture<byte[]> submit(ReadRequest request) {
    return input.read(framingOf(request), this);
  }

  /**
   * Waits until {@link #poll} would answer a request, and takes nothing. It counts as the one read
   * that may wait.
   *
   * @param request what is to be read
   */
  public CompletableFuture<@Nullable Void> whenReady(ReadRequest request) {
    return input.whenReady(framingOf(request), this);
  }

  /**
   * Reads what a request says if it is there, without waiting.
   *
   * @param request what to read
   * @return the bytes, or null when a read would have to wait
   * @throws IncompleteReadException as {@link #submit} would fail
   * @throws LimitOverrunException as {@link #submit} would fail
   * @throws IOException when the connection was lost and more is asked for than there is
   */
  public byte @Nullable [] poll(ReadRequest request) throws IOException {
    return input.poll(framingOf(request));
  }

  /**
   * Reads into a buffer, as {@link #read(ByteBuffer)}, if there is something, without waiting. To
   * wait, {@link #whenReady} takes {@link ReadRequest#upTo} as many bytes as the buffer has room
   * for.
   *
   * @param destination where to put the bytes; not read-only
   * @return how many bytes were put into it, -1 at the end of the stream, 0 if it has no room; or
   *     null when a read would have to wait
   * @throws IOException when the connection was lost and its bytes have been read
   */
  public @Nullable Integer poll(ByteBuffer destination) throws IOException {
    return input.poll(Check.writable("destination", destination));
  }

  /**
   * Whether the stream has ended in order and everything has been read.
   *
   * <p>asyncio: {@code at_eof}.
   */
  public boolean atEof() {
    return input.atEof();
  }

  /**
   * Completes when the peer has gone: when it has ended its half, when the connection is lost, or
   * when it is closed here, or a shutdown of the server has ended its input. It completes normally
   * in each case, takes no bytes, and does not mind a read that waits. So work for a peer can be
   * given up that nobody will ever look at.
   *
   * <p>A peer that only ends its half and goes on reading looks the same. The end is seen behind
   * the bytes before it: while twice the limit is buffered, nothing more is read, and it is not
   * seen.
   *
   * <p>Each caller has a future of its own, which completes as those of reads do; cancelling it
   * stops nothing.
   */
  public CompletableFuture<@Nullable Void> whenPeerGone() {
    return input.whenEnded(this);
  }

  /** How many bytes a line or what a separator ends can have; half of what is buffered at most. */
  public int limit() {
    return input.limit();
  }

  /**
   * Adds bytes by hand, as if they had arrived. On a {@linkplain #handFed hand-fed} reader a
   * pending read completes on this thread, at the end of its outermost call of the library.
   *
   * @param data the bytes, which are copied
   * @throws IllegalStateException when the stream has ended
   */
  public void feedData(byte[] data) {
    input.feed(Objects.requireNonNull(data, "data"));
  }

  /** Ends the stream by hand. Does nothing when it has ended. */
  public void feedEof() {
    input.feedEnd(StreamEnd.EOF);
  }

  /**
   * Breaks the stream off by hand: reads that want more than there is fail with this error. Does
   * nothing when the stream has ended.
   */
  public void setException(IOException error) {
    input.feedEnd(new StreamEnd(Objects.requireNonNull(error, "error")));
  }

  /** The error that broke the stream off, or null. */
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
