package io.weir.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncRuntime;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ConnectionLostException;
import io.weir.ExtraInfo;
import io.weir.MemoryStreams;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import io.weir.programs.OpenAtExit;
import io.weir.testing.BlockingSockets;
import io.weir.testing.CapturedLog;
import io.weir.testing.ChildJvm;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.GarbageCollection;
import io.weir.testing.Loopback;
import io.weir.testing.Multiplicity;
import io.weir.testing.OpenFiles;
import io.weir.testing.Program;
import io.weir.testing.RecordingErrorListener;
import io.weir.testing.Tasks;
import io.weir.testing.TestRuntime;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag(Multiplicity.TAG)
class CloseFaultsTest {

  private static final int ROUNDS = Multiplicity.rounds(500);

  /** More than two sockets buffer. */
  private static final int MUCH = 32 * 1024 * 1024;

  private final AsyncRuntime runtime = TestRuntime.create(); // warns once a minute

  // ---- F35 ----

  @Test
  void F35_when_the_peer_ends_its_half_ours_goes_on() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      pair.peer().shutdownOutput();
      assertEnd(pair.reader());
      assertFalse(pair.writer().isClosing());
      byte[] data = random(100_000);
      pair.writer().write(data);
      pair.writer().writeEof();

      assertArrayEquals(data, pair.peer().socket().getInputStream().readAllBytes());
      assertEnd(pair.reader());
    }
  }

  @Test
  void F35_when_we_end_our_half_the_peers_goes_on() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      pair.writer().writeEof();
      assertEquals(-1, pair.peer().socket().getInputStream().read());
      byte[] data = random(100_000);
      Future<byte[]> read = pair.reader().read();
      pair.peer().send(data);
      pair.peer().shutdownOutput();

      assertArrayEquals(data, Deadline.get(read));
      assertEnd(pair.reader());
    }
  }

  @Test
  void F35_when_both_end_their_halves_at_once_each_sees_one_end() throws Exception {
    RecordingErrorListener failures = new RecordingErrorListener();
    Server server =
        Loopback.serve(
            CloseFaultsTest::sendAndReadToTheEnd,
            ServerOptions.DEFAULTS.withErrorListener(failures));
    for (int i = 0; i < ROUNDS; i++) {
      StreamConnection connection = Loopback.connect(server);
      connection.writer().write(new byte[1000]);
      connection.writer().writeEof();

      assertEquals(1000, Deadline.get(connection.reader().read()).length);
      assertEnd(connection.reader());
      connection.close();
      Deadline.get(connection.writer().waitClosed());
    }
    Loopback.endInOrder(server);
    assertEquals(List.of(), failures.all());
  }

  private static CompletableFuture<?> sendAndReadToTheEnd(
      StreamReader reader, StreamWriter writer) {
    writer.write(new byte[1000]);
    writer.writeEof();
    return reader
        .read()
        .thenAccept(all -> assertEquals(1000, all.length))
        .thenRun(writer::close)
        .thenCompose(nothing -> writer.waitClosed());
  }

  private static void assertEnd(StreamReader reader) {
    assertEquals(0, Deadline.get(reader.read(1)).length);
    assertEquals(0, Deadline.get(reader.readLine()).length);
    assertTrue(reader.atEof());
  }

  // ---- F36 ----

  @Test
  void F36_closing_with_data_queued_delivers_all_of_it() throws Exception {
    byte[] data = random(MUCH);
    try (ConnectedPair pair = ConnectedPair.open()) {
      pair.writer().write(data);
      pair.writer().close();
      assertTrue(pair.writer().transport().getWriteBufferSize() > 0);

      assertArrayEquals(data, pair.peer().socket().getInputStream().readAllBytes());
      Deadline.get(pair.writer().waitClosed());
    }
  }

  @Test
  void F36_closing_with_a_half_end_queued_delivers_all_of_it() throws Exception {
    byte[] data = random(MUCH);
    try (ConnectedPair pair = ConnectedPair.open()) {
      pair.writer().write(data);
      pair.writer().writeEof();
      pair.writer().close();

      assertArrayEquals(data, pair.peer().socket().getInputStream().readAllBytes());
      Deadline.get(pair.writer().waitClosed());
    }
  }

  @Test
  void F36_closing_while_the_half_end_is_being_sent_is_an_end_in_order() throws Exception {
    for (int i = 0; i < 5 * ROUNDS; i++) {
      try (ConnectedPair pair = ConnectedPair.open()) {
        pair.writer().write(new byte[10]);
        pair.writer().writeEof(); // behind the write, on its thread
        pair.writer().close();

        Deadline.get(pair.writer().waitClosed());
        assertEquals(10, BlockingSockets.countToEnd(pair.peer().socket()));
      }
    }
  }

  @Test
  void F36_closing_twice_is_one_end() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      pair.writer().write(new byte[10]);
      CompletableFuture<?> first = pair.writer().waitClosed();
      pair.writer().close();
      pair.writer().close();
      pair.connection().close();
      CompletableFuture<?> second = pair.writer().waitClosed();

      assertEquals(10, BlockingSockets.countToEnd(pair.peer().socket()));
      Deadline.get(first);
      Deadline.get(second);
    }
  }

  @Test
  void F36_closing_from_two_threads_at_once_delivers_all_of_it() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      try (ConnectedPair pair = ConnectedPair.open()) {
        pair.writer().write(new byte[100_000]);
        CountDownLatch start = new CountDownLatch(1);
        Future<Boolean> other =
            Tasks.start(
                () -> {
                  start.await();
                  pair.writer().close();
                  return true;
                });
        start.countDown();
        pair.writer().close();

        assertEquals(100_000, BlockingSockets.countToEnd(pair.peer().socket()));
        assertTrue(Deadline.get(other));
        Deadline.get(pair.writer().waitClosed());
      }
    }
  }

  @Test
  void F36_closing_from_a_reads_callback_is_an_end_in_order() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      try (ConnectedPair pair = ConnectedPair.open()) {
        CompletableFuture<Void> closing =
            pair.reader().readLine().thenAccept(pair.writer()::write).thenRun(pair.writer()::close);
        pair.peer().send("line\n".getBytes(US_ASCII));

        assertEquals(5, BlockingSockets.countToEnd(pair.peer().socket()));
        Deadline.get(closing);
        Deadline.get(pair.writer().waitClosed());
      }
    }
  }

  @Test
  void F36_closing_from_the_callback_of_the_end_is_an_end_in_order() throws Exception {
    try (ConnectedPair pair = ConnectedPair.open()) {
      CompletableFuture<Void> closing =
          pair.writer()
              .waitClosed()
              .thenRun(pair.writer()::close)
              .thenRun(pair.connection()::close);
      pair.writer().close();

      Deadline.get(closing);
      assertEquals(0, BlockingSockets.countToEnd(pair.peer().socket()));
    }
  }

  // ---- F37 ----

  /** What can be under way when the abort comes. */
  static Stream<Named<Step>> steps() {
    return Stream.of(
        Named.of("only a read", pair -> {}),
        Named.of("bytes that were not read", pair -> pair.peer().send(new byte[1000])),
        Named.of("a small write", pair -> pair.writer().write(new byte[10])),
        Named.of("a queue", pair -> pair.writer().write(new byte[MUCH])),
        Named.of("a queue and drains", CloseFaultsTest::writeAndDrain),
        Named.of("a half end", pair -> pair.writer().writeEof()),
        Named.of("a queue and a half end behind it", CloseFaultsTest::writeAndEnd),
        Named.of("the peer's half end", pair -> pair.peer().shutdownOutput()),
        Named.of("the peer's end", pair -> pair.peer().close()),
        Named.of("the peer's reset", pair -> pair.peer().reset()),
        Named.of("a close", pair -> pair.writer().close()),
        Named.of("a queue and a close", CloseFaultsTest::writeAndClose),
        Named.of("paused reading", pair -> pair.writer().transport().pauseReading()),
        Named.of("an abort", pair -> pair.writer().transport().abort()));
  }

  private static void writeAndDrain(ConnectedPair pair) {
    pair.writer().write(new byte[MUCH]);
    pair.writer().drain();
    pair.writer().drain();
  }

  private static void writeAndEnd(ConnectedPair pair) {
    pair.writer().write(new byte[MUCH]);
    pair.writer().writeEof();
  }

  private static void writeAndClose(ConnectedPair pair) {
    pair.writer().write(new byte[MUCH]);
    pair.writer().close();
  }

  @ParameterizedTest
  @MethodSource("steps")
  void F37_an_abort_at_every_step_ends_the_connection_for_both(Step step) throws Exception {
    ConnectedPair.open().close(); // what is opened once is open
    Set<String> before = OpenFiles.sockets();
    ConnectedPair pair = ConnectedPair.open();
    step.take(pair);
    CompletableFuture<byte[]> read = pair.reader().readExactly(100_000);
    CompletableFuture<?> closed = pair.writer().waitClosed();
    pair.writer().transport().abort();

    assertTrue(pair.writer().isClosing());
    assertTrue(failure(read) instanceof IOException, () -> "a read ended with " + failure(read));
    Throwable lost = failure(closed);
    assertTrue(lost == null || lost instanceof ConnectionLostException, () -> "ended with " + lost);
    Deadline.failure(ConnectionLostException.class, pair.writer().drain());
    if (!pair.peer().socket().isClosed()) {
      assertTrue(BlockingSockets.countToEnd(pair.peer().socket()) <= MUCH);
    }
    pair.peer().close();
    OpenFiles.awaitNoMoreThan(before);
  }

  /** What it failed with; null if it did not. */
  private static Throwable failure(CompletableFuture<?> future) {
    return Deadline.get(future.handle((value, error) -> error));
  }

  @Test
  void F37_an_abort_in_a_handler_ends_the_connection() throws Exception {
    ConnectionHandler aborting =
        ConnectionHandler.of((reader, writer) -> writer.transport().abort());
    Server server = Loopback.serve(aborting);
    for (int i = 0; i < ROUNDS; i++) {
      try (Socket client = BlockingSockets.connect(Loopback.port(server))) {
        assertEquals(0, BlockingSockets.countToEnd(client));
      }
    }
    Loopback.endInOrder(server);
  }

  @Test
  void F37_an_abort_in_a_callback_ends_the_connection() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      try (ConnectedPair pair = ConnectedPair.open()) {
        CompletableFuture<Void> aborting =
            pair.reader().read(10).thenRun(pair.writer().transport()::abort);
        pair.peer().send(new byte[1]);

        Deadline.get(aborting);
        Deadline.get(pair.writer().waitClosed());
        assertEquals(0, BlockingSockets.countToEnd(pair.peer().socket()));
      }
    }
  }

  // ---- F38 ----

  @AfterEach
  void closeTheRuntime() {
    runtime.close();
  }

  private Server serve(ConnectionHandler handler) {
    return Loopback.serve(handler, ServerOptions.DEFAULTS.withRuntime(runtime));
  }

  @Test
  void F38_a_connection_that_was_forgotten_is_closed_with_a_warning() throws Exception {
    try (CapturedLog log = new CapturedLog();
        ServerSocket server = BlockingSockets.listen()) {
      String address = openAndForget(server.getLocalPort(), connection -> {});
      try (Socket peer = BlockingSockets.accept(server)) {
        GarbageCollection.collectUntil("the log says so", () -> says(log, address));

        assertEquals(0, BlockingSockets.countToEnd(peer));
      }
    }
  }

  @Test
  void F38_what_was_written_to_a_forgotten_connection_still_arrives() throws Exception {
    try (CapturedLog log = new CapturedLog();
        ServerSocket server = BlockingSockets.listen()) {
      byte[] data = random(MUCH);
      String address =
          openAndForget(server.getLocalPort(), connection -> connection.writer().write(data));
      try (Socket peer = BlockingSockets.accept(server)) {
        GarbageCollection.collectUntil("the log says so", () -> says(log, address));

        assertArrayEquals(data, peer.getInputStream().readAllBytes());
      }
    }
  }

  @Test
  void F38_what_was_written_arrives_although_the_peer_sent_what_nobody_read() throws Exception {
    byte[] data = random(MUCH);
    Server server = serve(ConnectionHandler.of((reader, writer) -> writer.write(data)));
    try (CapturedLog log = new CapturedLog();
        Socket client = BlockingSockets.connect(Loopback.port(server))) {
      client.getOutputStream().write(new byte[1_000_000]); // more than the reader's buffer takes
      String address = String.valueOf(client.getLocalSocketAddress());
      GarbageCollection.collectUntil("the log says so", () -> says(log, address));

      assertArrayEquals(data, client.getInputStream().readAllBytes());
    }
    Loopback.endInOrder(server);
  }

  @Test
  void F38_a_connection_that_a_handler_forgets_is_closed_with_a_warning() throws Exception {
    Server server = serve(ConnectionHandler.of((reader, writer) -> {}));
    try (CapturedLog log = new CapturedLog();
        Socket client = BlockingSockets.connect(Loopback.port(server))) {
      String address = String.valueOf(client.getLocalSocketAddress());
      GarbageCollection.collectUntil("the log says so", () -> says(log, address));

      assertEquals(0, BlockingSockets.countToEnd(client));
    }
    Loopback.endInOrder(server);
  }

  @Test
  void F38_what_a_handler_keeps_is_garbage_when_its_server_is() {
    WeakReference<List<StreamWriter>> kept = serveAndKeepTheWriter();

    GarbageCollection.collectUntil("the writers are gone", () -> kept.get() == null);
  }

  private static WeakReference<List<StreamWriter>> serveAndKeepTheWriter() {
    List<StreamWriter> writers = new CopyOnWriteArrayList<>();
    RecordingErrorListener failures = new RecordingErrorListener();
    Server server =
        Loopback.serve(
            (reader, writer) -> {
              writers.add(writer);
              return sendAndReadToTheEnd(reader, writer);
            },
            ServerOptions.DEFAULTS.withErrorListener(failures));
    StreamConnection client = Loopback.connect(server);
    client.writer().write(new byte[1000]);
    client.writer().writeEof();
    assertEquals(1000, Deadline.get(client.reader().read()).length);
    client.close();
    Deadline.get(client.writer().waitClosed());
    Loopback.endInOrder(server);
    assertEquals(List.of(), failures.all());
    return new WeakReference<>(writers);
  }

  @Test
  void F38_a_read_that_was_cancelled_keeps_no_connection() throws Exception {
    try (CapturedLog log = new CapturedLog();
        ServerSocket server = BlockingSockets.listen()) {
      String address =
          openAndForget(
              server.getLocalPort(), connection -> connection.reader().read(1).cancel(false));
      try (Socket peer = BlockingSockets.accept(server)) {
        GarbageCollection.collectUntil("the log says so", () -> says(log, address));

        assertEquals(0, BlockingSockets.countToEnd(peer));
      }
    }
  }

  @Test
  void F38_a_reader_alone_keeps_its_connection() throws Exception {
    try (CapturedLog log = new CapturedLog();
        ServerSocket server = BlockingSockets.listen()) {
      StreamReader reader =
          Loopback.connect(server.getLocalPort(), ConnectOptions.DEFAULTS.withRuntime(runtime))
              .reader();
      try (Socket peer = BlockingSockets.accept(server)) {
        String other = openAndForget(server.getLocalPort(), connection -> {});
        GarbageCollection.collectUntil("the other is closed", () -> says(log, other));
        peer.getOutputStream().write('x');

        assertEquals("x", new String(Deadline.get(reader.read(1)), US_ASCII));
        assertEquals(1, log.messages().size(), log.messages()::toString);
      }
    }
  }

  @Test
  void F38_a_read_that_waits_keeps_its_connection() throws Exception {
    try (CapturedLog log = new CapturedLog();
        ServerSocket server = BlockingSockets.listen()) {
      List<CompletableFuture<byte[]>> read = new ArrayList<>();
      openAndForget(server.getLocalPort(), connection -> read.add(connection.reader().readLine()));
      try (Socket peer = BlockingSockets.accept(server)) {
        String other = openAndForget(server.getLocalPort(), connection -> {});
        GarbageCollection.collectUntil("the other is closed", () -> says(log, other));
        peer.getOutputStream().write('\n');

        assertEquals("\n", new String(Deadline.get(read.get(0)), US_ASCII));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("futures")
  void F38_a_future_that_is_pending_keeps_its_connection(
      Function<StreamConnection, CompletableFuture<?>> start) throws Exception {
    try (CapturedLog log = new CapturedLog();
        ServerSocket server = BlockingSockets.listen()) {
      List<CompletableFuture<?>> pending = new ArrayList<>();
      openAndForget(server.getLocalPort(), connection -> pending.add(start.apply(connection)));
      try (Socket peer = BlockingSockets.accept(server)) {
        assertTrue(peer.isConnected());
        loseAnother(log);

        assertEquals(1, log.messages().size(), log.messages()::toString);
        assertFalse(pending.get(0).isDone());
      }
    }
  }

  static Stream<Named<Function<StreamConnection, CompletableFuture<?>>>> futures() {
    return Stream.of(
        Named.of("waitClosed", connection -> connection.writer().waitClosed()),
        Named.of("whenPeerGone", connection -> connection.reader().whenPeerGone()),
        Named.of(
            "drain",
            connection -> {
              connection.writer().write(new byte[MUCH]);
              return connection.writer().drain();
            }),
        Named.of("startTls", connection -> connection.writer().startTls(TlsOptions.defaults())));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void F38_a_handler_that_has_not_returned_keeps_its_connection(boolean waits) throws Exception {
    CountDownLatch called = new CountDownLatch(1);
    Server server =
        serve(
            (reader, writer) -> {
              called.countDown();
              return waits ? writer.waitClosed() : new CompletableFuture<Void>();
            });
    try (CapturedLog log = new CapturedLog();
        Socket client = BlockingSockets.connect(Loopback.port(server))) {
      Deadline.await("the handler is called", () -> called.getCount() == 0);
      loseAnother(log);

      assertTrue(client.isConnected());
      assertEquals(1, log.messages().size(), log.messages()::toString);
    }
    Loopback.end(server);
  }

  @Test
  void F38_a_connection_whose_handler_has_returned_is_lost_as_any_other() throws Exception {
    CompletableFuture<CompletableFuture<Void>> started = new CompletableFuture<>();
    Server server =
        serve(
            (reader, writer) -> {
              CompletableFuture<Void> returned = new CompletableFuture<>();
              started.complete(returned);
              return returned;
            });
    try (CapturedLog log = new CapturedLog();
        Socket client = BlockingSockets.connect(Loopback.port(server))) {
      Deadline.get(started).complete(null);
      String address = String.valueOf(client.getLocalSocketAddress());
      GarbageCollection.collectUntil("the log says so", () -> says(log, address));

      assertEquals(0, BlockingSockets.countToEnd(client));
    }
    Loopback.endInOrder(server);
  }

  @Test
  void F38_a_future_that_was_cancelled_keeps_no_connection() throws Exception {
    try (CapturedLog log = new CapturedLog();
        ServerSocket server = BlockingSockets.listen()) {
      String address =
          openAndForget(
              server.getLocalPort(),
              connection -> {
                connection.writer().waitClosed().cancel(false);
                connection.reader().whenPeerGone().cancel(false);
              });
      try (Socket peer = BlockingSockets.accept(server)) {
        GarbageCollection.collectUntil("the log says so", () -> says(log, address));

        assertEquals(0, BlockingSockets.countToEnd(peer));
      }
    }
  }

  /** Loses a connection of another runtime, and waits until garbage has been collected. */
  private static void loseAnother(CapturedLog log) throws Exception {
    try (AsyncRuntime another = TestRuntime.create();
        ServerSocket server = BlockingSockets.listen()) {
      String address = openAndForget(another, server.getLocalPort(), connection -> {});
      GarbageCollection.collectUntil("the other is closed", () -> says(log, address));
    }
  }

  private String openAndForget(int port, Consumer<StreamConnection> action) throws Exception {
    return openAndForget(runtime, port, action);
  }

  /** Opens, does something, and drops all references; returns this end's address. */
  private static String openAndForget(
      AsyncRuntime runtime, int port, Consumer<StreamConnection> action) throws Exception {
    StreamConnection connection =
        Loopback.connect(port, ConnectOptions.DEFAULTS.withRuntime(runtime));
    action.accept(connection);
    return String.valueOf(connection.writer().getExtraInfo(ExtraInfo.SOCK_NAME));
  }

  private static boolean says(CapturedLog log, String address) {
    return log.messages().stream().anyMatch(message -> message.contains(address));
  }

  @Test
  void F38_many_that_were_forgotten_are_one_warning_and_their_number() throws Exception {
    int count = 200;
    CountDownLatch handled = new CountDownLatch(count);
    List<Socket> clients = new ArrayList<>();
    try (CapturedLog log = new CapturedLog()) {
      Server server = serve(ConnectionHandler.of((reader, writer) -> handled.countDown()));
      for (int i = 0; i < count; i++) {
        clients.add(BlockingSockets.connect(Loopback.port(server)));
      }
      Deadline.await("all are served", () -> handled.getCount() == 0);
      CompletableFuture<?> closed = server.waitClosed();
      server.close();
      GarbageCollection.collectUntil("all are closed", closed::isDone);
      assertEquals(1, log.messages().size(), log.messages()::toString);
      runtime.close();

      assertEquals(2, log.messages().size(), log.messages()::toString);
      assertTrue(
          log.messages().get(1).startsWith("closed " + (count - 1) + " more connections"),
          log.messages()::toString);
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  @Test
  void F38_a_pair_in_memory_of_which_an_end_was_forgotten_is_closed_without_a_warning() {
    try (CapturedLog log = new CapturedLog()) {
      StreamReader kept = MemoryStreams.pair().first().reader();
      CompletableFuture<byte[]> read = kept.read();
      GarbageCollection.collectUntil("the other end is closed", read::isDone);

      assertEquals(0, Deadline.get(read).length);
      assertEquals(List.of(), log.messages());
    }
  }

  // ---- F39 ----

  @Test
  void F39_a_jvm_with_connections_open_exits() throws Exception {
    try (Program child = Program.program(ChildJvm.command(OpenAtExit.class))) {
      assertEquals("open", child.line());
      child.assertEndsWell();
    }
  }

  private static byte[] random(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  /** Something that is under way. */
  interface Step {

    /** Begins it. */
    void take(ConnectedPair pair) throws Exception;
  }
}
