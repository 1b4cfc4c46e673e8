package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ConnectionInfo;
import io.weir.ExtraInfo;
import io.weir.RuntimeOptions;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.testing.BlockingPeer;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.TestServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a server says about its open connections. */
class OpenConnectionsTest {

  private static final ConnectionHandler ECHO =
      ConnectionHandler.closing((reader, writer) -> reader.forEachLine(writer::send));

  private static ConnectionInfo only(Server server) {
    List<ConnectionInfo> all = server.connections();
    assertEquals(1, all.size(), all::toString);
    return all.get(0);
  }

  /** Has lines echoed, and checks that the server has counted them. */
  private static void assertCounts(Server server, StreamConnection client) {
    for (String line : List.of("hello\n", "world!\n")) {
      client.writer().write(bytes(line));
      assertEquals(line, text(Deadline.get(client.reader().readLine())));
    }

    Deadline.await("both lines count as sent", () -> only(server).sent() == 13);
    ConnectionInfo info = only(server);
    assertEquals(13, info.received());
    assertFalse(info.isClosing());
    assertFalse(info.age().isNegative());
    assertTrue(info.age().compareTo(Deadline.TIME) < 0, info::toString);
  }

  @Test
  void a_connection_has_a_peer_an_age_and_the_bytes_of_both_directions() {
    try (TestServer server = TestServer.by(ECHO);
        StreamConnection client = server.open()) {
      assertCounts(server.server(), client);
      assertEquals(client.writer().getExtraInfo(ExtraInfo.SOCK_NAME), only(server.server()).peer());

      client.writer().close();

      Deadline.await("no connection is open", () -> server.server().connections().isEmpty());
    }
  }

  @Test
  void the_connections_are_in_the_order_in_which_they_were_accepted() {
    try (TestServer server = TestServer.by(ECHO);
        StreamConnection first = server.open()) {
      Deadline.await("the first one", () -> server.server().connections().size() == 1);
      try (StreamConnection second = server.open()) {
        Deadline.await("the second one", () -> server.server().connections().size() == 2);

        List<ConnectionInfo> both = server.server().connections();

        assertEquals(first.writer().getExtraInfo(ExtraInfo.SOCK_NAME), both.get(0).peer());
        assertEquals(second.writer().getExtraInfo(ExtraInfo.SOCK_NAME), both.get(1).peer());
        assertTrue(both.get(0).age().compareTo(both.get(1).age()) >= 0, both::toString);
      }
    }
  }

  @Test
  void over_tls_the_bytes_are_those_of_the_program() {
    CertificateAuthority authority = CertificateAuthority.create("Test CA");
    TlsOptions serving = TlsOptions.of(authority.issue().serverContext());
    TlsOptions trusting = TlsOptions.of(authority.clientContext());
    try (TestServer server = TestServer.by(ECHO, ServerOptions.DEFAULTS.withTls(serving));
        StreamConnection client =
            Loopback.connect(
                server.address().getPort(), ConnectOptions.DEFAULTS.withTls(trusting))) {
      assertCounts(server.server(), client);
    }
  }

  @Test
  void a_connection_counts_on_after_startTls() {
    CertificateAuthority authority = CertificateAuthority.create("Test CA");
    TlsOptions serving = TlsOptions.of(authority.issue().serverContext());
    TlsOptions trusting = TlsOptions.of(authority.clientContext());
    ConnectionHandler upgrading =
        ConnectionHandler.closing(
            (reader, writer) ->
                reader
                    .readLine()
                    .thenCompose(writer::send)
                    .thenCompose(sent -> writer.startTls(serving))
                    .thenCompose(secured -> reader.readLine())
                    .thenCompose(writer::send)
                    .thenCompose(sent -> reader.read()));
    try (TestServer server = TestServer.by(upgrading);
        StreamConnection client = server.open()) {
      client.writer().write(bytes("hello\n"));
      assertEquals("hello\n", text(Deadline.get(client.reader().readLine())));
      Deadline.get(client.writer().startTls(trusting.withServerHostname("localhost")));
      client.writer().write(bytes("world!\n"));
      assertEquals("world!\n", text(Deadline.get(client.reader().readLine())));

      Deadline.await("both lines count as sent", () -> only(server.server()).sent() == 13);
      assertEquals(13, only(server.server()).received());
    }
  }

