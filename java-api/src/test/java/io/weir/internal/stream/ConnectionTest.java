package io.weir.internal.stream;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.CloseReason;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ConnectionInfo;
import io.weir.ConnectionLostException;
import io.weir.ExtraInfo;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.Transport;
import io.weir.WriteLimits;
import io.weir.internal.concurrent.Timers;
import io.weir.testing.CapturedLog;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedChannel;
import io.weir.testing.ScriptedConnection;
import io.weir.testing.TestServer;
import io.weir.testing.TlsOverWire;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionTest {

  private final ScriptedConnection scripted = ScriptedConnection.open();
  private final ScriptedChannel channel = scripted.channel();
  private final StreamReader reader = scripted.reader();
  private final StreamWriter writer = scripted.writer();
  private final Transport transport = scripted.transport();
  private final IOException brokenPipe = new IOException("Broken pipe");
  private final IOException reset = new IOException("Connection reset");

  @AfterEach
  void the_channel_was_used_as_its_contract_says() {
    assertEquals(List.of(), channel.misuses());
  }

  private void failWriting() {
    channel.failsWrite(brokenPipe);
    writer.write(bytes("lost"));
  }

  private static void assertLostBy(Throwable cause, CompletableFuture<?> future) {
    assertSame(cause, Deadline.failure(ConnectionLostException.class, future).getCause());
  }

  @Nested
  class Info {

    @Test
    void has_the_age_by_the_clock_and_the_bytes_of_both_directions() {
      assertEquals(new ConnectionInfo(peer(), Duration.ZERO, 0, 0, false), info());

      scripted.timers().advance(Duration.ofSeconds(7));
      channel.arrive("hello");
      channel.takes(2);
      channel.holdWrites();
      writer.write(bytes("world!"));
      assertEquals(new ConnectionInfo(peer(), Duration.ofSeconds(7), 5, 2, false), info());

      channel.releaseWrites();
      assertEquals(6, info().sent());
    }

    @Test
    void counts_what_was_received_and_thrown_away_but_nothing_that_was_dropped() {
      channel.holdWrites();
      writer.write(bytes("lost"));
      transport.abort();

      assertEquals(0, info().sent());
      assertTrue(info().isClosing());

      ScriptedConnection closing = ScriptedConnection.open();
      closing.writer().closeGracefully(Duration.ofSeconds(10));
      closing.channel().arrive("too late");
      assertEquals(8, closing.connection().info().received());
    }

    private ConnectionInfo info() {
      return scripted.connection().info();
    }

    private SocketAddress peer() {
      return channel.remoteAddress();
    }
  }

  @Nested
  class ClosingGracefully {

    @Test
    void is_in_order_though_the_peer_ends_in_the_moment_in_which_our_half_is_ended() {
      channel.holdClose();
      channel.whileShuttingDownOutput(channel::arriveEof);
      CompletableFuture<CloseReason> closed = writer.closeGracefully(Duration.ofSeconds(10));
      assertFalse(closed.isDone());

      channel.completeClose();

      assertEquals(CloseReason.Kind.CLOSED, Deadline.get(closed).kind());
      assertNull(Deadline.get(writer.waitClosed()));
      assertEquals(0, scripted.timers().waiting());
    }

    @Test
    void reads_no_more_from_a_channel_that_is_being_closed() {
      channel.holdClose();
      writer.close();
      channel.arrive("too late");
      int before = channel.reads();

      CompletableFuture<CloseReason> closed = writer.closeGracefully(Duration.ofSeconds(10));

      assertEquals(before, channel.reads());
      channel.completeClose();
      assertEquals(CloseReason.Kind.CLOSED, Deadline.get(closed).kind());
    }
  }

  @Nested
  class APeerThatAnswersAndIsGone {

    @Test
    void has_its_answer_read_and_then_comes_the_error() {
      CompletableFuture<byte[]> line = reader.readLine();
      failWriting();
      assertFalse(line.isDone());

      channel.arrive("why\nand more");
      channel.failRead(reset);

      assertEquals("why\n", text(line));
      assertEquals("and more", text(reader.read(100)));
      assertLostBy(brokenPipe, reader.read(100));
      assertLostBy(brokenPipe, writer.waitClosed());
    }

    @Test
    void has_its_answer_read_although_reading_was_paused() {
      transport.pauseReading();
      channel.arrive("in flight, "); // a read was outstanding
      channel.arrive("why");
      channel.failRead(reset);

      failWriting();

      assertEquals("in flight, why", text(reader.read(100)));
      assertLostBy(brokenPipe, reader.read(100));
    }

    @Test
    void has_its_answer_read_although_the_buffer_was_full() {
      ScriptedConnection small = ScriptedConnection.open(4);
      small.channel().arrive("123456789");
      assertFalse(small.channel().isReadPending());
      small.channel().arrive("abcdefghi");
      small.channel().arrive("jkl");
      small.channel().arriveEof();

      small.channel().failsWrite(brokenPipe);
      small.writer().write(bytes("lost"));

      assertEquals("123456789abcdefghijkl", text(small.reader().read(100)));
      assertLostBy(brokenPipe, small.reader().read(100));
    }

    @Test
    void fails_drain_at_once_and_waitClosed_when_the_answer_is_in() {
      failWriting();
      CompletableFuture<Void> closed = writer.waitClosed();

      assertTrue(writer.isClosing());
      assertLostBy(brokenPipe, writer.drain());
      assertFalse(closed.isDone());
      writer.write(bytes("dropped"));
      assertEquals(1, channel.writes());
      channel.arriveEof();

      assertLostBy(brokenPipe, closed);
      assertFalse(channel.isOpen());
      assertEquals(0, scripted.timers().waiting());
    }

    @Test
    void is_not_waited_for_longer_than_a_second() {
      failWriting();
      CompletableFuture<byte[]> read = reader.read(100);
      channel.arrive("slow");
      assertEquals("slow", text(read));
      CompletableFuture<byte[]> next = reader.read(100);

      scripted.timers().advance(StateLimits.PATIENCE.minusNanos(1));
      assertFalse(next.isDone());
      scripted.timers().advance(StateLimits.PATIENCE);

      assertLostBy(brokenPipe, next);
      assertFalse(channel.isOpen());
      assertEquals(1, scripted.ends().get());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void is_not_waited_for_after_close_or_abort(boolean close) {
      failWriting();

      if (close) {
        writer.close();
      } else {
        transport.abort();
      }

      assertLostBy(brokenPipe, writer.waitClosed());
      assertFalse(channel.isOpen());
      assertEquals(0, scripted.timers().waiting());
      assertEquals(1, scripted.ends().get());
    }

    @Test
    void that_had_ended_its_half_before_is_not_waited_for() {
      channel.arriveEof();

      failWriting();

      assertEquals("", text(reader.read(100)));
      assertLostBy(brokenPipe, writer.waitClosed());
      assertEquals(0, scripted.timers().waiting());
    }

    @Test
    void over_a_socket_has_its_answer_read_and_then_comes_the_error() {
      try (ConnectedPair connected = ConnectedPair.open()) {
        connected.writer().transport().pauseReading();
        writeToOneWhoAnswersAndIsGone(connected);

        assertEquals("enough of that\n", text(connected.reader().readLine()));
        Deadline.failure(ConnectionLostException.class, connected.reader().readLine());
        Deadline.failure(ConnectionLostException.class, connected.writer().waitClosed());
        Deadline.failure(ConnectionLostException.class, connected.writer().drain());
      }
    }

    @Test
    void over_a_socket_never_looks_like_one_that_has_ended_in_order() {
      for (int round = 0; round < 200; round++) {
        try (ConnectedPair connected = ConnectedPair.open()) {
          writeToOneWhoAnswersAndIsGone(connected);

          assertEquals("enough of that\n", text(connected.reader().readLine()));
          Deadline.failure(ConnectionLostException.class, connected.reader().readLine());
        }
      }
    }

    private static void writeToOneWhoAnswersAndIsGone(ConnectedPair connected) {
      byte[] chunk = new byte[64 * 1024];
      connected.writer().write(chunk);
      connected.peer().receive(1);
      connected.peer().send("enough of that\n");
      connected.peer().reset(); // a plain close ends the stream in order first
      Deadline.await(
          "the writer notices",
          () -> {
            connected.writer().write(chunk);
            return connected.writer().isClosing();
          });
    }
  }

  @Nested
  class AReset {

    @Test
    void over_a_socket_comes_after_the_bytes_before_it() {
      try (ConnectedPair connected = ConnectedPair.open()) {
        connected.peer().send("first\nsecond");
        assertEquals("first\n", text(connected.reader().readLine()));

        connected.peer().reset();
        Deadline.await("the reset is noticed", () -> connected.reader().exception() != null);

        assertEquals("second", text(connected.reader().read(100)));
        ConnectionLostException lost =
            Deadline.failure(ConnectionLostException.class, connected.reader().read(100));
        assertInstanceOf(IOException.class, lost.getCause());
        Deadline.failure(ConnectionLostException.class, connected.writer().waitClosed());
      }
    }

    @Test
    void ends_a_read_that_waits() {
      try (ConnectedPair connected = ConnectedPair.open()) {
        CompletableFuture<byte[]> line = connected.reader().readLine();

        connected.peer().reset();

        Deadline.failure(ConnectionLostException.class, line);
      }
    }

    @Test
    void while_we_close_with_everything_sent_is_not_a_loss() {
      channel.holdClose();
      writer.close();

      channel.failRead(reset);
      channel.completeClose();

      assertNull(Deadline.get(writer.waitClosed()));
    }

    @Test
    void has_a_text_also_when_its_cause_has_none() {
      channel.failRead(new ClosedChannelException());

      String message = Deadline.failure(ConnectionLostException.class, reader.read(1)).getMessage();

      assertFalse(message.contains("null"), message);
      assertTrue(message.contains("ClosedChannelException"), message);
    }
  }

  @Nested
  class AnEndOfOurs {

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ends_a_read_that_waits_in_order(boolean close) {
      CompletableFuture<byte[]> line = reader.readLine();
      channel.arrive("half a line");

      if (close) {
        writer.close();
      } else {
        transport.abort();
      }

      assertEquals("half a line", text(line));
      assertEquals("", text(reader.readLine()));
      assertTrue(reader.atEof());
      assertNull(reader.exception());
    }

    @Test
    void leaves_what_was_buffered_to_be_read() {
      channel.arrive("buffered");

      writer.close();

      assertEquals("buffered", text(reader.read()));
    }

    @Test
    void comes_once_when_two_threads_close_and_a_third_aborts() throws Exception {
      for (int round = 0; round < 200; round++) {
        ScriptedConnection raced = ScriptedConnection.open();
        List<Thread> threads =
            List.of(
                new Thread(raced.writer()::close),
                new Thread(raced.writer()::close),
                new Thread(raced.transport()::abort));
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
          thread.join(10_000);
        }

        assertNull(Deadline.get(raced.writer().waitClosed()));
        assertEquals(1, raced.ends().get());
        assertEquals(List.of(), raced.channel().misuses());
      }
    }

    @Test
    void can_come_from_a_callback() {
      CompletableFuture<Void> closing = reader.readLine().thenRun(writer::close);

      channel.arrive("bye\nrest");

      assertNull(Deadline.get(closing));
      assertNull(Deadline.get(writer.waitClosed()));
      assertEquals("rest", text(reader.read()));
    }

    @Test
    void throws_away_what_arrives_afterwards() {
      channel.holdWrites();
      writer.write(bytes("data"));
      writer.close();

      channel.arrive("too late");

      assertEquals("", text(reader.read(100)));
    }

    @Test
    void keeps_the_addresses_and_closes_the_socket() throws IOException {
      try (ConnectedPair connected = ConnectedPair.open()) {
        connected.writer().close();
        Deadline.get(connected.writer().waitClosed());

        assertEquals(
            connected.peer().remoteAddress(), connected.writer().getExtraInfo(ExtraInfo.SOCK_NAME));
        assertEquals(
            connected.peer().localAddress(), connected.writer().getExtraInfo(ExtraInfo.PEER_NAME));
        assertFalse(connected.writer().getExtraInfo(ExtraInfo.SOCKET).isOpen());
        assertTrue(connected.peer().sawEnd());
      }
    }
  }

  @Nested
  class AnEndForWhichThereIsNoMemory {

    @Test
    void F59_is_told_to_all_others_when_one_cannot_be_told() {
      ScriptedChannel closed = new ScriptedChannel();
      Connection connection = whoseEndThrows(new OutOfMemoryError("in a test"), closed);
      CompletableFuture<byte[]> read = ScriptedConnection.readerOf(connection).read(1);
      CompletableFuture<Void> end = connection.waitClosed(null);
      connection.start();
      connection.abort();

      assertEquals("", text(read));
      assertNull(Deadline.get(end));
      assertFalse(closed.isOpen());
    }

    @Test
    void is_told_to_the_log_when_it_was_a_bug_that_hindered_it() {
      IllegalStateException bug = new IllegalStateException("in a test");
      Connection connection = whoseEndThrows(bug, new ScriptedChannel());
      try (CapturedLog log = new CapturedLog()) {
        connection.abort();
        assertSame(bug, log.awaitRecord().getThrown());
      }

      assertNull(Deadline.get(connection.waitClosed(null)));
    }

    @Test
    void F59_leaves_what_has_arrived_to_be_read_when_somebody_cannot_be_told() {
      ScriptedChannel ended = new ScriptedChannel();
      Connection connection = whoseEndThrows(new OutOfMemoryError("in a test"), ended);
      connection.start();
      ended.arrive("read me");
      connection.abort();

      assertEquals("read me", text(ScriptedConnection.readerOf(connection).read(100)));
    }

    @Test
    void F59_comes_when_there_is_none_for_the_timer_that_would_bring_it() {
      ScriptedChannel dead = new ScriptedChannel();
      Connection connection =
          new Connection(dead, ConnectionSettings.of(100), new TimersWithoutMemory(), ended -> {});
      CompletableFuture<byte[]> read = ScriptedConnection.readerOf(connection).read(1);
      connection.start();
      connection.writeLimits(new WriteLimits(0, 0));
      dead.holdWrites();
      StreamWriter lost = ScriptedConnection.writerOf(connection);
      lost.write(bytes("lost"));
      CompletableFuture<Void> drain = lost.drain();
      assertFalse(drain.isDone());
      dead.failWrite(brokenPipe);

      assertLostBy(brokenPipe, drain);
      assertLostBy(brokenPipe, read);
      assertLostBy(brokenPipe, connection.waitClosed(null));
      assertFalse(dead.isOpen());
    }
  }

  private Connection whoseEndThrows(Throwable thrown, ScriptedChannel of) {
    return new Connection(
        of, ConnectionSettings.of(100), scripted.timers(), ended -> throwUnchecked(thrown));
  }

  private static void throwUnchecked(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) thrown;
  }

  private static final class TimersWithoutMemory implements Timers {

    @Override
    public Timeout schedule(Duration delay, Runnable action) {
      throw new OutOfMemoryError("in a test");
    }

    @Override
    public long nanoTime() {
      return 0;
    }
  }

  @Nested
  class Pausing {

    @Test
    void keeps_what_a_read_in_flight_brings_and_starts_no_other() {
      transport.pauseReading();

      channel.arrive("in flight");
      channel.arrive(", later");

      assertEquals(1, channel.reads());
      assertEquals("in flight", text(reader.read(100)));
      CompletableFuture<byte[]> read = reader.read(100);
      assertFalse(read.isDone());
      transport.resumeReading();
      assertEquals(", later", text(read));
    }

    @Test
    void is_not_undone_by_the_reader_that_has_room_again() {
      ScriptedConnection small = ScriptedConnection.open(4);
      small.channel().arrive("123456789");
      small.transport().pauseReading();

      assertEquals("123456789", text(small.reader().read(100)));

      assertFalse(small.channel().isReadPending());
      assertFalse(small.transport().isReading());
      small.transport().resumeReading();
      assertTrue(small.channel().isReadPending());
    }

    @Test
    void does_not_resume_what_the_reader_has_no_room_for() {
      ScriptedConnection small = ScriptedConnection.open(4);
      small.channel().arrive("123456789");

      small.transport().resumeReading();

      assertFalse(small.channel().isReadPending());
      assertFalse(small.transport().isReading());
    }
  }

  @Nested
  class AChannelThatCompletesInsideTheCall {

    @Test
    void a_hundred_thousand_times_does_not_fill_the_stack() {
      transport.pauseReading();
      channel.arrive("0");
      for (int i = 0; i < 100_000; i++) {
        channel.arrive("x");
      }
      List<Integer> seen = new ArrayList<>();
      CompletableFuture<byte[]> all = reader.readExactly(100_001);
      all.thenAccept(bytes -> seen.add(bytes.length));

      transport.resumeReading();

      assertEquals(List.of(100_001), seen);
    }
  }

  @Nested
  class WaitingOnAnIoThread {

    private static List<Throwable> tries(List<Callable<?>> waits) {
      List<Throwable> thrown = new ArrayList<>();
      for (Callable<?> wait : waits) {
        try {
          wait.call();
        } catch (Throwable error) {
          thrown.add(error);
        }
      }
      return thrown;
    }

    @Test
    void for_a_future_of_ours_is_refused_with_the_remedy() {
      CompletableFuture<List<Throwable>> outcome = new CompletableFuture<>();
      try (TestServer served =
              TestServer.by(
                  (reader, writer) -> {
                    CompletableFuture<byte[]> line = reader.readLine();
                    CompletableFuture<String> derived =
                        line.thenApply(bytes -> "x")
                            .thenCompose(CompletableFuture::completedFuture);
                    outcome.complete(
                        tries(
                            List.of(
                                line::join,
                                line::get,
                                () -> line.get(1, TimeUnit.SECONDS),
                                derived::join,
                                writer.waitClosed()::join)));
                    return writer.waitClosed();
                  });
          var peer = served.connect()) {
        assertNotNull(peer);

        List<Throwable> thrown = Deadline.get(outcome);

        assertEquals(5, thrown.stream().filter(IllegalStateException.class::isInstance).count());
        String message = thrown.get(0).getMessage();
        assertTrue(message.startsWith("join() on the I/O thread weir-io-"), message);
        assertTrue(message.contains("thenCompose"), message);
        assertTrue(message.contains("withHandlerExecutor"), message);
      }
    }

    @Test
    void for_a_future_that_is_finished_is_fine() {
      CompletableFuture<List<Throwable>> outcome = new CompletableFuture<>();
      try (TestServer served =
              TestServer.by(
                  (reader, writer) -> {
                    outcome.complete(
                        tries(
                            List.of(
                                reader.read(0)::join,
                                reader.read(0).thenApply(bytes -> "x")::get,
                                writer.drain()::join)));
                    return writer.waitClosed();
                  });
          var peer = served.connect()) {
        assertNotNull(peer);

        assertEquals(List.of(), Deadline.get(outcome));
      }
    }

    @Test
    void is_possible_with_an_executor_for_handlers() {
      ExecutorService executor = Executors.newSingleThreadExecutor();
      try (TestServer served =
              TestServer.by(
                  ConnectionHandler.of(
                      (reader, writer) -> {
                        writer.write(reader.readLine().join());
                        writer.close();
                      }),
                  ServerOptions.DEFAULTS.withHandlerExecutor(executor));
          var peer = served.connect()) {
        peer.send("blocking\n");

        assertEquals("blocking\n", peer.receiveLine());
      } finally {
        executor.shutdownNow();
      }
    }
  }

  @Nested
  class CallbackExecutor {

    @Test
    void runs_what_depends_on_futures_that_had_to_wait() {
      ExecutorService executor =
          Executors.newSingleThreadExecutor(task -> new Thread(task, "the user's"));
      try (ConnectedPair connected =
          ConnectedPair.open(ConnectOptions.DEFAULTS.withCallbackExecutor(executor))) {
        CompletableFuture<String> thread =
            connected.reader().readLine().thenApply(line -> Thread.currentThread().getName());
        CompletableFuture<String> closeThread =
            connected.writer().waitClosed().thenApply(nothing -> Thread.currentThread().getName());

        connected.peer().send("line\n");
        assertEquals("the user's", Deadline.get(thread));
        connected.writer().close();

        assertEquals("the user's", Deadline.get(closeThread));
      } finally {
        executor.shutdownNow();
      }
    }

    @Test
    void is_not_for_handlers_over_TLS_either() {
      ExecutorService executor =
          Executors.newSingleThreadExecutor(task -> new Thread(task, "the user's"));
      CompletableFuture<String> thread = new CompletableFuture<>();
      ConnectionHandler handler =
          ConnectionHandler.of(
              (reader, writer) -> {
                thread.complete(Thread.currentThread().getName());
                writer.close();
              });
      ServerOptions overTls =
          ServerOptions.DEFAULTS.withTls(TlsOverWire.SERVER).withCallbackExecutor(executor);
      ConnectOptions connecting = ConnectOptions.DEFAULTS.withTls(TlsOverWire.CLIENT);
      try (TestServer served = TestServer.by(handler, overTls);
          StreamConnection client =
              Deadline.get(
                  AsyncStreams.openConnection(
                      "127.0.0.1", served.address().getPort(), connecting))) {
        assertEquals("", text(client.reader().read()));
        String name = Deadline.get(thread);
        assertTrue(name.startsWith("weir-"), name);
      } finally {
        executor.shutdownNow();
      }
    }

    @Test
    void does_not_fill_its_stack_when_a_callback_reads_in_a_callback_that_reads() {
      ExecutorService executor = Executors.newSingleThreadExecutor();
      try (ConnectedPair connected =
          ConnectedPair.open(ConnectOptions.DEFAULTS.withCallbackExecutor(executor))) {
        int deep = 50_000;
        CompletableFuture<Integer> done = new CompletableFuture<>();
        readOneByOne(connected.reader(), deep, done);

        connected.peer().send(new byte[deep]);

        assertEquals(0, Deadline.get(done));
      } finally {
        executor.shutdownNow();
      }
    }

    private static void readOneByOne(
        StreamReader reader, int left, CompletableFuture<Integer> done) {
      reader
          .readExactly(1)
          .thenAccept(
              read -> {
                if (left == 1) {
                  done.complete(0);
                } else {
                  readOneByOne(reader, left - 1, done);
                }
              })
          .exceptionally(
              error -> {
                done.completeExceptionally(error);
                return null;
              });
    }

    @Test
    void that_refuses_does_not_keep_a_future_from_completing() {
      try (ConnectedPair connected =
          ConnectedPair.open(
              ConnectOptions.DEFAULTS.withCallbackExecutor(
                  task -> {
                    throw new RejectedExecutionException("shut down");
                  }))) {
        CompletableFuture<byte[]> line = connected.reader().readLine();

        connected.peer().send("line\n");

        assertEquals("line\n", text(line));
      }
    }
  }

  @Nested
  class ALoss {

    @Test
    void keeps_its_text_and_cause_through_serialization() throws Exception {
      channel.failRead(reset);
      ConnectionLostException original =
          Deadline.failure(ConnectionLostException.class, reader.read(1));
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
        out.writeObject(original);
      }

      Object copy;
      try (ObjectInputStream in =
          new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
        copy = in.readObject();
      }

      ConnectionLostException lost = assertInstanceOf(ConnectionLostException.class, copy);
      assertEquals("Connection lost while reading: Connection reset", lost.getMessage());
      assertEquals("Connection reset", lost.getCause().getMessage());
    }
  }
}
