package io.weir.parity;

import static io.weir.parity.Refusal.assertRefused;
import static io.weir.testing.Hosts.addresses;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.AddressFamily;
import io.weir.AddressResolver;
import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ExtraInfo;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.TcpBinder;
import io.weir.internal.channel.TcpSockets;
import io.weir.internal.concurrent.VirtualTimers;
import io.weir.internal.connect.Dialer;
import io.weir.internal.connect.HappyEyeballs;
import io.weir.testing.BlockingPeer;
import io.weir.testing.ChannelProviders;
import io.weir.testing.ConnectedPair;
import io.weir.testing.Deadline;
import io.weir.testing.Hosts;
import io.weir.testing.Loopback;
import io.weir.testing.OpenFiles;
import io.weir.testing.SilentListener;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** CPython's test_base_events.py. */
class BaseEventsParityTest {

  private static final TcpSockets SOCKETS =
      new TcpSockets(ChannelProviders.selectors("parity", 1), Runnable::run);

  private static final ConnectionHandler HELLO =
      (reader, writer) -> {
        writer.write(new byte[] {'h', 'i'});
        writer.close();
        return writer.waitClosed();
      };

  private static InetSocketAddress addressOf(Server server) {
    return (InetSocketAddress) server.sockets().get(0).localAddress();
  }

  private static String hello(String host, int port) {
    return hello(AsyncStreams.openConnection(host, port));
  }

  private static String hello(CompletableFuture<StreamConnection> opening) {
    StreamConnection connection = Deadline.get(opening);
    String hello = text(connection.reader().read());
    connection.writer().close();
    Deadline.get(connection.writer().waitClosed());
    return hello;
  }

  @Nested
  class Connecting {

    /** An address on which nobody listens. */
    private static InetSocketAddress closed() {
      try (BlockingPeer.Listener listener = new BlockingPeer.Listener()) {
        return listener.address();
      }
    }

    private static CompletableFuture<AsyncByteChannel> dial(List<InetSocketAddress> addresses) {
      CompletableFuture<AsyncByteChannel> dialled = new CompletableFuture<>();
      HappyEyeballs race =
          HappyEyeballs.race(
              "host 'many.test', port 1",
              addresses,
              new Dialer(SOCKETS, null, Map.of()),
              null,
              new VirtualTimers(),
              new CompletionHandler<AsyncByteChannel, Void>() {
                @Override
                public void completed(AsyncByteChannel channel, Void attachment) {
                  channel.abort();
                  dialled.complete(channel);
                }

                @Override
                public void failed(Throwable error, Void attachment) {
                  dialled.completeExceptionally(error);
                }
              });
      assertNotNull(race);
      return dialled;
    }

    /** For hosts that are addresses already. */
    private static final AddressResolver NOBODY =
        host -> {
          throw new UnsupportedOperationException("asked for " + host);
        };

    private static CompletableFuture<StreamConnection> openWithoutResolver(
        String host, int port, AddressFamily family) {
      return AsyncStreams.openConnection(
          host, port, ConnectOptions.DEFAULTS.withResolver(NOBODY).withFamily(family));
    }

    private static void assertAnAddress(String host, AddressFamily family) {
      try (Server server = Deadline.get(AsyncStreams.startServer(HELLO, host, 0))) {
        int port = addressOf(server).getPort();
        for (AddressFamily wanted : List.of(family, AddressFamily.ANY)) {
          assertEquals("hi", hello(openWithoutResolver(host, port, wanted)));
        }
      }
    }

    @Test
    @DisplayName("an address is dialled without a resolver, if it is of the family asked for")
    void testIpaddrInfo() {
      assertAnAddress("127.0.0.1", AddressFamily.IPV4);
      if (Hosts.hasIpv6()) {
        assertAnAddress("::1", AddressFamily.IPV6);
        assertAnAddress("::1%1", AddressFamily.IPV6); // asyncio asks for one with a zone
      }
      UnknownHostException mismatch =
          Deadline.failure(
              UnknownHostException.class, openWithoutResolver("127.0.0.1", 80, AddressFamily.IPV6));
      assertTrue(mismatch.getMessage().contains("IPV6"), mismatch.getMessage());
      Deadline.failure(
          UnsupportedOperationException.class,
          openWithoutResolver("localhost", 80, AddressFamily.ANY));
    }

