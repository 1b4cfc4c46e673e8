package io.weir.parity;

import static io.weir.testing.Hosts.addresses;
import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ExtraInfo;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamWriter;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsOptions;
import io.weir.TransportSocket;
import io.weir.certificates.CertificateAuthority;
import io.weir.testing.BlockingPeer;
import io.weir.testing.BlockingSockets;
import io.weir.testing.BlockingTlsPeer;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.Hosts;
import io.weir.testing.Loopback;
import io.weir.testing.RecordingErrorListener;
import io.weir.testing.TestServer;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CPython's test_events.py. */
class EventsParityTest {

  @Test
  @DisplayName("a client connects, gets data, and sees the end")
  void testCreateConnection() {
    try (TestServer served =
        TestServer.by(
            (reader, writer) -> {
              writer.write(bytes("data"));
              writer.close();
              return writer.waitClosed();
            })) {
      StreamConnection connection = served.open();

      assertEquals("data", text(connection.reader().read()));
      connection.writer().close();
      assertNull(Deadline.get(connection.writer().waitClosed()));
    }
  }

  @Test
  @DisplayName("a server accepts, gets data, knows both addresses, and closes")
  void testCreateServer() {
    CompletableFuture<StreamWriter> accepted = new CompletableFuture<>();
    CompletableFuture<byte[]> received = new CompletableFuture<>();
    try (TestServer served =
            TestServer.by(
                (reader, writer) -> {
                  accepted.complete(writer);
                  return reader.readExactly(3).thenAccept(received::complete);
                });
        BlockingPeer peer = served.connect()) {
      peer.send("xxx");

      assertEquals("xxx", text(received));
      StreamWriter writer = Deadline.get(accepted);
      assertEquals(served.address(), writer.getExtraInfo(ExtraInfo.SOCK_NAME));
      assertEquals(peer.localAddress(), writer.getExtraInfo(ExtraInfo.PEER_NAME));
      writer.close();
      assertNull(Deadline.get(writer.waitClosed()));
      assertEquals(peer.localAddress(), writer.getExtraInfo(ExtraInfo.PEER_NAME));
      assertTrue(peer.sawEnd());
    }
  }

  @Test
  @DisplayName(
      "the sockets that are shown have options and addresses, and nothing that moves bytes")
  void testCreateServerTrsock() throws IOException {
    try (TestServer served = TestServer.by((reader, writer) -> new CompletableFuture<>());
        ConnectedPair connected = ConnectedPair.open()) {
      TransportSocket listening = served.server().sockets().get(0);
      assertEquals(served.address(), listening.localAddress());
      assertTrue(listening.isOpen());
      assertNotNull(listening.getOption(StandardSocketOptions.SO_REUSEADDR));

      TransportSocket socket = connected.writer().getExtraInfo(ExtraInfo.SOCKET);
      assertNotNull(socket);
      socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      assertEquals(true, socket.getOption(StandardSocketOptions.SO_KEEPALIVE));

      List<String> forbidden = List.of("read", "write", "send", "receive", "close", "accept");
      assertFalse(
          Arrays.stream(TransportSocket.class.getMethods())
              .anyMatch(method -> forbidden.contains(method.getName())));
      assertFalse(AutoCloseable.class.isAssignableFrom(TransportSocket.class));
      served.server().close();
      assertThrows(
          IOException.class, () -> listening.getOption(StandardSocketOptions.SO_REUSEADDR));
    }
  }

  @Test
  @DisplayName("a second server on an address in use is refused, naming the address")
  void testCreateServerAddrInUse() {
    try (TestServer served = TestServer.by((reader, writer) -> new CompletableFuture<>())) {
      int port = served.address().getPort();

      BindException refused =
          Deadline.failure(
              BindException.class,
              AsyncStreams.startServer((reader, writer) -> null, "127.0.0.1", port));

      assertTrue(refused.getMessage().contains("127.0.0.1:" + port), refused.getMessage());
    }
  }

  @Test
  @DisplayName("of several hosts of IPv6 each is bound once; one that is not here is left out")
  void testCreateServerMultipleHostsIpv6() {
    assumeTrue(Hosts.hasIpv6(), "this machine has no IPv6");
    List<String> hosts = List.of("::1", "::2", "::1");
    try (Server server =
        Deadline.get(
            AsyncStreams.startServer((reader, writer) -> null, hosts, 0, ServerOptions.DEFAULTS))) {
      InetSocketAddress only =
          new InetSocketAddress(Deadline.get(addresses("::1")).get(0), Loopback.port(server));

      assertEquals(
          List.of(only), server.sockets().stream().map(TransportSocket::localAddress).toList());
    }
  }

