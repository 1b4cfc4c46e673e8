package io.weir.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamWriter;
import io.weir.TransportSocket;
import io.weir.testing.BlockingPeer;
import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import io.weir.testing.Echo;
import io.weir.testing.Loopback;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a server promises of its states, and in which words it refuses. */
class ServerContractTest {

  private static final int MEGABYTE = 1024 * 1024;

  private static void assertEchoes(BlockingPeer peer) {
    peer.send("line\n");
    assertEquals("line\n", peer.receiveLine());
  }

  // ---- sockets, text ----

  @Test
  void its_sockets_are_a_list_of_the_moment() {
    Server server = Loopback.serve(Echo.LINES);
    List<TransportSocket> sockets = server.sockets();
    var address = Loopback.address(server);
    assertThrows(UnsupportedOperationException.class, sockets::clear);
    server.close();

    assertEquals(List.of(), server.sockets());
    assertEquals(1, sockets.size());
    assertEquals(address, sockets.get(0).localAddress());
    assertFalse(sockets.get(0).isOpen());
  }

  @Test
  void its_text_tells_where_it_listens_also_after_the_end(@TempDir Path directory) {
    Path path = directory.resolve("s");
    Server unix = Deadline.get(AsyncStreams.startUnixServer(Echo.LINES, path));
    assertEquals("Server[" + path + "]", unix.toString());
    List<String> hosts = List.of("127.0.0.1", "127.0.0.2");
    Server tcp =
        Deadline.get(AsyncStreams.startServer(Echo.LINES, hosts, 0, ServerOptions.DEFAULTS));
    int port = Loopback.port(tcp);
    String text = "Server[/127.0.0.1:" + port + ", /127.0.0.2:" + port + "]";
    assertEquals(text, tcp.toString());
    tcp.close();
    unix.close();

    assertEquals(text, tcp.toString());
    assertEquals("Server[" + path + "]", unix.toString());
  }

  // ---- refusals ----

  @Test
  void a_closed_server_refuses_to_serve_and_says_so() {
    Server server = Loopback.serve(Echo.LINES);
    String expected = server + " is closed: start another";
    server.close();

    assertEquals(
        expected, assertThrows(IllegalStateException.class, server::startServing).getMessage());
    assertEquals(
        expected,
        Deadline.failure(IllegalStateException.class, server.serveForever()).getMessage());
  }

  @Test
  void a_server_that_serves_forever_says_what_to_do_instead_of_a_second_wait() {
    Server server = Loopback.serve(Echo.LINES);
    CompletableFuture<Void> forever = server.serveForever();

    assertEquals(
        server + " is already being awaited on serveForever(): use the first future",
        Deadline.failure(IllegalStateException.class, server.serveForever()).getMessage());
    assertFalse(forever.isDone());
    Loopback.end(server);
  }

  @Test
  void what_is_asked_of_a_closed_server_beyond_that_does_nothing() {
    Server server = Loopback.serve(Echo.LINES);
    server.close();

    server.close();
    server.closeClients();
    server.abortClients();
    server.pauseAccepting();
    server.resumeAccepting();

    assertFalse(server.isServing());
    assertNull(Deadline.get(server.waitClosed()));
  }

  // ---- serving for ever ----

  static Stream<Named<Consumer<CompletableFuture<Void>>>> waysToEndAWait() {
    return Stream.of(
        Named.of("cancelled", forever -> forever.cancel(false)),
        Named.of("timed out", forever -> forever.orTimeout(1, TimeUnit.MILLISECONDS)),
        Named.of("completed", forever -> forever.complete(null)),
        Named.of("failed", forever -> forever.completeExceptionally(new IOException("enough"))));
  }

  @ParameterizedTest
  @MethodSource("waysToEndAWait")
  void a_wait_for_ever_that_is_ended_ends_listening_and_leaves_connections_alone(
      Consumer<CompletableFuture<Void>> end) {
    Server server = Loopback.serve(Echo.LINES, ServerOptions.DEFAULTS.withStartServing(false));
    int port = Loopback.port(server);
    CompletableFuture<Void> forever = server.serveForever();
    try (BlockingPeer peer = BlockingPeer.connect(Loopback.address(server))) {
      assertEchoes(peer);
      end.accept(forever);
      Deadline.await("the server is closed", () -> server.sockets().isEmpty());

      assertFalse(server.isServing());
      Deadline.failure(ConnectException.class, AsyncStreams.openConnection(Loopback.HOST, port));
      assertEchoes(peer);
      assertFalse(server.waitClosed().isDone());
    }
    assertNull(Deadline.get(server.waitClosed()));
  }

  @Test
  void a_wait_for_ever_is_cancelled_with_a_text_that_names_the_server() {
    Server server = Loopback.serve(Echo.LINES);
    CompletableFuture<Throwable> ended = server.serveForever().handle((nothing, error) -> error);
    server.close();

    Throwable error = assertInstanceOf(CancellationException.class, Deadline.get(ended));
    assertEquals(server + " closed", error.getMessage());
  }

  // ---- closing ----

  @Test
  void closing_resets_who_waits_in_the_backlog() throws Exception {
    Server server = Loopback.serve(Echo.LINES, ServerOptions.DEFAULTS.withStartServing(false));
    try (Socket early = BlockingSockets.connect(Loopback.port(server))) {
      server.close();

      assertEquals(0, BlockingSockets.countToEnd(early));
    }
    assertNull(Deadline.get(server.waitClosed()));
  }

  @Test
  void closing_the_clients_sends_what_was_written_and_the_server_goes_on() {
    CompletableFuture<StreamWriter> accepted = new CompletableFuture<>();
    AtomicInteger written = new AtomicInteger();
    ConnectionHandler sending =
        (reader, writer) -> {
          while (writer.transport().getWriteBufferSize() == 0 && !writer.isClosing()) {
            writer.write(new byte[MEGABYTE]);
            written.addAndGet(MEGABYTE);
          }
          accepted.complete(writer);
          return writer.waitClosed();
        };
    Server server = Loopback.serve(sending);
    try (BlockingPeer first = BlockingPeer.connect(Loopback.address(server))) {
      StreamWriter writer = Deadline.get(accepted);
      server.closeClients();

      assertTrue(writer.isClosing());
      assertEquals(written.get(), first.receiveAll().length);
    }
    assertTrue(server.isServing());
    try (BlockingPeer second = BlockingPeer.connect(Loopback.address(server))) {
      assertEquals(MEGABYTE, second.receive(MEGABYTE).length);
    }
    Loopback.end(server);
  }
}