    @Test
    @DisplayName("a connect that times out leaves no socket open")
    void testCreateConnectionTimeout() {
      try (SilentListener silent = new SilentListener(Loopback.HOST)) {
        ConnectedPair.open().close(); // and what is opened once is open
        Set<String> before = OpenFiles.sockets();
        CompletableFuture<StreamConnection> opening =
            AsyncStreams.openConnection(Loopback.HOST, silent.port());
        Deadline.await("it is being dialled", () -> !before.containsAll(OpenFiles.sockets()));

        opening.orTimeout(1, TimeUnit.MILLISECONDS);

        Deadline.failure(TimeoutException.class, opening);
        OpenFiles.awaitNoMoreThan(before);
      }
    }

    @Test
    @DisplayName("no host, no port and no channel is refused, naming what is missing")
    void testCreateConnectionNoHostPortSock() {
      assertRefused("host", () -> AsyncStreams.openConnection(null, 80));
      assertRefused("host is empty", () -> AsyncStreams.openConnection("", 80));
      assertRefused("port is 0", () -> AsyncStreams.openConnection("localhost", 0));
      assertRefused("channel", () -> AsyncStreams.openConnection((SocketChannel) null));
    }

    @Test
    @DisplayName("a local address that resolves to nothing is an I/O error that names it")
    void testCreateConnectionNoLocalAddr() {
      AddressResolver resolver =
          host -> host.equals("here.test") ? addresses() : addresses("127.0.0.1");
      ConnectOptions options =
          ConnectOptions.DEFAULTS.withResolver(resolver).withLocalAddress("here.test", 8080);

      UnknownHostException refused =
          Deadline.failure(
              UnknownHostException.class, AsyncStreams.openConnection("there.test", 80, options));

      assertTrue(refused.getMessage().contains("'here.test', port 8080"), refused.getMessage());
    }

    @Test
    @DisplayName("no address to dial is an I/O error that names the target")
    void testCreateConnectionNoGetaddrinfo() {
      ConnectException refused = Deadline.failure(ConnectException.class, dial(List.of()));

      assertTrue(refused.getMessage().contains("many.test"), refused.getMessage());
    }

    @Test
    @DisplayName("the error of the only address is passed on, with the address in it")
    void testCreateConnectionConnectErr() {
      InetSocketAddress address = closed();

      ConnectException refused =
          Deadline.failure(
              ConnectException.class, AsyncStreams.openConnection("127.0.0.1", address.getPort()));

      assertTrue(refused.getMessage().contains("127.0.0.1"), refused.getMessage());
      assertTrue(
          refused.getMessage().contains(Integer.toString(address.getPort())), refused.getMessage());
      assertInstanceOf(ConnectException.class, refused.getCause());
    }

    @Test
    @DisplayName("two addresses that fail make one I/O error, with both in their order")
    void testCreateConnectionMultiple() {
      List<InetSocketAddress> addresses = List.of(closed(), closed());

      ConnectException refused = Deadline.failure(ConnectException.class, dial(addresses));

      List<String> texts =
          Arrays.stream(refused.getSuppressed()).map(Throwable::getMessage).toList();
      assertEquals(2, texts.size());
      for (int i = 0; i < 2; i++) {
        assertTrue(texts.get(i).contains(addresses.get(i).toString()), texts.toString());
      }
    }

    @Test
    @DisplayName("an address as the host is dialled as it is, in its family")
    void testCreateConnectionIpAddr() {
      Server four = Deadline.get(AsyncStreams.startServer(HELLO, "127.0.0.1", 0));
      try (four) {
        StreamConnection connection =
            Deadline.get(AsyncStreams.openConnection("127.0.0.1", addressOf(four).getPort()));

        InetSocketAddress peer =
            (InetSocketAddress) connection.writer().getExtraInfo(ExtraInfo.PEER_NAME);
        assertEquals(addressOf(four), peer);
        assertInstanceOf(Inet4Address.class, peer.getAddress());
        connection.writer().close();
      }
    }
  }

  @Nested
  class Serving {

    @Test
    @DisplayName("a server listens on ::1")
    void testCreateServerIpv6() {
      assumeTrue(Hosts.hasIpv6(), "this machine has no IPv6");
      Server server = Deadline.get(AsyncStreams.startServer(HELLO, "::1", 0));
      try (server) {
        assertInstanceOf(Inet6Address.class, addressOf(server).getAddress());
        assertEquals("hi", hello("::1", addressOf(server).getPort()));
      }
    }

    @Test
    @DisplayName("an empty host, or none, means all interfaces")
    void testCreateServerEmptyHost() {
      for (String host : new String[] {"", null}) {
        Server server = Deadline.get(AsyncStreams.startServer(HELLO, host, 0));
        try (server) {
          assertTrue(addressOf(server).getAddress().isAnyLocalAddress());
          assertEquals("hi", hello("127.0.0.1", addressOf(server).getPort()));
          if (Hosts.hasIpv6()) {
            assertEquals("hi", hello("::1", addressOf(server).getPort()));
          }
        }
      }
    }

