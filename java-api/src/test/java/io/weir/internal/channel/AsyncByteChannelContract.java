package io.weir.internal.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.weir.testing.Deadline;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link AsyncByteChannel} promises to those above it. */
abstract class AsyncByteChannelContract {

  private static final int KIB = 1024;

  /** Fills the way to the peer in a few writes, whatever the kernel keeps. */
  private static final int MUCH = 1024 * KIB;

  /** How often to try what a kernel that finds room after all can spoil. */
  private final ExecutorService threads = Executors.newCachedThreadPool();

  private final List<AsyncByteChannel> opened = new ArrayList<>();

  AsyncByteChannel left;
  AsyncByteChannel right;

  /** Two channels connected to each other. */
  abstract List<AsyncByteChannel> openPair() throws Exception;

  /** Fails if a channel that was opened has left anything behind; all have been aborted. */
  abstract void assertNothingIsLeft() throws Exception;

  /** Whether one half can be ended alone. */
  boolean halfCloses() {
    return true;
  }

  /** How many bytes to send each way in the long exchange. */
  int volume() {
    return 1024 * KIB;
  }

  @BeforeEach
  void open() throws Exception {
    openAnother();
  }

  private void openAnother() throws Exception {
    List<AsyncByteChannel> pair = openPair();
    opened.addAll(pair);
    left = pair.get(0);
    right = pair.get(1);
  }

  @AfterEach
  void close() throws Exception {
    opened.forEach(AsyncByteChannel::abort);
    threads.shutdownNow();
    assertNothingIsLeft();
  }

  // ---- data ----

  @Test
  void bytes_arrive_in_order_and_in_both_directions() throws Exception {
    send(left, "to the right");
    send(right, "to the left");

    assertEquals("to the right", receive(right, 12));
    assertEquals("to the left", receive(left, 11));
  }

  @Test
  void a_read_waits_until_there_is_a_byte() throws Exception {
    ByteBuffer dst = ByteBuffer.allocate(10);
    RecordingHandler<Integer> read = RecordingHandler.byRead(right, dst);
    assertFalse(read.isDone());

    send(left, "x");

    assertEquals(1, read.value());
    assertEquals("x", text(dst));
  }

  @Test
  void a_read_fills_from_the_position_and_not_over_the_limit() throws Exception {
    send(left, "abcdef");
    ByteBuffer dst = ByteBuffer.wrap("........".getBytes(US_ASCII)).position(2).limit(5);

    while (dst.hasRemaining()) {
      assertTrue(RecordingHandler.byRead(right, dst).value() > 0);
    }

    assertEquals("..abc...", new String(dst.array(), US_ASCII));
    assertEquals("def", receive(right, 3));
  }

  @Test
  void direct_buffers_serve_as_well() throws Exception {
    ByteBuffer src = ByteBuffer.allocateDirect(3).put("abc".getBytes(US_ASCII)).flip();
    while (src.hasRemaining()) {
      RecordingHandler.byWrite(left, src).value();
    }
    ByteBuffer dst = ByteBuffer.allocateDirect(3);
    while (dst.hasRemaining()) {
      RecordingHandler.byRead(right, dst).value();
    }

    byte[] bytes = new byte[3];
    dst.flip().get(bytes);
    assertEquals("abc", new String(bytes, US_ASCII));
  }

  @Test
  void a_write_moves_the_position_by_as_much_as_it_tells() throws Exception {
    ByteBuffer src = ByteBuffer.allocate(MUCH).position(7);
    long count = RecordingHandler.byWrite(left, src).value();

    assertTrue(count > 0);
    assertEquals(7 + count, src.position());
    assertEquals(MUCH, src.limit());
  }