  private static Object sharesItsPort(ServerOptions options) throws IOException {
    try (TestServer served = TestServer.by((reader, writer) -> null, options)) {
      return served.server().sockets().get(0).getOption(StandardSocketOptions.SO_REUSEPORT);
    }
  }

  @Test
  @DisplayName("a port is not shared with other servers, unless the options say so")
  void testCreateServerReusePort() throws IOException {
    assertEquals(false, sharesItsPort(ServerOptions.DEFAULTS));
    assertEquals(true, sharesItsPort(ServerOptions.DEFAULTS.withReusePort(true)));
  }

  @Nested
  class LocalAddress {

    /** To connect from a host that has these addresses; addresses of peers need no resolver. */
    private static ConnectOptions from(String... locals) {
      return ConnectOptions.DEFAULTS
          .withResolver(host -> addresses(locals))
          .withLocalAddress("here.test", 0);
    }

    @Test
    @DisplayName("a client connects from the address and the port that it asks for")
    void testCreateConnectionLocalAddr() throws IOException {
      InetSocketAddress asked = new InetSocketAddress("127.0.0.2", BlockingSockets.closedPort());
      ConnectOptions options =
          ConnectOptions.DEFAULTS.withLocalAddress(asked.getHostString(), asked.getPort());
      try (ConnectedPair connected = ConnectedPair.open(options)) {
        assertEquals(asked, connected.peer().remoteAddress());
        assertEquals(asked, connected.writer().getExtraInfo(ExtraInfo.SOCK_NAME));
      }
    }

    @Test
    @DisplayName("of several local addresses the first of the peer's family is taken")
    void testCreateConnectionLocalAddrSkipDifferentFamily() {
      try (ConnectedPair connected = ConnectedPair.open(from("::1", "127.0.0.3"))) {
        InetSocketAddress local = (InetSocketAddress) connected.peer().remoteAddress();

        assertEquals("127.0.0.3", local.getAddress().getHostAddress());
      }
    }

    @Test
    @DisplayName("no local address of the peer's family is an I/O error")
    void testCreateConnectionLocalAddrNomatchFamily() {
      ConnectException failure =
          Deadline.failure(
              ConnectException.class, AsyncStreams.openConnection(Loopback.HOST, 9, from("::1")));

      assertTrue(failure.getMessage().contains("no matching local address"), failure::getMessage);
    }
  }

  /** The same over Unix, and with sockets that are handed over. */
  @Nested
  class OtherSockets {

    @TempDir Path directory;

    private static final ConnectionHandler DATA =
        (reader, writer) -> {
          writer.write(bytes("data"));
          writer.close();
          return writer.waitClosed();
        };

    @Test
    @DisplayName("a client connects to a path, gets data, and sees the end")
    void testCreateUnixConnection() {
      Path path = directory.resolve("s");
      try (Server server = Deadline.get(AsyncStreams.startUnixServer(DATA, path))) {
        assertTrue(server.isServing());
        StreamConnection connection = Deadline.get(AsyncStreams.openUnixConnection(path));

        assertEquals("data", text(connection.reader().read()));
        connection.writer().close();
        assertNull(Deadline.get(connection.writer().waitClosed()));
      }
    }

    @Test
    @DisplayName("a server on a path accepts, gets data, and closes")
    void testCreateUnixServer() throws IOException {
      Path path = directory.resolve("s");
      CompletableFuture<StreamWriter> accepted = new CompletableFuture<>();
      CompletableFuture<byte[]> received = new CompletableFuture<>();
      ConnectionHandler handler =
          (reader, writer) -> {
            accepted.complete(writer);
            return reader.readExactly(3).thenAccept(received::complete);
          };
      try (Server server = Deadline.get(AsyncStreams.startUnixServer(handler, path));
          SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
        assertTrue(server.isServing());
        assertEquals(3, client.write(ByteBuffer.wrap(bytes("xxx"))));

        assertEquals("xxx", text(received));
        StreamWriter writer = Deadline.get(accepted);
        assertEquals(UnixDomainSocketAddress.of(path), writer.getExtraInfo(ExtraInfo.SOCK_NAME));
        assertEquals("", String.valueOf(writer.getExtraInfo(ExtraInfo.PEER_NAME)));
        writer.close();
        assertNull(Deadline.get(writer.waitClosed()));
        assertEquals(-1, client.read(ByteBuffer.allocate(1)));
      }
    }

