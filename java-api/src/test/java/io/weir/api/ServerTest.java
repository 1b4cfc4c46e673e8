package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ErrorStage;
import io.weir.ExtraInfo;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamWriter;
import io.weir.testing.BlockingPeer;
import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import io.weir.testing.Echo;
import io.weir.testing.ErrorReport;
import io.weir.testing.SystemTexts;
import io.weir.testing.TestServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerTest {

  private static final ConnectionHandler SILENT = (reader, writer) -> new CompletableFuture<>();

  @Nested
  class AHandlerThatFails {

    private static final String WHY = "the handler's";

    static Stream<Named<ConnectionHandler>> waysToFail() {
      return Stream.of(
          Named.of(
              "throws",
              (reader, writer) -> {
                throw new IllegalStateException(WHY);
              }),
          Named.of(
              "throws, plain",
              ConnectionHandler.of(
                  (reader, writer) -> {
                    throw new IOException(WHY);
                  })),
          Named.of(
              "throws an Error",
              (reader, writer) -> {
                throw new AssertionError(WHY);
              }),
          Named.of(
              "fails its stage",
              (reader, writer) -> CompletableFuture.failedFuture(new IllegalStateException(WHY))),
          Named.of(
              "fails later",
              (reader, writer) ->
                  reader
                      .readLine()
                      .thenAccept(
                          line -> {
                            throw new IllegalStateException(WHY);
                          })),
          Named.of("returns null: the handler's", (reader, writer) -> null));
    }

    @ParameterizedTest
    @MethodSource("waysToFail")
    void is_reported_once_with_the_peer_and_loses_its_connection_alone(ConnectionHandler failing) {
      Queue<ConnectionHandler> handlers =
          new ConcurrentLinkedQueue<>(List.of(Echo.LINES, failing, Echo.LINES));
      try (TestServer served =
              TestServer.by((reader, writer) -> handlers.remove().handle(reader, writer));
          BlockingPeer before = served.connect()) {
        before.send("one\n");
        assertEquals("one\n", before.receiveLine());
        try (BlockingPeer concerned = served.connect()) {
          concerned.send("line\n");
          assertTrue(concerned.sawEnd());
          Deadline.await("a report", () -> !served.reports().isEmpty());
          ErrorReport report = served.reports().element();
          assertEquals(ErrorStage.HANDLER, report.stage());
          assertEquals(concerned.localAddress(), report.peer());
          assertTrue(report.error().getMessage().contains("handler"), report.error().toString());
        }
        before.send("two\n");
        assertEquals("two\n", before.receiveLine());
        try (BlockingPeer after = served.connect()) {
          after.send("three\n");
          assertEquals("three\n", after.receiveLine());
        }
        assertEquals(1, served.reports().size());
      }
    }

    @Test
    void has_what_it_wrote_before_delivered() {
      try (TestServer served =
              TestServer.by(
                  (reader, writer) -> {
                    writer.write(bytes("goodbye\n"));
                    throw new IllegalStateException(WHY);
                  });
          BlockingPeer peer = served.connect()) {
        assertEquals("goodbye\n", text(peer.receiveAll()));
      }
    }

    @Test
    void by_its_executors_refusal_is_reported_and_loses_its_connection() {
      RejectedExecutionException refused = new RejectedExecutionException("shut down");
      try (TestServer served =
              TestServer.by(
                  SILENT,
                  ServerOptions.DEFAULTS.withHandlerExecutor(
                      task -> {
                        throw refused;
                      }));
          BlockingPeer peer = served.connect()) {
        assertTrue(peer.sawEnd());
        Deadline.await("a report", () -> !served.reports().isEmpty());
        assertSame(refused, served.reports().element().error());
      }
    }

    @Test
    void before_a_listener_that_fails_does_not_stop_the_server() {
      Queue<Throwable> told = new ConcurrentLinkedQueue<>();
      try (CapturedLog log = new CapturedLog()) {
        Server server =
            Deadline.get(
                AsyncStreams.startServer(
                    (reader, writer) -> {
                      throw new IllegalStateException(WHY);
                    },
                    "127.0.0.1",
                    0,
                    ServerOptions.DEFAULTS.withErrorListener(
                        (stage, peer, error) -> {
                          told.add(error);
                          throw new IllegalStateException("the listener's");
                        })));
        try (server) {
          for (int i = 1; i <= 3; i++) {
            try (BlockingPeer peer = BlockingPeer.connect(server.sockets().get(0).localAddress())) {
              assertTrue(peer.sawEnd());
            }
          }
        }
        Deadline.get(server.waitClosed());
        assertEquals(3, told.size());
        assertEquals(3, log.messages().size());
      }
    }

    @Test
    void is_logged_when_nobody_listens() {
      try (CapturedLog log = new CapturedLog()) {
        Server server =
            Deadline.get(
                AsyncStreams.startServer(
                    (reader, writer) -> {
                      throw new IllegalStateException(WHY);
                    },
                    "127.0.0.1",
                    0));
        try (server;
            BlockingPeer peer = BlockingPeer.connect(server.sockets().get(0).localAddress())) {
          assertTrue(peer.sawEnd());
        }
        Deadline.get(server.waitClosed());
        assertEquals(1, log.messages().size());
        assertTrue(log.messages().get(0).contains("127.0.0.1"), log.messages().toString());
      }
    }

    @Test
    void by_interrupting_itself_does_not_interrupt_the_io_thread() {
      List<Boolean> interrupted = new ArrayList<>();
      try (TestServer served =
          TestServer.by(
              (reader, writer) -> {
                synchronized (interrupted) {
                  interrupted.add(Thread.currentThread().isInterrupted());
                }
                Thread.currentThread().interrupt();
                writer.close();
                return writer.waitClosed();
              })) {
        for (int i = 0; i < 10; i++) {
          try (BlockingPeer peer = served.connect()) {
            assertTrue(peer.sawEnd());
          }
        }
        synchronized (interrupted) {
          assertEquals(10, interrupted.size());
          assertFalse(interrupted.contains(true));
        }
      }
    }
  }

  @Nested
  class AHandlerThatReturns {

    @Test
    void does_not_close_its_connection() {
      CompletableFuture<StreamWriter> handled = new CompletableFuture<>();
      try (TestServer served =
              TestServer.by(ConnectionHandler.of((reader, writer) -> handled.complete(writer)));
          BlockingPeer peer = served.connect()) {
        StreamWriter writer = Deadline.get(handled);

        writer.write(bytes("still open\n"));

        assertEquals("still open\n", peer.receiveLine());
        assertFalse(writer.isClosing());
      }
    }
  }

  @Nested
  class Ending {

    @Test
    void leaves_connections_alone_until_they_are_aborted() {
      CompletableFuture<StreamWriter> client = new CompletableFuture<>();
      try (TestServer served =
              TestServer.by(
                  (reader, writer) -> {
                    client.complete(writer);
                    return new CompletableFuture<>();
                  });
          BlockingPeer peer = served.connect()) {
        StreamWriter writer = Deadline.get(client);
        while (writer.transport().getWriteBufferSize() == 0) {
          writer.write(new byte[1024 * 1024]);
        }
        served.server().close();
        CompletableFuture<Void> closed = served.server().waitClosed();
        assertFalse(writer.isClosing());
        assertFalse(closed.isDone());

        served.server().abortClients();

        assertNull(Deadline.get(closed));
        assertTrue(writer.isClosing());
        assertEquals(peer.localAddress(), writer.getExtraInfo(ExtraInfo.PEER_NAME));
      }
    }

    @Test
    void is_told_also_when_the_last_client_leaves_while_the_server_closes() {
      for (int round = 0; round < 50; round++) {
        CompletableFuture<StreamWriter> client = new CompletableFuture<>();
        try (TestServer served =
                TestServer.by(
                    (reader, writer) -> {
                      client.complete(writer);
                      return new CompletableFuture<>();
                    });
            BlockingPeer peer = served.connect()) {
          StreamWriter writer = Deadline.get(client);
          CompletableFuture<Void> closed = served.server().waitClosed();

          CompletableFuture<Void> leaving = CompletableFuture.runAsync(writer::close);
          served.server().close();

          assertNull(Deadline.get(closed));
          assertNull(Deadline.get(leaving));
          assertTrue(peer.sawEnd());
        }
      }
    }

    @Test
    void is_told_to_each_who_waits_in_a_future_of_its_own() {
      try (TestServer served = TestServer.by(SILENT)) {
        CompletableFuture<Void> first = served.server().waitClosed();
        CompletableFuture<Void> second = served.server().waitClosed();

        assertTrue(first.cancel(false));
        assertFalse(second.isDone());
        served.server().close();

        assertNull(Deadline.get(second));
      }
    }
  }

  @Nested
  class ServingForever {

    @Test
    void is_for_one_caller_at_a_time() {
      try (TestServer served = TestServer.by(SILENT)) {
        CompletableFuture<Void> first = served.server().serveForever();

        String message =
            Deadline.failure(IllegalStateException.class, served.server().serveForever())
                .getMessage();

        assertTrue(message.contains("already being awaited on serveForever()"), message);
        assertFalse(first.isDone());
        assertTrue(served.server().isServing());
      }
    }

    @Test
    void is_cancelled_by_close() {
      try (TestServer served = TestServer.by(SILENT)) {
        CompletableFuture<Void> forever = served.server().serveForever();

        served.server().close();

        Deadline.failure(CancellationException.class, forever);
        assertTrue(forever.isCancelled());
      }
    }
  }

  @Nested
  class Starting {

    @Test
    void can_be_asked_for_twice_but_not_after_close() {
      try (TestServer served =
          TestServer.by(Echo.LINES, ServerOptions.DEFAULTS.withStartServing(false))) {
        served.server().startServing();
        served.server().startServing();
        assertTrue(served.server().isServing());
        try (BlockingPeer peer = served.connect()) {
          peer.send("hello\n");
          assertEquals("hello\n", peer.receiveLine());
        }
        served.server().close();

        String message =
            assertThrows(IllegalStateException.class, served.server()::startServing).getMessage();
        assertTrue(message.contains("is closed"), message);
        assertFalse(served.server().isServing());
      }
    }

    @Test
    void lets_those_who_came_before_wait() {
      try (TestServer served =
              TestServer.by(Echo.LINES, ServerOptions.DEFAULTS.withStartServing(false));
          BlockingPeer early = served.connect()) {
        early.send("early\n");

        served.server().startServing();

        assertEquals("early\n", early.receiveLine());
      }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void with_a_limit_or_backlog_below_one_is_refused_at_once(int value) {
      Class<IllegalArgumentException> refused = IllegalArgumentException.class;
      for (RuntimeException error :
          List.of(
              assertThrows(refused, () -> ServerOptions.DEFAULTS.withLimit(value)),
              assertThrows(refused, () -> ConnectOptions.DEFAULTS.withLimit(value)),
              assertThrows(refused, () -> ServerOptions.DEFAULTS.withBacklog(value)))) {
        assertTrue(error.getMessage().contains(" is " + value + ": "), error.getMessage());
        assertTrue(error.getMessage().contains("cannot be <= 0"), error.getMessage());
      }
    }

    @Test
    void gives_each_connections_reader_the_limit() {
      CompletableFuture<Integer> limit = new CompletableFuture<>();
      try (TestServer served =
              TestServer.by(
                  ConnectionHandler.of((reader, writer) -> limit.complete(reader.limit())),
                  ServerOptions.DEFAULTS.withLimit(123));
          BlockingPeer peer = served.connect()) {
        assertEquals(123, Deadline.get(limit));
        assertInstanceOf(InetSocketAddress.class, peer.localAddress());
      }
    }
  }

  @Nested
  class WrongArguments {

    @ParameterizedTest
    @ValueSource(ints = {-1, 65_536, 70_000})
    void for_a_port_are_refused_with_what_is_allowed(int port) {
      Class<IllegalArgumentException> refused = IllegalArgumentException.class;
      String serving =
          assertThrows(refused, () -> AsyncStreams.startServer(SILENT, "127.0.0.1", port))
              .getMessage();
      assertEquals("port is " + port + ": it must be from 0 to 65535", serving);
      String connecting =
          assertThrows(refused, () -> AsyncStreams.openConnection("127.0.0.1", port)).getMessage();
      assertEquals("port is " + port + ": it must be from 1 to 65535", connecting);
    }

    @Test
    void that_are_null_or_empty_are_refused_by_name() {
      assertEquals(
          "host is empty: give a name or an address",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> AsyncStreams.openConnection("", 70_000, null))
              .getMessage());
      for (RuntimeException refused :
          List.of(
              assertThrows(NullPointerException.class, () -> AsyncStreams.openConnection(null, 1)),
              assertThrows(
                  NullPointerException.class, () -> AsyncStreams.openConnection("x", 1, null)),
              assertThrows(
                  NullPointerException.class, () -> AsyncStreams.startServer(null, "x", 1)),
              assertThrows(
                  NullPointerException.class,
                  () -> AsyncStreams.startServer(SILENT, "x", 1, null)))) {
        assertTrue(
            List.of("host", "options", "handler").contains(refused.getMessage()),
            refused.toString());
      }
    }
  }

  @Nested
  class Connecting {

    @Test
    void to_a_closed_port_fails_with_host_address_and_port() {
      int port;
      try (BlockingPeer.Listener listener = new BlockingPeer.Listener()) {
        port = listener.port();
      }

      String message =
          Deadline.failure(ConnectException.class, AsyncStreams.openConnection("localhost", port))
              .getMessage();

      assertTrue(message.contains("'localhost'"), message);
      assertTrue(message.contains("127.0.0.1:" + port), message);
      SystemTexts.assertContains("refused", message);
    }

    @Test
    void that_is_given_up_leaves_no_socket() {
      try (BlockingPeer.Listener listener = new BlockingPeer.Listener()) {
        for (int i = 0; i < 50; i++) {
          CompletableFuture<StreamConnection> opening =
              AsyncStreams.openConnection(listener.host(), listener.port());
          if (!opening.cancel(false)) {
            Deadline.get(opening).writer().close();
          }
        }
        CompletableFuture<StreamConnection> last =
            AsyncStreams.openConnection(listener.host(), listener.port());
        Object lastAddress = Deadline.get(last).writer().getExtraInfo(ExtraInfo.SOCK_NAME);

        boolean wasLast = false;
        while (!wasLast) {
          try (BlockingPeer peer = listener.accept()) {
            wasLast = peer.remoteAddress().equals(lastAddress);
            if (!wasLast) {
              assertTrue(peer.sawEnd());
            }
          }
        }
        Deadline.get(last).writer().transport().abort();
      }
    }
  }
}
