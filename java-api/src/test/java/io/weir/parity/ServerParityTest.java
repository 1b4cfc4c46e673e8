package io.weir.parity;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamWriter;
import io.weir.testing.BlockingPeer;
import io.weir.testing.Deadline;
import io.weir.testing.TestServer;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CPython's test_server.py, on TCP. */
class ServerParityTest {

  @Test
  @DisplayName(
      "a server that waits for serveForever serves until that is cancelled, and never again")
  void testStartServer1() {
    CompletableFuture<CompletableFuture<Void>> serving = new CompletableFuture<>();
    try (TestServer served =
        TestServer.by(
            (reader, writer) ->
                reader
                    .readLine()
                    .thenCombine(serving, (line, forever) -> forever.cancel(false))
                    .thenRun(writer::close),
            ServerOptions.DEFAULTS.withStartServing(false))) {
      Server server = served.server();
      assertEquals(1, server.sockets().size());
      assertFalse(server.isServing());

      CompletableFuture<Void> forever = server.serveForever();
      assertTrue(server.isServing());
      try (BlockingPeer peer = served.connect()) {
        peer.send("stop it\n");
        serving.complete(forever);

        Deadline.failure(CancellationException.class, forever);
        assertTrue(peer.sawEnd());
      }

      assertNull(Deadline.get(server.waitClosed()));
      assertEquals(List.of(), server.sockets());
      assertFalse(server.isServing());
      IllegalStateException refused =
          Deadline.failure(IllegalStateException.class, server.serveForever());
      assertTrue(refused.getMessage().contains("is closed"), refused.getMessage());
    }
  }

  @Test
  @DisplayName("waitClosed ends when the server is closed and the last client has gone")
  void testWaitClosedBasic() {
    BlockingQueue<StreamWriter> clients = new LinkedBlockingQueue<>();
    try (TestServer served =
            TestServer.by(
                (reader, writer) -> {
                  clients.add(writer);
                  return new CompletableFuture<>();
                });
        BlockingPeer peer = served.connect()) {
      Server server = served.server();
      Deadline.await("a client is there", () -> !clients.isEmpty());

      CompletableFuture<Void> servingWithClient = server.waitClosed();
      assertFalse(servingWithClient.isDone());
      server.close();
      CompletableFuture<Void> closedWithClient = server.waitClosed();
      assertFalse(servingWithClient.isDone());
      assertFalse(closedWithClient.isDone());
      clients.remove().close();

      assertNull(Deadline.get(servingWithClient));
      assertNull(Deadline.get(closedWithClient));
      assertTrue(server.waitClosed().isDone());
      assertTrue(peer.sawEnd());
    }
  }

  @Test
  @DisplayName("waitClosed of a server without clients waits for close as well")
  void wait_closed_of_a_server_without_clients_waits_for_close_as_well() {
    try (TestServer served = TestServer.by((reader, writer) -> new CompletableFuture<>())) {
      CompletableFuture<Void> closed = served.server().waitClosed();
      assertFalse(closed.isDone());

      served.server().close();

      assertNull(Deadline.get(closed));
    }
  }

  @Test
  @DisplayName("closing the clients of a closed server ends waitClosed")
  void testCloseClients() {
    CompletableFuture<StreamWriter> client = new CompletableFuture<>();
    try (TestServer served =
            TestServer.by(
                (reader, writer) -> {
                  client.complete(writer);
                  return new CompletableFuture<>();
                });
        BlockingPeer peer = served.connect()) {
      Deadline.get(client);
      served.server().close();
      CompletableFuture<Void> closed = served.server().waitClosed();
      assertFalse(closed.isDone());

      served.server().closeClients();

      assertNull(Deadline.get(closed));
      assertTrue(Deadline.get(client).isClosing());
      assertTrue(peer.sawEnd());
    }
  }

  /** UnixServerCleanupTests and the Unix twin of the first test. */
  @Nested
  class OverUnix {

    @TempDir Path directory;
    private Path path;

    @BeforeEach
    void choosePath() {
      path = directory.resolve("s");
    }

    private Server start(ServerOptions options) {
      return Deadline.get(
          AsyncStreams.startUnixServer(
              (reader, writer) -> new CompletableFuture<>(), path, options));
    }

    @Test
    @DisplayName("a server on a path starts when it is told to, serves until its wait is cancelled")
    void testStartUnixServer1() {
      CompletableFuture<CompletableFuture<Void>> serving = new CompletableFuture<>();
      Server server =
          Deadline.get(
              AsyncStreams.startUnixServer(
                  (reader, writer) ->
                      reader
                          .readLine()
                          .thenCombine(serving, (line, forever) -> forever.cancel(false))
                          .thenRun(writer::close),
                  path,
                  ServerOptions.DEFAULTS.withStartServing(false)));
      try (server) {
        assertEquals(1, server.sockets().size());
        assertFalse(server.isServing());
        server.startServing();
        assertTrue(server.isServing());
        server.startServing();
        CompletableFuture<Void> forever = server.serveForever();

        try (StreamConnection connection = Deadline.get(AsyncStreams.openUnixConnection(path))) {
          connection.writer().write(bytes("stop it\n"));
          serving.complete(forever);

          Deadline.failure(CancellationException.class, forever);
          assertEquals("", text(connection.reader().read()));
        }
        assertNull(Deadline.get(server.waitClosed()));
        assertEquals(List.of(), server.sockets());
        assertFalse(server.isServing());
        IllegalStateException refused =
            Deadline.failure(IllegalStateException.class, server.serveForever());
        assertTrue(refused.getMessage().contains("is closed"), refused.getMessage());
      }
    }

    @Test
    @DisplayName("closing removes the socket's file")
    void testUnixServerAddrCleanup() {
      Server server = start(ServerOptions.DEFAULTS);
      assertTrue(Files.exists(path));

      server.close();

      assertFalse(Files.exists(path));
    }

    @Test
    @DisplayName(
        "closing removes the file also of a socket that was bound by somebody else, if asked to")
    void testUnixServerSockCleanup() throws IOException {
      ServerSocketChannel bound = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      bound.bind(UnixDomainSocketAddress.of(path));
      Server server =
          Deadline.get(
              AsyncStreams.startServer(
                  (reader, writer) -> new CompletableFuture<>(),
                  bound,
                  ServerOptions.DEFAULTS.withCleanupSocket(true)));
      assertTrue(Files.exists(path));

      server.close();

      assertFalse(Files.exists(path));
    }

    @Test
    @DisplayName("closing is quiet when the file is gone already")
    void testUnixServerCleanupGone() throws IOException {
      Server server = start(ServerOptions.DEFAULTS);
      Files.delete(path);

      server.close();

      assertNull(Deadline.get(server.waitClosed()));
    }

    @Test
    @DisplayName("closing keeps the file when it is told to")
    void testUnixServerCleanupPrevented() {
      Server server = start(ServerOptions.DEFAULTS.withCleanupSocket(false));

      server.close();

      assertTrue(Files.exists(path));
    }
  }
}