  @Test
  void a_write_without_waiting_takes_a_part_and_the_next_write_the_rest() throws Exception {
    long seed = System.nanoTime();
    byte[] data = random(volume(), new Random(seed));
    int taken = 0;
    int count = 1;
    while (count > 0 && taken < data.length) {
      count = writeNow(left, ByteBuffer.wrap(data, taken, Math.min(50_000, data.length - taken)));
      taken += count;
    }
    byte[] rest = Arrays.copyOfRange(data, taken, data.length);
    Future<byte[]> reader = inThread(() -> receive(right, data.length, new Random(seed + 1)));
    send(left, rest, new Random(seed + 2));

    assertArrayEquals(data, Deadline.get(reader), "seed " + seed);
  }

  @Test
  void a_write_without_waiting_to_an_aborted_channel_takes_nothing() {
    left.abort();
    ByteBuffer src = bytes("late");

    int count;
    try {
      count = left.writeNow(src);
    } catch (IOException closed) {
      count = 0;
    }

    assertEquals(0, count);
    assertEquals(0, src.position());
  }

  @Test
  void a_gathering_write_takes_the_first_buffers_in_order() throws Exception {
    ByteBuffer[] srcs = {bytes("one,"), bytes(""), bytes("two,"), bytes("three"), bytes("not me")};
    long sent = 0;
    while (sent < 13) {
      long before = remaining(srcs);
      long count = RecordingHandler.<Long>by(handler -> left.write(srcs, 4, handler)).value();
      assertEquals(before - count, remaining(srcs));
      sent += count;
    }
    send(left, "|");

    assertEquals("one,two,three|", receive(right, 14));
    assertEquals(6, srcs[4].remaining());
  }

  @Test
  void a_write_in_one_direction_does_not_wait_for_a_read_in_the_other() throws Exception {
    RecordingHandler<Integer> waiting = RecordingHandler.byRead(left, ByteBuffer.allocate(1));
    send(left, "abc");

    assertEquals("abc", receive(right, 3));
    assertFalse(waiting.isDone());
  }

  @Test
  void an_operation_can_be_started_from_a_handler() throws Exception {
    byte[] data = random(200, new Random(5));
    CompletableFuture<byte[]> all = new CompletableFuture<>();
    new ReadFromHandler(right, data.length, all).start();
    send(left, data, new Random(6));

    assertArrayEquals(data, Deadline.get(all));
  }

