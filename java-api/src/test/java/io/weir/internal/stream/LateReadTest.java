package io.weir.internal.stream;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionLostException;
import io.weir.StreamReader;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsSide;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.ReadBufferChooser;
import io.weir.internal.concurrent.VirtualTimers;
import io.weir.testing.Deadline;
import io.weir.testing.Tasks;
import io.weir.testing.TlsOverWire;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CompletionHandler;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/**
 * Reads into direct buffers, which the channel fills itself: what others do in the moment between
 * its asking for the buffer and its reading.
 */
class LateReadTest {

  private static final int SIZE = 5_000; // of a buffer that is worth it, in bytes

  private final LateChannel channel = new LateChannel();
  private final TlsOverWire.Ours ours = TlsOverWire.Ours.over(channel, new VirtualTimers());
  private final StreamReader reader = ours.reader();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(SIZE);

  @Test
  void one_that_waits_gets_the_bytes_without_another_copy() {
    CompletableFuture<Integer> read = reader.read(buffer.position(3));

    ByteBuffer used = channel.tryToRead("data");

    assertNotSame(channel.shared, used);
    assertEquals(4, Deadline.get(read));
    assertEquals(7, buffer.position());
    assertEquals("data", content(3, 7));
  }

  @Test
  void
      bytes_that_nobody_waits_for_or_who_waits_has_no_large_direct_buffer_for_come_over_the_shared_one() {
    assertSame(channel.shared, channel.tryToRead("ab"));
    assertEquals("ab", text(reader.readExactly(2)));

    ByteBuffer heap = ByteBuffer.allocate(10);
    CompletableFuture<Integer> intoHeap = reader.read(heap);
    assertSame(channel.shared, channel.tryToRead("cd"));
    assertEquals(2, Deadline.get(intoHeap));

    CompletableFuture<Integer> intoFewBytes = reader.read(ByteBuffer.allocateDirect(100));
    assertSame(channel.shared, channel.tryToRead("ef"));
    assertEquals(2, Deadline.get(intoFewBytes));

    CompletableFuture<byte[]> line = reader.readLine();
    assertSame(channel.shared, channel.tryToRead("gh\n"));
    assertEquals("gh\n", text(line));
  }

  @Test
  void a_cancel_that_comes_while_it_is_tried_waits_and_comes_too_late_for_bytes() {
    CompletableFuture<Integer> read = reader.read(buffer);
    Rival rival = new Rival(() -> read.cancel(false));

    channel.tryToRead("data", rival::startAndLetItWait);

    assertFalse(rival.answer());
    assertAnswer("data", read);
  }

  @Test
  void a_cancel_that_comes_while_nothing_comes_succeeds_and_leaves_the_buffer_as_it_was() {
    CompletableFuture<Integer> read = reader.read(buffer);
    Rival rival = new Rival(() -> read.cancel(false));

    channel.tryToRead("", rival::startAndLetItWait);

    assertTrue(rival.answer());
    assertSame(channel.shared, channel.tryToRead("data"));
    assertEquals(ByteBuffer.allocate(SIZE), buffer);
    assertEquals("data", text(reader.read(10)));
  }

  @Test
  void one_for_which_nothing_came_is_tried_again() {
    CompletableFuture<Integer> read = reader.read(buffer);

    channel.tryToRead("");
    assertFalse(read.isDone());
    channel.tryToRead("data");

    assertAnswer("data", read);
  }

  @Test
  void a_second_read_is_refused_while_it_is_tried() {
    CompletableFuture<Integer> read = reader.read(buffer);

    channel.tryToRead(
        "data", () -> Deadline.failure(IllegalStateException.class, reader.readLine()));

    assertEquals(4, Deadline.get(read));
  }

  @Test
  void bytes_that_come_while_the_connection_is_aborted_are_its_answer_and_then_the_end_comes() {
    CompletableFuture<Integer> read = reader.read(buffer);

    channel.tryToRead("data", () -> ours.writer().transport().abort());

    assertAnswer("data", read);
    assertEquals(-1, Deadline.get(reader.read(buffer)));
  }

  @Test
  void an_abort_while_nothing_comes_ends_it() {
    CompletableFuture<Integer> read = reader.read(buffer);

    channel.tryToRead("", () -> ours.writer().transport().abort());

    assertEquals(-1, Deadline.get(read));
    assertEquals(ByteBuffer.allocate(SIZE), buffer);
  }

  @Test
  void a_read_that_fails_while_it_is_tried_fails_it() {
    CompletableFuture<Integer> read = reader.read(buffer);

    channel.fail(new IOException("reset"));

    Deadline.failure(ConnectionLostException.class, read);
    assertEquals(ByteBuffer.allocate(SIZE), buffer);
  }

  @Test
  void the_end_of_the_stream_while_it_is_tried_is_its_answer() {
    CompletableFuture<Integer> read = reader.read(buffer);

    channel.end();

    assertEquals(-1, Deadline.get(read));
  }

