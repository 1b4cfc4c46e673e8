package io.weir.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionHandler;
import io.weir.ConnectionLostException;
import io.weir.ExtraInfo;
import io.weir.Server;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.testing.ChildJvm;
import io.weir.testing.Deadline;
import io.weir.testing.Garbage;
import io.weir.testing.LogOfWeir;
import io.weir.testing.Loopback;
import io.weir.testing.OpenFiles;
import io.weir.testing.Program;
import io.weir.testing.Raw;
import io.weir.testing.Tasks;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CloseFaultsTest {

  private static final int ROUNDS = 200;

  /** More than two sockets buffer. */
  private static final int MUCH = 32 * 1024 * 1024;

  // ---- F35 ----

  @Test
  void F35_when_the_peer_ends_its_half_ours_goes_on() throws Exception {
    try (Link link = Link.open()) {
      link.peer().shutdownOutput();
      assertEnd(link.reader());
      assertFalse(link.writer().isClosing());
      byte[] data = random(100_000);
      link.writer().write(data);
      link.writer().writeEof();

      assertArrayEquals(data, link.peer().getInputStream().readAllBytes());
      assertEnd(link.reader());
    }
  }

  @Test
  void F35_when_we_end_our_half_the_peers_goes_on() throws Exception {
    try (Link link = Link.open()) {
      link.writer().writeEof();
      assertEquals(-1, link.peer().getInputStream().read());
      byte[] data = random(100_000);
      Future<byte[]> read = link.reader().read();
      link.send(data);
      link.peer().shutdownOutput();

      assertArrayEquals(data, Deadline.get(read));
      assertEnd(link.reader());
    }
  }

  @Test
  void F35_when_both_end_their_halves_at_once_each_sees_one_end() throws Exception {
    Server server = Loopback.serve(CloseFaultsTest::sendAndReadToTheEnd);
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
    try (Link link = Link.open()) {
      link.writer().write(data);
      link.writer().close();
      assertTrue(link.writer().transport().getWriteBufferSize() > 0);

      assertArrayEquals(data, link.peer().getInputStream().readAllBytes());
      Deadline.get(link.writer().waitClosed());
    }
  }

  @Test
  void F36_closing_with_a_half_end_queued_delivers_all_of_it() throws Exception {
    byte[] data = random(MUCH);
    try (Link link = Link.open()) {
      link.writer().write(data);
      link.writer().writeEof();
      link.writer().close();

      assertArrayEquals(data, link.peer().getInputStream().readAllBytes());
      Deadline.get(link.writer().waitClosed());
    }
  }

  @Test
  void F36_closing_while_the_half_end_is_being_sent_is_an_end_in_order() throws Exception {
    for (int i = 0; i < 5 * ROUNDS; i++) {
      try (Link link = Link.open()) {
        link.writer().write(new byte[10]);
        link.writer().writeEof(); // behind the write, on its thread
        link.writer().close();

        Deadline.get(link.writer().waitClosed());
        assertEquals(10, Raw.countToEnd(link.peer()));
      }
    }
  }

  @Test
  void F36_closing_twice_is_one_end() throws Exception {
    try (Link link = Link.open()) {
      link.writer().write(new byte[10]);
      CompletableFuture<?> first = link.writer().waitClosed();
      link.writer().close();
      link.writer().close();
      link.ours().close();
      CompletableFuture<?> second = link.writer().waitClosed();

      assertEquals(10, Raw.countToEnd(link.peer()));
      Deadline.get(first);
      Deadline.get(second);
    }
  }

  @Test
  void F36_closing_from_two_threads_at_once_delivers_all_of_it() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      try (Link link = Link.open()) {
        link.writer().write(new byte[100_000]);
        CountDownLatch start = new CountDownLatch(1);
        Future<Boolean> other =
            Tasks.start(
                () -> {
                  start.await();
                  link.writer().close();
                  return true;
                });
        start.countDown();
        link.writer().close();

        assertEquals(100_000, Raw.countToEnd(link.peer()));
        assertTrue(Deadline.get(other));
        Deadline.get(link.writer().waitClosed());
      }
    }
  }

  @Test
  void F36_closing_from_a_reads_callback_is_an_end_in_order() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      try (Link link = Link.open()) {
        CompletableFuture<Void> closing =
            link.reader().readLine().thenAccept(link.writer()::write).thenRun(link.writer()::close);
        link.send("line\n".getBytes(US_ASCII));

        assertEquals(5, Raw.countToEnd(link.peer()));
        Deadline.get(closing);
        Deadline.get(link.writer().waitClosed());
      }
    }
  }

  @Test
  void F36_closing_from_the_callback_of_the_end_is_an_end_in_order() throws Exception {
    try (Link link = Link.open()) {
      CompletableFuture<Void> closing =
          link.writer().waitClosed().thenRun(link.writer()::close).thenRun(link.ours()::close);
      link.writer().close();

      Deadline.get(closing);
      assertEquals(0, Raw.countToEnd(link.peer()));
    }
  }

  // ---- F37 ----

  /** What can be under way when the abort comes. */
  static Stream<Named<Step>> steps() {
    return Stream.of(
        Named.of("only a read", link -> {}),
        Named.of("bytes that were not read", link -> link.send(new byte[1000])),
        Named.of("a small write", link -> link.writer().write(new byte[10])),
        Named.of("a queue", link -> link.writer().write(new byte[MUCH])),
        Named.of("a queue and drains", CloseFaultsTest::writeAndDrain),
        Named.of("a half end", link -> link.writer().writeEof()),
        Named.of("a queue and a half end behind it", CloseFaultsTest::writeAndEnd),
        Named.of("the peer's half end", link -> link.peer().shutdownOutput()),
        Named.of("the peer's end", link -> link.peer().close()),
        Named.of("the peer's reset", link -> link.reset()),
        Named.of("a close", link -> link.writer().close()),
        Named.of("a queue and a close", CloseFaultsTest::writeAndClose),
        Named.of("paused reading", link -> link.writer().transport().pauseReading()),
        Named.of("an abort", link -> link.writer().transport().abort()));
  }

  private static void writeAndDrain(Link link) {
    link.writer().write(new byte[MUCH]);
    link.writer().drain();
    link.writer().drain();
  }

  private static void writeAndEnd(Link link) {
    link.writer().write(new byte[MUCH]);
    link.writer().writeEof();
  }

  private static void writeAndClose(Link link) {
    link.writer().write(new byte[MUCH]);
    link.writer().close();
  }

  @ParameterizedTest
  @MethodSource("steps")
  void F37_an_abort_at_every_step_ends_the_connection_for_both(Step step) throws Exception {
    Link.open().close(); // what is opened once is open
    Set<String> before = OpenFiles.sockets();
    Link link = Link.open();
    step.take(link);
    CompletableFuture<byte[]> read = link.reader().readExactly(100_000);
    CompletableFuture<?> closed = link.writer().waitClosed();
    link.writer().transport().abort();

    assertTrue(link.writer().isClosing());
    assertTrue(failure(read) instanceof IOException, () -> "a read ended with " + failure(read));
    Throwable lost = failure(closed);
    assertTrue(lost == null || lost instanceof ConnectionLostException, () -> "ended with " + lost);
    Deadline.failure(ConnectionLostException.class, link.writer().drain());
    if (!link.peer().isClosed()) {
      assertTrue(Raw.countToEnd(link.peer()) <= MUCH);
    }
    link.peer().close();
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
      try (Socket client = Raw.connect(Loopback.port(server))) {
        assertEquals(0, Raw.countToEnd(client));
      }
    }
    Loopback.endInOrder(server);
  }

  @Test
  void F37_an_abort_in_a_callback_ends_the_connection() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      try (Link link = Link.open()) {
        CompletableFuture<Void> aborting =
            link.reader().read(10).thenRun(link.writer().transport()::abort);
        link.send(new byte[1]);

        Deadline.get(aborting);
        Deadline.get(link.writer().waitClosed());
        assertEquals(0, Raw.countToEnd(link.peer()));
      }
    }
  }

  // ---- F38 ----

  @Test
  void F38_a_connection_that_was_forgotten_is_closed_with_a_warning() throws Exception {
    try (LogOfWeir log = new LogOfWeir();
        ServerSocket server = Raw.listen()) {
      String address = openAndForget(server.getLocalPort(), connection -> {});
      try (Socket peer = Raw.accept(server)) {
        Garbage.collectUntil("the log says so", () -> says(log, address));

        assertEquals(0, Raw.countToEnd(peer));
      }
    }
  }

  @Test
  void F38_what_was_written_to_a_forgotten_connection_still_arrives() throws Exception {
    try (LogOfWeir log = new LogOfWeir();
        ServerSocket server = Raw.listen()) {
      byte[] data = random(MUCH);
      String address =
          openAndForget(server.getLocalPort(), connection -> connection.writer().write(data));
      try (Socket peer = Raw.accept(server)) {
        Garbage.collectUntil("the log says so", () -> says(log, address));

        assertArrayEquals(data, peer.getInputStream().readAllBytes());
      }
    }
  }

  @Test
  void F38_a_connection_that_a_handler_forgets_is_closed_with_a_warning() throws Exception {
    Server server = Loopback.serve(ConnectionHandler.of((reader, writer) -> {}));
    try (LogOfWeir log = new LogOfWeir();
        Socket client = Raw.connect(Loopback.port(server))) {
      String address = String.valueOf(client.getLocalSocketAddress());
      Garbage.collectUntil("the log says so", () -> says(log, address));

      assertEquals(0, Raw.countToEnd(client));
    }
    Loopback.endInOrder(server);
  }

  @Test
  void F38_a_read_that_was_cancelled_keeps_no_connection() throws Exception {
    try (LogOfWeir log = new LogOfWeir();
        ServerSocket server = Raw.listen()) {
      String address =
          openAndForget(
              server.getLocalPort(), connection -> connection.reader().read(1).cancel(false));
      try (Socket peer = Raw.accept(server)) {
        Garbage.collectUntil("the log says so", () -> says(log, address));

        assertEquals(0, Raw.countToEnd(peer));
      }
    }
  }

  @Test
  void F38_a_reader_alone_keeps_its_connection() throws Exception {
    try (LogOfWeir log = new LogOfWeir();
        ServerSocket server = Raw.listen()) {
      StreamReader reader = Loopback.connect(server.getLocalPort()).reader();
      try (Socket peer = Raw.accept(server)) {
        String other = openAndForget(server.getLocalPort(), connection -> {});
        Garbage.collectUntil("the other is closed", () -> says(log, other));
        peer.getOutputStream().write('x');

        assertEquals("x", new String(Deadline.get(reader.read(1)), US_ASCII));
        assertEquals(1, log.messages().size(), log.messages()::toString);
      }
    }
  }

  @Test
  void F38_a_read_that_waits_keeps_its_connection() throws Exception {
    try (LogOfWeir log = new LogOfWeir();
        ServerSocket server = Raw.listen()) {
      List<CompletableFuture<byte[]>> read = new ArrayList<>();
      openAndForget(server.getLocalPort(), connection -> read.add(connection.reader().readLine()));
      try (Socket peer = Raw.accept(server)) {
        String other = openAndForget(server.getLocalPort(), connection -> {});
        Garbage.collectUntil("the other is closed", () -> says(log, other));
        peer.getOutputStream().write('\n');

        assertEquals("\n", new String(Deadline.get(read.get(0)), US_ASCII));
      }
    }
  }

  /** Opens, does something, and drops all references; returns this end's address. */
  private static String openAndForget(int port, Consumer<StreamConnection> action)
      throws Exception {
    StreamConnection connection = Loopback.connect(port);
    action.accept(connection);
    return String.valueOf(connection.writer().getExtraInfo(ExtraInfo.SOCK_NAME));
  }

  private static boolean says(LogOfWeir log, String address) {
    return log.messages().stream().anyMatch(message -> message.contains(address));
  }

  // ---- F39 ----

  @Test
  void F39_a_jvm_with_connections_open_exits(@TempDir Path jars) throws Exception {
    try (Program child = Program.program(ChildJvm.command(jars, OpenAtExitChild.class))) {
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
    void take(Link link) throws Exception;
  }
}