    @Test
    @DisplayName("a server takes a socket that is bound, and shows that one")
    void testCreateServerSock() throws IOException {
      ServerSocketChannel bound = ServerSocketChannel.open();
      bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      InetSocketAddress address = (InetSocketAddress) bound.getLocalAddress();
      try (Server server = Deadline.get(AsyncStreams.startServer(DATA, bound))) {
        assertEquals(1, server.sockets().size());
        assertEquals(address, server.sockets().get(0).localAddress());

        StreamConnection connection =
            Deadline.get(AsyncStreams.openConnection("127.0.0.1", address.getPort()));
        assertEquals("data", text(connection.reader().read()));
        connection.close();
      }
      assertFalse(bound.isOpen());
    }
  }

  @Nested
  class OverTls {

    /** The connection that a server has accepted, once it has. */
    private static ConnectionHandler keepIn(CompletableFuture<StreamConnection> accepted) {
      return (reader, writer) -> {
        accepted.complete(new StreamConnection(reader, writer));
        return writer.waitClosed();
      };
    }

    private static ServerOptions serving() {
      return ServerOptions.DEFAULTS.withTls(TlsOnLoopback.SERVER);
    }

    private static ConnectOptions connecting(TlsOptions tls) {
      return ConnectOptions.DEFAULTS.withTls(tls);
    }

    /** A client that knows no authority but another one. */
    private static TlsOptions mistrustful() {
      return TlsOptions.of(CertificateAuthority.create("Other CA").clientContext())
          .withServerHostname("localhost");
    }

    private static void assertKnowsTls(StreamWriter writer) {
      assertNotNull(writer.getExtraInfo(ExtraInfo.SSL_CONTEXT));
      assertNotNull(writer.getExtraInfo(ExtraInfo.SSL_SESSION));
      assertNotNull(writer.getExtraInfo(ExtraInfo.CIPHER));
      assertEquals("TLSv1.3", writer.getExtraInfo(ExtraInfo.TLS_PROTOCOL));
      assertNotNull(writer.getExtraInfo(ExtraInfo.SOCKET));
      assertNotNull(writer.getExtraInfo(ExtraInfo.SOCK_NAME));
      assertNotNull(writer.getExtraInfo(ExtraInfo.PEER_NAME));
    }

    private static void assertDataAndEnd(StreamConnection client, StreamConnection server) {
      client.writer().write(bytes("xxx"));
      assertEquals("xxx", text(server.reader().readExactly(3)));
      client.writer().close();
      assertEquals("", text(server.reader().read()));
      assertNull(Deadline.get(client.writer().waitClosed()));
      assertNull(Deadline.get(server.writer().waitClosed()));
    }

    @Test
    @DisplayName("a client connects over TLS and knows what was agreed on")
    void testCreateSslConnection() {
      CompletableFuture<StreamConnection> accepted = new CompletableFuture<>();
      try (TestServer served = TestServer.by(keepIn(accepted), serving())) {
        int port = served.address().getPort();
        StreamConnection connection =
            Deadline.get(
                AsyncStreams.openConnection("localhost", port, connecting(TlsOnLoopback.CLIENT)));

        assertKnowsTls(connection.writer());
        assertArrayEquals(
            TlsOnLoopback.OWN.chain(),
            connection.writer().getExtraInfo(ExtraInfo.PEER_CERTIFICATES));
        assertEquals(served.address(), connection.writer().getExtraInfo(ExtraInfo.PEER_NAME));
        assertDataAndEnd(connection, Deadline.get(accepted));
        TlsException refused = // asyncio's ssl=True, where the JDK trusts nobody of this machine
            Deadline.failure(
                TlsException.class,
                AsyncStreams.openConnection("localhost", port, connecting(TlsOptions.defaults())));
        assertEquals(TlsFailure.UNTRUSTED, refused.failure());
      }
    }

