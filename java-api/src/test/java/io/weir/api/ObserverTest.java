package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.CloseReason;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ConnectionInfo;
import io.weir.ConnectionObserver;
import io.weir.RuntimeOptions;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.TlsException;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.testing.BlockingPeer;
import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.RecordingObserver;
import io.weir.testing.RecordingObserver.Call;
import io.weir.testing.TestRuntime;
import io.weir.testing.TestServer;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the observers of servers and clients receive. */
@Tag("channels")
class ObserverTest {

  private static final ConnectionHandler ECHO =
      ConnectionHandler.closing((reader, writer) -> reader.forEachLine(writer::send));

  private final RecordingObserver observer = new RecordingObserver();
  private final ServerOptions observed = ServerOptions.DEFAULTS.withObserver(observer);

  private static void echo(StreamConnection client, String line) {
    client.writer().write(bytes(line));
    assertEquals(line, text(Deadline.get(client.reader().readLine())));
  }

  private static void close(StreamConnection client) {
    client.writer().close();
    Deadline.get(client.writer().waitClosed());
  }

  @Test
  void of_a_server_receives_the_open_and_the_close_of_each_connection_with_its_bytes() {
    try (TestServer server = TestServer.by(ECHO, observed);
        BlockingPeer first = server.connect();
        BlockingPeer second = server.connect()) {
      for (BlockingPeer peer : List.of(second, first)) {
        peer.send("hello\n");
        assertEquals("hello", peer.receiveLine().strip());
        peer.shutdownOutput();
        assertTrue(peer.sawEnd());
      }
      observer.await(4);

      for (BlockingPeer peer : List.of(first, second)) {
        assertEquals(
            List.of("open", "close CLOSED_BY_PEER"), observer.eventsOf(peer.localAddress()));
      }
      for (Call call : observer.calls()) {
        ConnectionInfo info = assertNotNullInfo(call);
        long expected = call.what().equals("open") ? 0 : 6;
        assertEquals(expected, info.received(), call::toString);
        assertEquals(expected, info.sent(), call::toString);
        assertFalse(info.age().isNegative(), call::toString);
      }
    }
  }

  private static ConnectionInfo assertNotNullInfo(Call call) {
    ConnectionInfo info = call.info();
    assertNotNull(info, call::toString);
    return info;
  }

  @Test
  void of_a_client_receives_the_same() {
    try (TestServer server = TestServer.by(ECHO)) {
      StreamConnection client =
          Loopback.connect(
              server.address().getPort(), ConnectOptions.DEFAULTS.withObserver(observer));
      echo(client, "hello\n");
      close(client);

      assertEquals(
          List.of("open", "close CLOSED"), observer.await(2).stream().map(Call::what).toList());
      assertEquals(List.of("open", "close CLOSED"), observer.eventsOf(server.address()));
    }
  }

  @Test
  void hears_of_a_handshake_between_the_two() {
    CertificateAuthority authority = CertificateAuthority.create("Test CA");
    ServerOptions serving = observed.withTls(TlsOptions.of(authority.issue().serverContext()));
    RecordingObserver ofClient = new RecordingObserver();
    ConnectOptions connecting =
        ConnectOptions.DEFAULTS
            .withObserver(ofClient)
            .withTls(TlsOptions.of(authority.clientContext()));
    try (TestServer server = TestServer.by(ECHO, serving)) {
      StreamConnection client = Loopback.connect(server.address().getPort(), connecting);
      echo(client, "hello\n");
      close(client);

      for (RecordingObserver either : List.of(observer, ofClient)) {
        List<Call> calls = either.await(3);
        assertEquals(List.of("open", "handshake"), either.events().subList(0, 2));
        Duration duration = assertInstanceOf(Duration.class, calls.get(1).detail());
        assertTrue(duration.toNanos() > 0, duration::toString);
        assertTrue(duration.compareTo(Deadline.TIME) < 0, duration::toString);
        assertEquals(6, assertNotNullInfo(calls.get(2)).received());
      }
    }
  }

  @Test
  void hears_of_a_failed_handshake_as_the_reason_of_the_close() {
    CertificateAuthority authority = CertificateAuthority.create("Test CA");
    ServerOptions serving = observed.withTls(TlsOptions.of(authority.issue().serverContext()));
    try (TestServer server = TestServer.by(ECHO, serving);
        BlockingPeer peer = server.connect()) {
      peer.send("this is not a ClientHello\n");

      List<Call> calls = observer.await(2);
      assertEquals(List.of("open", "close TLS_FAILURE"), observer.events());
      CloseReason reason = assertInstanceOf(CloseReason.class, calls.get(1).detail());
      assertInstanceOf(TlsException.class, reason.cause());
    }
  }