  @Test
  void random_chunks_arrive_unchanged_each_way_at_the_same_time() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] there = random(volume(), random);
    byte[] back = random(volume(), random);

    List<Future<?>> senders =
        List.of(
            inThread(() -> send(left, there, new Random(seed + 1))),
            inThread(() -> send(right, back, new Random(seed + 2))));
    Future<byte[]> atRight = inThread(() -> receive(right, there.length, new Random(seed + 3)));
    Future<byte[]> atLeft = inThread(() -> receive(left, back.length, new Random(seed + 4)));

    for (Future<?> sender : senders) {
      Deadline.get(sender);
    }
    assertArrayEquals(there, Deadline.get(atRight), "seed " + seed);
    assertArrayEquals(back, Deadline.get(atLeft), "seed " + seed);
  }

  @Test
  void what_nobody_reads_stops_the_writer() throws Exception {
    RecordingHandler<Long> stuck = fill(left);
    Future<byte[]> reader = inThread(() -> receiveAllAndClose(right, new Random(1)));
    long last = stuck.value();
    RecordingHandler<@Nullable Void> close = RecordingHandler.byClose(left);

    assertTrue(last > 0);
    assertTrue(Deadline.get(reader).length >= last);
    assertNull(close.value());
  }

  // ---- one of each ----

  @Test
  void a_second_read_is_refused_and_the_first_goes_on() throws Exception {
    ByteBuffer dst = ByteBuffer.allocate(4);
    RecordingHandler<Integer> first = RecordingHandler.byRead(right, dst);

    assertThrows(
        ReadPendingException.class, () -> RecordingHandler.byRead(right, ByteBuffer.allocate(4)));

    send(left, "x");
    assertEquals(1, first.value());
    assertEquals("x", text(dst));
    assertEquals(1, first.calls());
  }

  @Test
  void a_second_write_is_refused_and_the_first_goes_on() throws Exception {
    RecordingHandler<Long> first = fill(left);

    inThread(() -> receiveAllAndClose(right, new Random(1)));

    assertTrue(first.value() > 0);
    assertEquals(1, first.calls());
  }

  // ---- the end of a half ----

  @Test
  void the_end_is_told_again_and_again() throws Exception {
    send(left, "last");
    end(left);

    assertEquals("last", receive(right, 4));
    for (int i = 0; i < 3; i++) {
      assertEquals(-1, RecordingHandler.byRead(right, ByteBuffer.allocate(1)).value());
    }
  }

  @Test
  void a_waiting_read_is_told_the_end() throws Exception {
    RecordingHandler<Integer> read = RecordingHandler.byRead(right, ByteBuffer.allocate(1));
    end(left);

    assertEquals(-1, read.value());
    assertEquals(1, read.calls());
  }

  @Test
  void the_end_of_one_half_leaves_the_other_open_or_is_refused() throws Exception {
    assertEquals(halfCloses(), left.canEndOutput());
    if (!halfCloses()) {
      assertThrows(UnsupportedOperationException.class, left::endOutput);
      assertTrue(left.isOpen());
      return;
    }
    left.endOutput();
    assertEquals(-1, RecordingHandler.byRead(right, ByteBuffer.allocate(1)).value());

    send(right, "the answer");

    assertEquals("the answer", receive(left, 10));
    assertTrue(left.isOpen());
    assertTrue(right.isOpen());
  }

  @Test
  void both_ends_can_end_at_once() throws Exception {
    if (halfCloses()) {
      left.endOutput();
      right.endOutput();
      assertEquals(-1, RecordingHandler.byRead(left, ByteBuffer.allocate(1)).value());
      assertEquals(-1, RecordingHandler.byRead(right, ByteBuffer.allocate(1)).value());
    }
    RecordingHandler<@Nullable Void> leftClosed = RecordingHandler.byClose(left);
    RecordingHandler<@Nullable Void> rightClosed = RecordingHandler.byClose(right);

    assertNull(leftClosed.value());
    assertNull(rightClosed.value());
  }

  @Test
  void a_half_can_be_ended_twice() throws Exception {
    end(left);
    if (halfCloses()) {
      left.endOutput();
    }

    assertEquals(-1, RecordingHandler.byRead(right, ByteBuffer.allocate(1)).value());
  }

  @Test
  void a_write_after_the_end_of_the_half_fails() throws Exception {
    end(left);

    RecordingHandler<Long> write = RecordingHandler.byWrite(left, bytes("x"));
    if (!halfCloses()) {
      assertNull(RecordingHandler.byClose(right).value()); // until then the write may wait
    }
    assertInstanceOf(ClosedChannelException.class, write.failure());
    assertEquals(1, write.calls());
    assertEquals(halfCloses(), left.isOpen());
  }

  // ---- closing ----

  @Test
  void closing_tells_its_handler_once() throws Exception {
    RecordingHandler<@Nullable Void> close = RecordingHandler.byClose(left);
    answerTheEnd(right);

    assertNull(close.value());
    assertEquals(1, close.calls());
    assertFalse(left.isOpen());
  }

  @Test
  void what_was_written_before_closing_still_arrives() throws Exception {
    byte[] data = random(4 * KIB, new Random(3));
    Future<byte[]> reader = inThread(() -> receiveAllAndClose(right, new Random(4)));
    send(left, data, new Random(5));
    assertNull(RecordingHandler.byClose(left).value());

    assertArrayEquals(data, Deadline.get(reader));
  }

  @Test
  void closing_ends_a_waiting_read() throws Exception {
    RecordingHandler<Integer> read = RecordingHandler.byRead(left, ByteBuffer.allocate(1));
    closeInOrder();

    assertInstanceOf(AsynchronousCloseException.class, read.failure());
    assertEquals(1, read.calls());
  }

  @Test
  void aborting_ends_a_waiting_read() throws Exception {
    RecordingHandler<Integer> read = RecordingHandler.byRead(left, ByteBuffer.allocate(1));
    left.abort();

    assertInstanceOf(AsynchronousCloseException.class, read.failure());
    assertEquals(1, read.calls());
  }

  @Test
  void aborting_ends_a_waiting_write() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Deadline.LIMIT_SECONDS);
    while (System.nanoTime() - end < 0) {
      RecordingHandler<Long> write = fill(left);
      left.abort();
      Throwable outcome = write.outcome();
      assertEquals(1, write.calls());
      if (outcome != null) {
        assertInstanceOf(AsynchronousCloseException.class, outcome);
        return;
      }
      openAnother(); // the kernel had only been slow to pass the bytes on, and took more
    }
    fail("no write was waiting");
  }

  @Test
  void operations_on_a_closed_channel_fail_through_the_handler() throws Exception {
    closeInOrder();
    assertOperationsFail(left);
  }

  @Test
  void operations_on_an_aborted_channel_fail_through_the_handler() throws Exception {
    left.abort();
    assertOperationsFail(left);
  }

  private static void assertOperationsFail(AsyncByteChannel closed) throws Exception {
    for (int i = 0; i < 2; i++) {
      RecordingHandler<Integer> read = RecordingHandler.byRead(closed, ByteBuffer.allocate(1));
      assertInstanceOf(ClosedChannelException.class, read.failure());
      assertEquals(1, read.calls());
      RecordingHandler<Long> write = RecordingHandler.byWrite(closed, bytes("x"));
      assertInstanceOf(ClosedChannelException.class, write.failure());
      assertEquals(1, write.calls());
    }
    assertThrows(ClosedChannelException.class, closed::endOutput);
    assertFalse(closed.isOpen());
  }

  @Test
  void a_channel_can_be_aborted_twice_and_after_closing() throws Exception {
    closeInOrder();
    left.abort();
    left.abort();
    right.abort();
    right.abort();

    assertFalse(left.isOpen());
    assertFalse(right.isOpen());
  }

  @Test
  void a_channel_can_be_aborted_from_many_threads_at_once() throws Exception {
    RecordingHandler<Integer> read = RecordingHandler.byRead(left, ByteBuffer.allocate(1));
    List<Future<?>> aborts = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      aborts.add(threads.submit(left::abort));
    }
    for (Future<?> abort : aborts) {
      Deadline.get(abort);
    }

    assertInstanceOf(AsynchronousCloseException.class, read.failure());
    assertEquals(1, read.calls());
  }

  @Test
  void an_orderly_close_is_the_end_for_the_peer() throws Exception {
    send(left, "bye");
    RecordingHandler<@Nullable Void> close = RecordingHandler.byClose(left);

    assertEquals("bye", receive(right, 3));
    assertEquals(-1, RecordingHandler.byRead(right, ByteBuffer.allocate(1)).value());
    assertTrue(right.isOpen());
    assertNull(RecordingHandler.byClose(right).value());
    assertNull(close.value());
  }

  @Test
  void an_abort_is_an_end_or_an_error_for_the_peer() throws Exception {
    RecordingHandler<Integer> read = RecordingHandler.byRead(right, ByteBuffer.allocate(1));
    left.abort();

    Throwable outcome = read.outcome();
    if (outcome == null) {
      assertEquals(-1, read.value());
    } else {
      assertInstanceOf(IOException.class, outcome);
    }
    assertTrue(right.isOpen());
  }

  @Test
  void writes_to_a_peer_that_has_gone_fail_in_the_end() throws Exception {
    left.abort();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Deadline.LIMIT_SECONDS);
    Throwable outcome = null;
    while (outcome == null && System.nanoTime() - end < 0) {
      outcome = RecordingHandler.byWrite(right, ByteBuffer.allocate(KIB)).outcome();
    }

    assertInstanceOf(IOException.class, outcome);
    assertTrue(right.isOpen());
  }

  // ---- facts ----

  @Test
  void the_addresses_of_the_ends_match() {
    assertNotNull(left.localAddress());
    assertEquals(left.localAddress(), right.remoteAddress());
    assertEquals(right.localAddress(), left.remoteAddress());
  }

  @Test
  void the_addresses_are_known_after_the_end() {
    SocketAddress local = left.localAddress();
    SocketAddress remote = left.remoteAddress();
    left.abort();

    assertEquals(local, left.localAddress());
    assertEquals(remote, left.remoteAddress());
  }

  @Test
  void the_text_tells_addresses_and_state() {
    String open = left.toString();
    assertTrue(open.contains(String.valueOf(left.remoteAddress())), open);
    left.abort();

    assertTrue(left.toString().contains("closed"), left.toString());
  }

  @Test
  void every_supported_option_can_be_read() throws Exception {
    assertTrue(left.isOpen());
    for (SocketOption<?> option : left.supportedOptions()) {
      left.option(option);
    }
  }

  @Test
  void an_option_can_be_set_if_it_is_supported() throws Exception {
    SocketOption<Boolean> option = StandardSocketOptions.SO_KEEPALIVE;
    if (left.supportedOptions().contains(option)) {
      left.option(option, true);
      assertEquals(true, left.option(option));
    } else {
      assertThrows(UnsupportedOperationException.class, () -> left.option(option, true));
    }
  }

  @Test
  void an_option_that_is_not_supported_is_refused() {
    SocketOption<Boolean> multicast = StandardSocketOptions.IP_MULTICAST_LOOP;

    assertThrows(UnsupportedOperationException.class, () -> left.option(multicast));
    assertThrows(UnsupportedOperationException.class, () -> left.option(multicast, true));
  }

  @Test
  void the_options_of_a_closed_channel_cannot_be_read() {
    left.abort();
    for (SocketOption<?> option : left.supportedOptions()) {
      assertThrows(ClosedChannelException.class, () -> left.option(option), option::name);
    }
    assertFalse(left.isOpen());
  }

  // ---- tools ----

  /** Ends the stream to the peer: the outgoing half, or, where there is none alone, everything. */
  private void end(AsyncByteChannel channel) throws IOException {
    if (halfCloses()) {
      channel.endOutput();
    } else {
      RecordingHandler.byClose(channel);
    }
  }

  /** Closes left while right does what its protocol wants: reads the end, and closes as well. */
  private void closeInOrder() throws Exception {
    RecordingHandler<@Nullable Void> close = RecordingHandler.byClose(left);
    answerTheEnd(right);
    assertNull(close.value());
  }

  private static void answerTheEnd(AsyncByteChannel channel) throws Exception {
    assertEquals(-1, RecordingHandler.byRead(channel, ByteBuffer.allocate(1)).value());
    assertNull(RecordingHandler.byClose(channel).value());
  }

  private static byte[] receiveAllAndClose(AsyncByteChannel channel, Random random)
      throws Exception {
    byte[] all = receiveAll(channel, random);
    assertNull(RecordingHandler.byClose(channel).value());
    return all;
  }

  private static byte[] receive(AsyncByteChannel channel, int count, Random random)
      throws Exception {
    ByteBuffer all = ByteBuffer.allocate(count);
    while (all.hasRemaining()) {
      int size = Math.min(all.remaining(), 1 + random.nextInt(1 << (1 + random.nextInt(16))));
      ByteBuffer dst = all.slice(all.position(), size);
      int read = RecordingHandler.byRead(channel, dst).value();
      assertTrue(read > 0);
      assertEquals(read, dst.position());
      all.position(all.position() + read);
    }
    return all.array();
  }

  private <T> Future<T> inThread(Callable<T> task) {
    return threads.submit(task);
  }

  /** Writes until a write has to wait, and so a second one was refused; returns the first. */
  private static RecordingHandler<Long> fill(AsyncByteChannel channel) {
    RecordingHandler<Long> outstanding =
        RecordingHandler.byWrite(channel, ByteBuffer.allocate(MUCH));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Deadline.LIMIT_SECONDS);
    while (System.nanoTime() - end < 0) {
      try {
        outstanding = RecordingHandler.byWrite(channel, ByteBuffer.allocate(MUCH));
      } catch (WritePendingException waits) {
        assertFalse(outstanding.calls() > 1);
        return outstanding;
      }
    }
    return fail("the channel takes everything");
  }

  private static void send(AsyncByteChannel channel, String text) throws Exception {
    ByteBuffer src = bytes(text);
    while (src.hasRemaining()) {
      RecordingHandler.byWrite(channel, src).value();
    }
  }

  private static String receive(AsyncByteChannel channel, int count) throws Exception {
    ByteBuffer dst = ByteBuffer.allocate(count);
    while (dst.hasRemaining()) {
      int read = RecordingHandler.byRead(channel, dst).value();
      assertTrue(read > 0, () -> "ended after '" + text(dst) + "'");
    }
    return text(dst);
  }

  private static @Nullable Void send(AsyncByteChannel channel, byte[] data, Random random)
      throws Exception {
    int position = 0;
    while (position < data.length) {
      if (random.nextBoolean()) {
        position += writeNow(channel, chunks(data, position, random)[0]);
        continue;
      }
      ByteBuffer[] srcs = chunks(data, position, random);
      long count = RecordingHandler.byWrite(channel, srcs).value();
      assertTrue(count > 0);
      position += (int) count;
    }
    return null;
  }

  /** Writes without waiting, and checks the position of the buffer. */
  private static int writeNow(AsyncByteChannel channel, ByteBuffer src) throws IOException {
    int start = src.position();
    int count = channel.writeNow(src);
    assertEquals(start + count, src.position());
    return count;
  }

  /** One to four buffers with what comes next. */
  private static ByteBuffer[] chunks(byte[] data, int from, Random random) {
    List<ByteBuffer> chunks = new ArrayList<>();
    int start = from;
    for (int i = random.nextInt(4); i >= 0 && start < data.length; i--) {
      int size = Math.min(data.length - start, 1 + random.nextInt(1 << (1 + random.nextInt(16))));
      chunks.add(ByteBuffer.wrap(data, start, size));
      start += size;
    }
    return chunks.toArray(ByteBuffer[]::new);
  }

  private static byte[] receiveAll(AsyncByteChannel channel, Random random) throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (true) {
      ByteBuffer dst = ByteBuffer.allocate(1 + random.nextInt(1 << (1 + random.nextInt(16))));
      int count = RecordingHandler.byRead(channel, dst).value();
      if (count < 0) {
        return all.toByteArray();
      }
      assertEquals(count, dst.position());
      all.write(dst.array(), 0, count);
    }
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(US_ASCII));
  }

  private static String text(ByteBuffer filled) {
    return new String(bytesOf(filled), US_ASCII);
  }

  private static byte[] bytesOf(ByteBuffer filled) {
    byte[] bytes = new byte[filled.position()];
    filled.duplicate().flip().get(bytes);
    return bytes;
  }

  private static long remaining(ByteBuffer[] buffers) {
    return Arrays.stream(buffers).mapToLong(ByteBuffer::remaining).sum();
  }

  private static byte[] random(int count, Random random) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Reads on from each completion, as long as little enough for the stack. */
  private static final class ReadFromHandler implements CompletionHandler<Integer, @Nullable Void> {

    private final AsyncByteChannel channel;
    private final ByteBuffer dst;
    private final CompletableFuture<byte[]> all;

    ReadFromHandler(AsyncByteChannel channel, int count, CompletableFuture<byte[]> all) {
      this.channel = channel;
      this.dst = ByteBuffer.allocate(count);
      this.all = all;
    }

    void start() {
      channel.read(dst, this);
    }

    @Override
    public void completed(Integer count, @Nullable Void attachment) {
      if (count > 0 && dst.hasRemaining()) {
        channel.read(dst, this);
      } else {
        all.complete(bytesOf(dst));
      }
    }

    @Override
    public void failed(Throwable error, @Nullable Void attachment) {
      all.completeExceptionally(error);
    }
  }
}
