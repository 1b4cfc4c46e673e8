package io.weir.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamWriter;
import io.weir.testing.Deadline;
import io.weir.testing.Peer;
import io.weir.testing.Served;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** CPython's test_server.py, on TCP. */
class ServerParityTest {

  @Test
  @DisplayName(
      "a server that waits for serveForever serves until that is cancelled, and never again")
  void testStartServer1() {
    CompletableFuture<CompletableFuture<Void>> serving = new CompletableFuture<>();
    try (Served served =
        Served.by(
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
      try (Peer peer = served.connect()) {
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
    try (Served served =
            Served.by(
                (reader, writer) -> {
                  clients.add(writer);
                  return new CompletableFuture<>();
                });
        Peer peer = served.connect()) {
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
  void testWaitClosedBasicWithoutClients() {
    try (Served served = Served.by((reader, writer) -> new CompletableFuture<>())) {
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
    try (Served served =
            Served.by(
                (reader, writer) -> {
                  client.complete(writer);
                  return new CompletableFuture<>();
                });
        Peer peer = served.connect()) {
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
}