  /** The ClientHello arrives in the clear, and is read again by TLS. */
  @Test
  void ciphertext_that_arrives_before_startTls_is_not_counted() {
    CertificateAuthority authority = CertificateAuthority.create("Test CA");
    TlsOptions serving = TlsOptions.of(authority.issue().serverContext());
    TlsOptions trusting = TlsOptions.of(authority.clientContext());
    CompletableFuture<Void> helloIsThere = new CompletableFuture<>();
    ConnectionHandler upgrading =
        ConnectionHandler.closing(
            (reader, writer) ->
                reader
                    .readLine()
                    .thenCompose(line -> helloIsThere)
                    .thenCompose(there -> writer.startTls(serving))
                    .thenCompose(secured -> reader.readLine())
                    .thenCompose(writer::send)
                    .thenCompose(sent -> reader.read()));
    try (TestServer server = TestServer.by(upgrading);
        StreamConnection client = server.open()) {
      client.writer().write(bytes("hello\n"));
      CompletableFuture<?> secured =
          client.writer().startTls(trusting.withServerHostname("localhost"));
      Deadline.await(
          "the ClientHello has arrived",
          () -> server.server().connections().stream().anyMatch(info -> info.received() > 6));
      helloIsThere.complete(null);
      Deadline.get(secured);
      client.writer().write(bytes("world!\n"));
      assertEquals("world!\n", text(Deadline.get(client.reader().readLine())));

      assertEquals(13, only(server.server()).received());
    }
  }

  @Test
  void a_connection_whose_tls_handshake_is_under_way_is_open() {
    TlsOptions serving =
        TlsOptions.of(CertificateAuthority.create("Test CA").issue().serverContext());
    try (TestServer server = TestServer.by(ECHO, ServerOptions.DEFAULTS.withTls(serving));
        BlockingPeer silent = server.connect()) {
      Deadline.await("it is accepted", () -> !server.server().connections().isEmpty());
      assertEquals(silent.localAddress(), only(server.server()).peer());
      assertEquals(0, only(server.server()).received());
    }
  }

  @Test
  void a_unix_domain_socket_and_the_channels_of_the_jdk_count_too(@TempDir Path directory) {
    Path path = directory.resolve("s");
    Server unix = Deadline.get(AsyncStreams.startUnixServer(ECHO, path, ServerOptions.DEFAULTS));
    try (StreamConnection client = Deadline.get(AsyncStreams.openUnixConnection(path))) {
      assertCounts(unix, client);
    }
    Loopback.end(unix);

    RuntimeOptions options =
        RuntimeOptions.DEFAULTS.withChannelProvider(AsynchronousChannelProvider.provider());
    try (AsyncRuntime jdk = AsyncRuntime.create(options)) {
      Server server = Loopback.serve(ECHO, ServerOptions.DEFAULTS.withRuntime(jdk));
      try (StreamConnection client = Loopback.connect(server)) {
        assertCounts(server, client);
      }
      Loopback.end(server);
    }
  }

  @Test
  void large_reads_and_writes_that_the_kernel_takes_in_parts_are_counted() {
    int many = 8 * 1024 * 1024;
    ConnectionHandler handler =
        (reader, writer) -> {
          ByteBuffer direct = ByteBuffer.allocateDirect(64 * 1024);
          return AsyncStreams.loop(() -> reader.read(direct.clear()).thenApply(count -> count >= 0))
              .thenCompose(ended -> writer.send(new byte[many]))
              .thenCompose(sent -> new CompletableFuture<>());
        };
    try (TestServer server = TestServer.by(handler);
        StreamConnection client = server.open()) {
      client.writer().write(new byte[many]);
      client.writer().writeEof();
      assertEquals(many, Deadline.get(client.reader().readExactly(many)).length);

      Deadline.await("all counts as sent", () -> only(server.server()).sent() == many);
      assertEquals(many, only(server.server()).received());
    }
  }

  @Test
  void a_connection_that_still_sends_is_closing() throws IOException {
    int many = 64 * 1024 * 1024;
    ConnectionHandler handler =
        ConnectionHandler.closing(
            ConnectionHandler.of((reader, writer) -> writer.write(new byte[many])));
    try (TestServer server = TestServer.by(handler);
        BlockingPeer client = server.connect()) {
      Deadline.await(
          "it is closing",
          () -> server.server().connections().stream().anyMatch(ConnectionInfo::isClosing));
      assertTrue(only(server.server()).sent() < many, only(server.server())::toString);
      assertEquals(many, client.receiveAll().length);
    }
  }
}