    @Test
    @DisplayName("a server accepts over TLS, gets data, and knows what was agreed on")
    void testCreateServerSsl() throws Exception {
      CompletableFuture<StreamConnection> accepted = new CompletableFuture<>();
      try (TestServer served = TestServer.by(keepIn(accepted), serving());
          BlockingTlsPeer peer =
              BlockingTlsPeer.connect(served.address(), TlsOnLoopback.AUTHORITY.clientContext())) {
        StreamConnection connection = Deadline.get(accepted);
        peer.send("xxx");

        assertEquals("xxx", text(connection.reader().readExactly(3)));
        assertKnowsTls(connection.writer());
        assertNull(connection.writer().getExtraInfo(ExtraInfo.PEER_CERTIFICATES));
        assertEquals(peer.localAddress(), connection.writer().getExtraInfo(ExtraInfo.PEER_NAME));
        connection.writer().close();
        assertEquals("", text(peer.receiveAll()));
        peer.sayGoodBye();
        assertNull(Deadline.get(connection.writer().waitClosed()));
      }
    }

    private CompletableFuture<StreamConnection> openUnix(Path path, TlsOptions tls) {
      return AsyncStreams.openUnixConnection(path, connecting(tls));
    }

    @Test
    @DisplayName("a server accepts over TLS on a Unix socket")
    void testCreateUnixServerSsl(@TempDir Path directory) {
      Path path = directory.resolve("s");
      CompletableFuture<StreamConnection> accepted = new CompletableFuture<>();
      try (Server server =
          Deadline.get(AsyncStreams.startUnixServer(keepIn(accepted), path, serving()))) {
        assertTrue(server.isServing());
        TlsOptions any = TlsOnLoopback.CLIENT.dangerouslyAcceptingAnyHostname();
        StreamConnection connection = Deadline.get(openUnix(path, any));

        assertKnowsTls(Deadline.get(accepted).writer());
        assertDataAndEnd(connection, Deadline.get(accepted));
      }
    }

    @Test
    @DisplayName("a client that does not trust the server fails, and the handler is not called")
    void testCreateServerSslVerifyFailed() {
      CompletableFuture<StreamConnection> accepted = new CompletableFuture<>();
      try (TestServer served = TestServer.by(keepIn(accepted), serving())) {
        TlsException refused =
            Deadline.failure(
                TlsException.class,
                AsyncStreams.openConnection(
                    "localhost", served.address().getPort(), connecting(mistrustful())));

        assertEquals(TlsFailure.UNTRUSTED, refused.failure());
        Deadline.await("the server is told", () -> served.reports().size() == 1);
        served.server().close();
        assertNull(Deadline.get(served.server().waitClosed()));
        assertFalse(accepted.isDone());
      }
    }

    @Test
    @DisplayName("a client that does not trust the server fails on a Unix socket too")
    void testCreateUnixServerSslVerifyFailed(@TempDir Path directory) {
      Path path = directory.resolve("s");
      CompletableFuture<StreamConnection> accepted = new CompletableFuture<>();
      RecordingErrorListener reports = new RecordingErrorListener();
      Server server =
          Deadline.get(
              AsyncStreams.startUnixServer(
                  keepIn(accepted), path, serving().withErrorListener(reports)));
      TlsException refused = Deadline.failure(TlsException.class, openUnix(path, mistrustful()));

      assertEquals(TlsFailure.UNTRUSTED, refused.failure());
      Deadline.await("the server is told", () -> reports.all().size() == 1);
      Loopback.endInOrder(server);
      assertFalse(accepted.isDone());
    }

    @Test
    @DisplayName("a server that is trusted and has the right name is taken on a Unix socket")
    void testCreateUnixServerSslVerified(@TempDir Path directory) {
      Path path = directory.resolve("s");
      CompletableFuture<StreamConnection> accepted = new CompletableFuture<>();
      try (Server server =
          Deadline.get(AsyncStreams.startUnixServer(keepIn(accepted), path, serving()))) {
        assertTrue(server.isServing());
        TlsOptions named = TlsOnLoopback.CLIENT.withServerHostname("localhost");
        assertDataAndEnd(Deadline.get(openUnix(path, named)), Deadline.get(accepted));
      }
    }

    @Test
    @DisplayName("a server that is trusted and has the right name is taken, and shows who it is")
    void testCreateServerSslVerified() {
      CompletableFuture<StreamConnection> accepted = new CompletableFuture<>();
      try (TestServer served = TestServer.by(keepIn(accepted), serving())) {
        StreamConnection connection =
            Deadline.get(
                AsyncStreams.openConnection(
                    "localhost", served.address().getPort(), connecting(TlsOnLoopback.CLIENT)));

        assertArrayEquals(
            TlsOnLoopback.OWN.chain(),
            connection.writer().getExtraInfo(ExtraInfo.PEER_CERTIFICATES));
        assertDataAndEnd(connection, Deadline.get(accepted));
      }
    }
  }
}
