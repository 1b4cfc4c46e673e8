package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.CloseReason;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ConnectionLostException;
import io.weir.ErrorStage;
import io.weir.ServerOptions;
import io.weir.StreamWriter;
import io.weir.TlsSide;
import io.weir.WriteLimits;
import io.weir.internal.stream.Timeouts;
import io.weir.testing.BlockingPeer;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.ScriptedConnection;
import io.weir.testing.TestServer;
import io.weir.testing.TlsOverWire;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * Connections that end by themselves as nothing happens: by the clock of the test, and for real.
 */
class TimeoutsTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration ALMOST = LIMIT.minusMillis(1);
  private static final Duration SHORT = Duration.ofMillis(500);

  private static ScriptedConnection idle() {
    return ScriptedConnection.open(new Timeouts(LIMIT, null, null));
  }

  private static ScriptedConnection read() {
    return ScriptedConnection.open(new Timeouts(null, LIMIT, null));
  }

  private static ScriptedConnection write() {
    return ScriptedConnection.open(new Timeouts(null, null, LIMIT));
  }

  private static void assertTimedOut(String what, StreamWriter writer) {
    ConnectionLostException lost =
        Deadline.failure(ConnectionLostException.class, writer.waitClosed());
    assertTrue(lost.getMessage().contains(what), lost::getMessage);
    assertInstanceOf(SocketTimeoutException.class, lost.getCause());
    assertEquals(CloseReason.Kind.TIMED_OUT, writer.closeReason().kind());
    assertEquals(lost, writer.closeReason().cause());
  }

  @Test
  void a_connection_that_carries_nothing_ends_after_the_idle_timeout() {
    ScriptedConnection idle = idle();
    idle.timers().advance(ALMOST);
    assertFalse(idle.writer().isClosing());
    idle.timers().advance(Duration.ofMillis(1));

    assertTimedOut("nothing was read or written for PT30S, the idle timeout", idle.writer());
    assertEquals(0, idle.timers().waiting());
    assertEquals(1, idle.ends().get());
  }

  @Test
  void what_is_read_and_what_is_written_begins_the_idle_time_anew() {
    ScriptedConnection idle = idle();
    idle.timers().advance(ALMOST);
    idle.channel().arrive("a");
    idle.timers().advance(ALMOST);
    assertFalse(idle.writer().isClosing());
    idle.writer().write(bytes("b"));
    idle.timers().advance(ALMOST);
    assertFalse(idle.writer().isClosing());
    idle.timers().advance(Duration.ofMillis(1));

    assertTimedOut("idle timeout", idle.writer());
  }

  @Test
  void what_is_only_queued_does_not_count_as_written() {
    ScriptedConnection idle = idle();
    idle.channel().holdWrites();
    idle.timers().advance(ALMOST);
    idle.writer().write(bytes("nobody takes it"));
    idle.timers().advance(Duration.ofMillis(1));

    assertTimedOut("idle timeout", idle.writer());
    assertEquals(15, idle.writer().closeReason().unsent());
  }

  @Test
  void a_peer_that_takes_nothing_of_what_is_queued_ends_a_close_by_the_idle_timeout() {
    ScriptedConnection idle = idle();
    idle.channel().holdWrites();
    idle.writer().write(bytes("nobody takes it"));
    idle.writer().close();
    idle.timers().advance(LIMIT);

    assertTimedOut("idle timeout", idle.writer());
  }

  @Test
  void F57_a_peer_that_takes_nothing_of_what_goes_before_TLS_ends_by_the_idle_timeout() {
    TlsOverWire pair = TlsOverWire.inTheClear(new Timeouts(LIMIT, null, null));
    pair.wire().left().holdWrites();
    pair.client().writer().write(bytes("in the clear"));
    CompletableFuture<Void> shaken = startTls(pair.client());
    pair.timers().advance(ALMOST);
    assertFalse(shaken.isDone());
    pair.timers().advance(Duration.ofMillis(1));

    assertTimedOut("idle timeout", pair.client().writer());
    Deadline.failure(ConnectionLostException.class, shaken);
  }

  @Test
  void a_handshake_has_a_time_of_its_own_and_its_end_begins_the_idle_time_anew() {
    TlsOverWire pair = TlsOverWire.inTheClear(new Timeouts(LIMIT, null, null));
    CompletableFuture<Void> shaken = startTls(pair.client());
    pair.timers().advance(LIMIT.plus(SHORT));
    assertFalse(shaken.isDone());
    Deadline.get(pair.server().writer().startTls(TlsOverWire.SERVER, TlsSide.SERVER));
    assertNull(Deadline.get(shaken));
    pair.timers().advance(ALMOST);
    assertFalse(pair.client().writer().isClosing());
    pair.timers().advance(Duration.ofMillis(1));

    assertTimedOut("idle timeout", pair.client().writer());
  }

  private static CompletableFuture<Void> startTls(TlsOverWire.Ours client) {
    return client.writer().startTls(TlsOverWire.CLIENT, TlsSide.CLIENT);
  }

  @Test
  void what_had_come_is_read_before_the_timeout_is_told() {
    ScriptedConnection idle = idle();
    idle.channel().arrive("half");
    idle.timers().advance(LIMIT);

    assertEquals("half", text(idle.reader().read(10)));
    Deadline.failure(ConnectionLostException.class, idle.reader().readLine());
  }

  @Test
  void one_read_that_waits_too_long_ends_the_connection() {
    ScriptedConnection read = read();
    CompletableFuture<byte[]> line = read.reader().readLine();
    read.timers().advance(ALMOST);
    assertFalse(line.isDone());
    read.timers().advance(Duration.ofMillis(1));

    Deadline.failure(ConnectionLostException.class, line);
    assertTimedOut("a read was pending for PT30S, the read timeout", read.writer());
    assertEquals(0, read.timers().waiting());
  }

  @Test
  void F57_one_byte_now_and_then_does_not_prolong_the_time_of_a_read() {
    ScriptedConnection read = read();
    CompletableFuture<byte[]> line = read.reader().readLine();
    for (int second = 0; second < 30; second++) {
      assertFalse(line.isDone());
      read.channel().arrive("x");
      read.timers().advance(Duration.ofSeconds(1));
    }

    assertTimedOut("read timeout", read.writer());
  }

  @Test
  void the_time_of_a_read_begins_when_it_begins_to_wait() {
    ScriptedConnection read = read();
    read.timers().advance(LIMIT.plusSeconds(7)); // nobody reads
    CompletableFuture<byte[]> first = read.reader().readLine();
    read.timers().advance(ALMOST);
    read.channel().arrive("in time\n");
    assertEquals("in time\n", text(first));
    CompletableFuture<byte[]> second = read.reader().readLine();
    read.timers().advance(ALMOST);
    assertFalse(second.isDone());
    read.timers().advance(Duration.ofMillis(1));

    Deadline.failure(ConnectionLostException.class, second);
  }

  @Test
  void a_read_that_was_cancelled_does_not_wait() {
    ScriptedConnection read = read();
    read.reader().readLine().cancel(false);
    read.timers().advance(LIMIT.multipliedBy(3));

    assertFalse(read.writer().isClosing());
  }

  @Test
  void a_peer_that_sends_and_never_reads_ends_by_the_write_timeout() {
    ScriptedConnection write = write();
    write.channel().holdWrites();
    write.writer().transport().setWriteBufferLimits(WriteLimits.ofHigh(1));
    write.writer().write(bytes("nobody takes it"));
    CompletableFuture<Void> drained = write.writer().drain();
    for (int second = 0; second < 30; second++) {
      assertFalse(drained.isDone());
      write.channel().arrive("x");
      write.timers().advance(Duration.ofSeconds(1));
    }

    Deadline.failure(ConnectionLostException.class, drained);
    assertTimedOut("nothing could be written for PT30S, the write timeout", write.writer());
    assertEquals(15, write.writer().closeReason().unsent());
    assertEquals(0, write.timers().waiting());
  }

  @Test
  void each_byte_that_is_written_begins_the_write_time_anew() {
    ScriptedConnection write = write();
    write.channel().holdWrites();
    write.writer().write(bytes("taken slowly"));
    for (int taken = 0; taken < 12; taken++) {
      assertFalse(write.writer().isClosing());
      write.timers().advance(ALMOST);
      write.channel().completeWrite(1);
    }
    write.timers().advance(LIMIT.multipliedBy(2)); // nothing is queued
    assertFalse(write.writer().isClosing());

    write.writer().write(bytes("again"));
    write.timers().advance(ALMOST);
    assertFalse(write.writer().isClosing());
    write.timers().advance(Duration.ofMillis(1));
    assertTimedOut("write timeout", write.writer());
  }

  @Test
  void the_write_timeout_limits_a_close() {
    ScriptedConnection write = write();
    write.channel().holdWrites();
    write.writer().write(bytes("nobody takes it"));
    write.timers().advance(ALMOST);
    write.writer().close();
    write.timers().advance(Duration.ofMillis(1));

    assertTimedOut("write timeout", write.writer());
  }

  @Test
  void the_write_timeout_stands_still_during_a_handshake() {
    TlsOverWire pair = TlsOverWire.inTheClear(new Timeouts(null, null, LIMIT));
    CompletableFuture<Void> shaken = startTls(pair.client());
    pair.client().writer().write(bytes("behind the handshake"));
    pair.timers().advance(LIMIT.plus(SHORT));
    assertFalse(shaken.isDone());
    pair.server().writer().startTls(TlsOverWire.SERVER, TlsSide.SERVER);
    assertNull(Deadline.get(shaken));
    pair.timers().advance(ALMOST);
    assertFalse(pair.client().writer().isClosing());

    assertEquals(
        "behind the handshake", text(Deadline.get(pair.server().reader().readExactly(20))));
  }

  @Test
  void a_client_ends_with_a_server_that_sends_and_never_reads() {
    try (ConnectedPair connected =
        ConnectedPair.open(ConnectOptions.DEFAULTS.withWriteTimeout(SHORT))) {
      StreamWriter writer = connected.writer();
      writer.write(new byte[64 << 20]);
      connected.peer().send("a word");
      assertEquals("a word", text(Deadline.get(connected.reader().readExactly(6))));

      Deadline.failure(ConnectionLostException.class, writer.drain());
      assertTimedOut("write timeout", writer);
    }
  }

  @Test
  void a_connection_that_has_ended_leaves_no_timer() {
    ScriptedConnection both = ScriptedConnection.open(new Timeouts(LIMIT, LIMIT, LIMIT));
    assertEquals(1, both.timers().waiting());
    both.transport().abort();

    assertEquals(0, both.timers().waiting());
  }

  @Test
  void a_timeout_longer_than_the_clock_can_count_is_for_ever() {
    ScriptedConnection patient =
        ScriptedConnection.open(new Timeouts(Duration.ofSeconds(Long.MAX_VALUE), null, null));
    patient.timers().advance(Duration.ofDays(1_000));

    assertFalse(patient.writer().isClosing());
  }

  @Test
  void without_timeouts_there_is_no_timer() {
    assertEquals(0, ScriptedConnection.open().timers().waiting());
  }

  @Test
  void a_timeout_is_positive_or_none() {
    for (Duration wrong : new Duration[] {Duration.ZERO, Duration.ofMillis(-1)}) {
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class, () -> ServerOptions.DEFAULTS.withIdleTimeout(wrong));
      assertTrue(refused.getMessage().contains(wrong.toString()), refused::getMessage);
      assertThrows(
          IllegalArgumentException.class, () -> ConnectOptions.DEFAULTS.withReadTimeout(wrong));
      assertThrows(
          IllegalArgumentException.class, () -> ConnectOptions.DEFAULTS.withWriteTimeout(wrong));
    }
    assertNull(ServerOptions.DEFAULTS.withReadTimeout(LIMIT).withReadTimeout(null).readTimeout());
  }

  @Test
  void F57_a_server_ends_who_says_nothing_and_keeps_who_speaks() {
    AtomicReference<StreamWriter> served = new AtomicReference<>();
    ServerOptions options = ServerOptions.DEFAULTS.withReadTimeout(SHORT);
    ConnectionHandler echo =
        (reader, writer) -> {
          served.set(writer);
          return reader.forEachLine(
              line -> {
                writer.write(line);
                return writer.drain();
              });
        };
    try (TestServer server = TestServer.by(echo, options);
        BlockingPeer speaks = server.connect()) {
      for (int i = 0; i < 3; i++) {
        speaks.send("hello\n");
        assertEquals("hello\n", speaks.receiveLine());
      }
      StreamWriter toTheOneThatSpoke = served.get();
      assertTrue(speaks.sawEnd()); // now it has said nothing for too long
      assertTimedOut("read timeout", toTheOneThatSpoke);
      Deadline.await("the handler's failure is reported", () -> !server.reports().isEmpty());
      assertEquals(ErrorStage.HANDLER, server.reports().peek().stage());
    }
  }

  @Test
  void a_client_ends_with_a_server_that_says_nothing() {
    try (ConnectedPair connected =
        ConnectedPair.open(ConnectOptions.DEFAULTS.withIdleTimeout(SHORT))) {
      Deadline.failure(ConnectionLostException.class, connected.reader().readLine());
      assertTimedOut("idle timeout", connected.writer());
      assertTrue(connected.peer().sawEnd());
    }
  }

  /** Completes futures where it may block, when what depends on them has been attached. */
  private static final class Blocking implements AutoCloseable {

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final CountDownLatch attached = new CountDownLatch(1);

    ConnectOptions options() {
      return ConnectOptions.DEFAULTS.withCallbackExecutor(this::execute);
    }

    private void execute(Runnable completion) {
      executor.execute(
          () -> {
            try {
              attached.await();
              completion.run();
            } catch (InterruptedException ended) {
              Thread.currentThread().interrupt();
            }
          });
    }

    void begin() {
      attached.countDown();
    }

    @Override
    public void close() {
      executor.shutdownNow();
    }
  }

  @Test
  void timeouts_count_in_a_callback_that_gets_the_connection_and_blocks() {
    try (Blocking callbacks = new Blocking();
        BlockingPeer.Listener silent = new BlockingPeer.Listener()) {
      CompletableFuture<byte[]> line =
          AsyncStreams.openConnection(
                  silent.host(), silent.port(), callbacks.options().withReadTimeout(SHORT))
              .thenApply(connection -> connection.reader().readLine().join());
      callbacks.begin();

      Deadline.failure(ConnectionLostException.class, line);
    }
  }

  @Test
  void a_peer_that_goes_is_noticed_in_a_callback_that_gets_the_connection_and_blocks() {
    try (Blocking callbacks = new Blocking();
        BlockingPeer.Listener listener = new BlockingPeer.Listener()) {
      CompletableFuture<Void> gone =
          AsyncStreams.openConnection(listener.host(), listener.port(), callbacks.options())
              .thenAccept(connection -> connection.reader().whenPeerGone().join());
      callbacks.begin();
      listener.accept().close();

      Deadline.get(gone);
    }
  }
}