  @Test
  void a_buffer_whose_room_is_taken_away_while_it_is_tried_fails_it_and_loses_nothing() {
    CompletableFuture<Integer> read = reader.read(buffer);

    channel.tryToRead("data", () -> buffer.limit(2));

    Deadline.failure(IllegalArgumentException.class, read);
    assertEquals("data", text(reader.readExactly(4)));
  }

  @Test
  void what_was_fed_by_hand_while_nothing_came_is_its_answer() {
    CompletableFuture<Integer> read = reader.read(buffer);

    channel.tryToRead("", () -> reader.feedData(bytes("fed")));

    assertAnswer("fed", read);
  }

  @Test
  void bytes_that_come_while_tls_begins_belong_to_it() {
    CompletableFuture<Integer> read = reader.read(buffer);

    channel.tryToRead(
        "not TLS",
        () -> {
          CompletableFuture<Void> started =
              ours.writer().startTls(TlsOverWire.CLIENT, TlsSide.CLIENT);
          assertFalse(started.isDone());
        });

    TlsException refused = Deadline.failure(TlsException.class, read);
    assertEquals(TlsFailure.NOT_TLS, refused.failure());
    assertEquals(0, buffer.position());
  }

  private void assertAnswer(String expected, CompletableFuture<Integer> read) {
    assertEquals(expected.length(), Deadline.get(read));
    assertEquals(expected, content(0, expected.length()));
  }

  private String content(int from, int to) {
    byte[] content = new byte[to - from];
    buffer.get(from, content);
    return text(content);
  }

  /** Another thread, that has to wait in its call until the try is over. */
  private static final class Rival {

    private final BooleanSupplier call;
    private volatile Thread thread;
    private Future<Boolean> running;

    Rival(BooleanSupplier call) {
      this.call = call;
    }

    void startAndLetItWait() {
      running =
          Tasks.start(
              () -> {
                thread = Thread.currentThread();
                return call.getAsBoolean();
              });
      Deadline.await(
          "it waits", () -> thread != null && thread.getState() == Thread.State.TIMED_WAITING);
    }

    boolean answer() {
      return Deadline.get(running);
    }
  }

  /** A channel with a shared buffer, which tries to read when the test says so. */
  private static final class LateChannel implements AsyncByteChannel {

    final ByteBuffer shared = ByteBuffer.allocateDirect(1024);
    private ReadBufferChooser late;
    private boolean open = true;

    @Override
    public ByteBuffer sharedBuffer() {
      return shared;
    }

    @Override
    public void read(ByteBuffer dst, CompletionHandler<Integer, Void> handler) {
      assertSame(shared, dst);
      assertNull(late, "a second read");
      late = assertInstanceOf(ReadBufferChooser.class, handler);
    }

    ByteBuffer tryToRead(String data) {
      return tryToRead(data, () -> {});
    }

    /**
     * Reads as a selector loop does: asks where to, and tries.
     *
     * @param data what there is to read
     * @param meanwhile what others do between the two
     * @return the buffer that was used
     */
    ByteBuffer tryToRead(String data, Runnable meanwhile) {
      ByteBuffer better = late.chooseBuffer(0);
      ByteBuffer used = better == null ? shared.clear() : better;
      meanwhile.run();
      if (data.isEmpty()) {
        late.readReturnedNothing();
        failIfClosed();
      } else {
        used.put(bytes(data));
        taken().completed(data.length(), null);
      }
      return used;
    }

    void end() {
      late.chooseBuffer(0);
      taken().completed(-1, null);
    }

    void fail(Throwable error) {
      late.chooseBuffer(0);
      taken().failed(error, null);
    }

    private ReadBufferChooser taken() {
      ReadBufferChooser reader = Objects.requireNonNull(late);
      late = null;
      return reader;
    }

    private void failIfClosed() {
      if (!open) {
        taken().failed(new AsynchronousCloseException(), null);
      }
    }

    @Override
    public void write(ByteBuffer[] srcs, int count, CompletionHandler<Long, Void> handler) {
      long all = 0;
      for (int i = 0; i < count; i++) {
        all += srcs[i].remaining();
        srcs[i].position(srcs[i].limit());
      }
      handler.completed(all, null);
    }

    @Override
    public boolean canEndOutput() {
      return false;
    }

    @Override
    public void endOutput() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close(CompletionHandler<Void, Void> handler) {
      open = false;
      handler.completed(null, null);
    }

    @Override
    public void abort() {
      open = false;
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public SocketAddress localAddress() {
      return null;
    }

    @Override
    public SocketAddress remoteAddress() {
      return null;
    }

    @Override
    public <T> void option(SocketOption<T> name, T value) {
      throw new UnsupportedOperationException();
    }

    @Override
    public <T> T option(SocketOption<T> name) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
      return Set.of();
    }
  }
}