  @Test
  void hears_of_the_handshake_of_startTls() {
    CertificateAuthority authority = CertificateAuthority.create("Test CA");
    TlsOptions serving = TlsOptions.of(authority.issue().serverContext());
    ConnectionHandler upgrading =
        ConnectionHandler.closing(
            (reader, writer) ->
                reader
                    .readLine()
                    .thenCompose(writer::send)
                    .thenCompose(sent -> writer.startTls(serving))
                    .thenCompose(secured -> reader.readLine())
                    .thenCompose(writer::send));
    try (TestServer server = TestServer.by(upgrading, observed);
        StreamConnection client = server.open()) {
      echo(client, "in the clear\n");
      Deadline.get(client.writer().startTls(TlsOptions.of(authority.clientContext())));
      echo(client, "encrypted\n");

      observer.await(3);
      assertEquals(List.of("open", "handshake", "close CLOSED"), observer.events());
    }
  }

  @Test
  void observes_connections_over_unix_domain_sockets(@TempDir Path directory) {
    Path path = directory.resolve("socket");
    RecordingObserver ofClient = new RecordingObserver();
    Server server = Deadline.get(AsyncStreams.startUnixServer(ECHO, path, observed));
    StreamConnection client =
        Deadline.get(
            AsyncStreams.openUnixConnection(path, ConnectOptions.DEFAULTS.withObserver(ofClient)));
    echo(client, "hello\n");
    close(client);
    ofClient.await(2);
    observer.await(2);
    Loopback.end(server);

    assertEquals(List.of("open", "close CLOSED"), ofClient.events());
    assertEquals(List.of("open", "close CLOSED_BY_PEER"), observer.events());
  }

  @Test
  void runs_on_the_io_thread_even_when_futures_complete_on_an_executor() {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (TestServer server =
            TestServer.by(
                ECHO, observed.withCallbackExecutor(executor).withHandlerExecutor(executor));
        BlockingPeer peer = server.connect()) {
      peer.shutdownOutput();
      assertTrue(peer.sawEnd());

      for (Call call : observer.await(2)) {
        assertTrue(call.thread().contains("weir"), call::toString);
      }
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void has_received_all_closes_when_the_server_has_closed() {
    for (int round = 0; round < 50; round++) {
      RecordingObserver fresh = new RecordingObserver();
      Server server = Loopback.serve(ECHO, ServerOptions.DEFAULTS.withObserver(fresh));
      StreamConnection client = Loopback.connect(server);
      echo(client, "hello\n");
      client.close();
      Loopback.endInOrder(server);

      assertEquals(List.of("open", "close CLOSED_BY_PEER"), fresh.events());
    }
  }

  @Test
  void that_fails_is_logged_and_changes_nothing() {
    ConnectionObserver failing =
        new ConnectionObserver() {
          @Override
          public void onOpen(ConnectionInfo connection) {
            throw new IllegalStateException("in onOpen");
          }

          @Override
          public void onClose(ConnectionInfo connection, CloseReason reason) {
            throw new StackOverflowError("in onClose");
          }
        };
    try (CapturedLog log = new CapturedLog();
        TestServer server = TestServer.by(ECHO, ServerOptions.DEFAULTS.withObserver(failing))) {
      try (BlockingPeer peer = server.connect()) {
        peer.send("hello\n");
        assertEquals("hello", peer.receiveLine().strip());
        peer.shutdownOutput();
        assertTrue(peer.sawEnd());
      }

      Deadline.await("both are logged", () -> log.messages().size() == 2);
      assertEquals(
          List.of("the connection observer failed", "the connection observer failed"),
          log.messages());
      assertEquals("in onOpen", log.records().get(0).getThrown().getMessage());
      assertEquals(0, server.server().connections().size());
    }
  }

  @Test
  void hears_of_every_close_when_connects_are_cancelled_at_any_moment() {
    try (TestServer server = TestServer.by(ECHO)) {
      ConnectOptions connecting = TestRuntime.in(ConnectOptions.DEFAULTS.withObserver(observer));
      for (int round = 0; round < 200; round++) {
        CompletableFuture<StreamConnection> opening =
            AsyncStreams.openConnection("127.0.0.1", server.address().getPort(), connecting);
        for (int spin = round % 40 * 100; spin > 0; spin--) {
          Thread.onSpinWait();
        }
        if (!opening.cancel(false)) {
          Deadline.get(opening).close();
        }
      }
      Deadline.await("the server has closed all", () -> server.server().connections().isEmpty());
      Deadline.await("each open has its close", this::isBalanced);
    }
  }

  @Test
  void hears_of_the_open_first_also_when_the_runtime_is_closed() throws Exception {
    AsyncRuntime closed = AsyncRuntime.create(RuntimeOptions.DEFAULTS);
    closed.close();
    try (BlockingPeer.Listener listener = new BlockingPeer.Listener()) {
      AsynchronousSocketChannel channel = AsynchronousSocketChannel.open();
      Deadline.get(channel.connect(new InetSocketAddress(listener.host(), listener.port())));
      Deadline.failure(
          IllegalStateException.class,
          AsyncStreams.openConnection(
              channel, ConnectOptions.DEFAULTS.withRuntime(closed).withObserver(observer)));

      observer.await(2);
      assertEquals(List.of("open", "close ABORTED"), observer.events());
    }
  }

  private boolean isBalanced() {
    List<String> events = observer.events();
    long opened = events.stream().filter("open"::equals).count();
    return 2 * opened == events.size();
  }
}