    @Test
    @DisplayName("no host and no channel is refused, naming what is missing")
    void testCreateServerNoHostPortSock() {
      ServerOptions options = ServerOptions.DEFAULTS;
      assertRefused("hosts is empty", () -> AsyncStreams.startServer(HELLO, List.of(), 0, options));
      assertRefused(
          "channel", () -> AsyncStreams.startServer(HELLO, (ServerSocketChannel) null, options));
    }

    /** As the option is to a system that does not know it. */
    private record Unknown(String name) implements SocketOption<Boolean> {

      @Override
      public Class<Boolean> type() {
        return Boolean.class;
      }
    }

    @Test
    @DisplayName("a port is not shared where the system cannot, and the error names the option")
    void testCreateServerNosoreuseport() {
      TcpBinder binder = new TcpBinder(SOCKETS, 1, Map.of(new Unknown("SO_REUSEPORT"), true));

      BindException refused =
          assertThrows(
              BindException.class,
              () ->
                  binder.bind(List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))));

      assertTrue(
          refused.getMessage().contains("socket option SO_REUSEPORT cannot be set"),
          refused.getMessage());
    }

    @Test
    @DisplayName("no address to bind is an I/O error")
    void testCreateServerNoGetaddrinfo() {
      assertThrows(BindException.class, () -> new TcpBinder(SOCKETS, 1, Map.of()).bind(List.of()));
    }
  }

  @Nested
  class Options {

    @Test
    @DisplayName("small writes are not delayed, on either side")
    void testSetNodelay() throws IOException {
      CompletableFuture<StreamWriter> accepted = new CompletableFuture<>();
      Server server =
          Deadline.get(
              AsyncStreams.startServer(
                  ConnectionHandler.of((reader, writer) -> accepted.complete(writer)),
                  "127.0.0.1",
                  0));
      try (server) {
        StreamConnection connection =
            Deadline.get(AsyncStreams.openConnection("127.0.0.1", addressOf(server).getPort()));
        for (StreamWriter writer : List.of(connection.writer(), Deadline.get(accepted))) {
          assertEquals(
              true,
              writer.getExtraInfo(ExtraInfo.SOCKET).getOption(StandardSocketOptions.TCP_NODELAY));
        }
        connection.writer().close();
        assertNull(Deadline.get(connection.writer().waitClosed()));
      }
      server.abortClients();
    }
  }

  @Nested
  class OptionsOfTls {

    /** Nothing of TLS can be asked for but in options for TLS. */
    private static void assertOfTlsOnly(Class<?> options, String setting) {
      assertTrue(
          Arrays.stream(options.getMethods()).noneMatch(each -> each.getName().equals(setting)));
      assertTrue(
          Arrays.stream(TlsOptions.class.getMethods())
              .anyMatch(each -> each.getName().equals(setting)));
    }

    @Test
    @DisplayName("a client names no server for TLS where it has none")
    void testCreateConnectionNoSslServerHostnameErrors() {
      assertOfTlsOnly(ConnectOptions.class, "withServerHostname");
    }

    @Test
    @DisplayName("a client must name the server for TLS where it dials no host")
    void testCreateConnectionSslServerHostnameErrors() throws IOException {
      ConnectOptions nameless = ConnectOptions.DEFAULTS.withTls(TlsOnLoopback.CLIENT);
      try (SocketChannel channel = SocketChannel.open()) {
        IllegalArgumentException refused =
            assertThrows(
                IllegalArgumentException.class,
                () -> AsyncStreams.openConnection(channel, nameless));
        assertTrue(refused.getMessage().contains("withServerHostname"), refused::getMessage);
      }
      assertThrows(
          IllegalArgumentException.class, () -> AsyncStreams.openConnection("", 443, nameless));
      assertThrows(
          IllegalArgumentException.class, () -> TlsOptions.defaults().withServerHostname(""));
    }

    @Test
    @DisplayName("a client has no timeout for handshakes where it has no TLS")
    void testCreateConnectionSslTimeoutForPlainSocket() {
      assertOfTlsOnly(ConnectOptions.class, "withHandshakeTimeout");
      assertOfTlsOnly(ConnectOptions.class, "withShutdownTimeout");
    }

    @Test
    @DisplayName("a server has no timeout for handshakes where it has no TLS")
    void testCreateServerSslTimeoutForPlainSocket() {
      assertOfTlsOnly(ServerOptions.class, "withHandshakeTimeout");
      assertOfTlsOnly(ServerOptions.class, "withShutdownTimeout");
    }
  }
}
