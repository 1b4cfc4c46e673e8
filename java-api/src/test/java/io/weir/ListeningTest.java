package io.weir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.Reports;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Where servers listen, as their options say. */
class ListeningTest {

  private static final ConnectionHandler NOTHING = ConnectionHandler.of((reader, writer) -> {});

  private static CompletableFuture<Server> start(List<String> hosts, ServerOptions options) {
    return AsyncStreams.startServer(NOTHING, hosts, 0, options);
  }

  private static Stream<InetSocketAddress> addresses(Server server) {
    return server.sockets().stream().map(socket -> (InetSocketAddress) socket.localAddress());
  }

  @Test
  void a_server_listens_on_several_hosts_with_one_port() {
    Server server = Deadline.get(start(List.of("127.0.0.1", "127.0.0.2"), ServerOptions.DEFAULTS));
    int port = Loopback.port(server);
    for (String host : List.of("127.0.0.1", "127.0.0.2")) {
      Deadline.get(AsyncStreams.openConnection(host, port)).close();
    }

    assertEquals(2, server.sockets().size());
    assertEquals(1, addresses(server).map(InetSocketAddress::getPort).distinct().count());
    Loopback.end(server);
  }

  @Test
  void an_address_that_comes_twice_is_bound_once() {
    Server server =
        Deadline.get(
            start(Arrays.asList("127.0.0.1", "127.0.0.2", "127.0.0.1"), ServerOptions.DEFAULTS));

    assertEquals(2, server.sockets().size());
    Loopback.end(server);
  }

  @Test
  void when_one_host_cannot_be_bound_none_is() {
    Server taken = Deadline.get(start(List.of("127.0.0.2"), ServerOptions.DEFAULTS));
    int port = Loopback.port(taken);
    List<String> both = List.of("127.0.0.1", "127.0.0.2");
    BindException refused =
        Deadline.failure(
            BindException.class,
            AsyncStreams.startServer(NOTHING, both, port, ServerOptions.DEFAULTS));
    assertTrue(refused.getMessage().contains("127.0.0.2:" + port), refused.getMessage());

    Server first =
        Deadline.get(AsyncStreams.startServer(NOTHING, "127.0.0.1", port, ServerOptions.DEFAULTS));
    Loopback.end(first);
    Loopback.end(taken);
  }

  @Test
  void a_family_leaves_the_addresses_of_the_other_out() {
    ServerOptions ipv4 = ServerOptions.DEFAULTS.withFamily(AddressFamily.IPV4);
    Server server = Deadline.get(start(List.of("localhost"), ipv4));
    assertTrue(
        addresses(server).allMatch(address -> AddressFamily.IPV4.has(address.getAddress())),
        server::toString);
    Loopback.end(server);

    UnknownHostException none =
        Deadline.failure(UnknownHostException.class, start(List.of("::1"), ipv4));
    assertTrue(none.getMessage().contains("IPV4"), none.getMessage());
  }

  @Test
  void a_family_on_all_interfaces_is_refused_as_the_jdk_has_one_socket_for_both() {
    ServerOptions ipv6 = ServerOptions.DEFAULTS.withFamily(AddressFamily.IPV6);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> start(List.of(""), ipv6));

    assertTrue(refused.getMessage().contains("family is IPV6"), refused.getMessage());
  }

  @Test
  void a_port_is_shared_only_by_servers_that_all_say_so() {
    ServerOptions shared = ServerOptions.DEFAULTS.withReusePort(true);
    Server first = Deadline.get(start(List.of("127.0.0.1"), shared));
    int port = Loopback.port(first);
    Server second = Deadline.get(AsyncStreams.startServer(NOTHING, "127.0.0.1", port, shared));
    assertEquals(port, Loopback.port(second));
    Deadline.failure(
        BindException.class,
        AsyncStreams.startServer(NOTHING, "127.0.0.1", port, ServerOptions.DEFAULTS));

    Loopback.end(first);
    Loopback.end(second);
  }

  @Test
  void the_address_is_reused_unless_the_options_say_otherwise() throws Exception {
    Server server = Deadline.get(start(List.of("127.0.0.1"), ServerOptions.DEFAULTS));
    assertEquals(true, server.sockets().get(0).getOption(StandardSocketOptions.SO_REUSEADDR));
    Loopback.end(server);

    Server strict =
        Deadline.get(start(List.of("127.0.0.1"), ServerOptions.DEFAULTS.withReuseAddress(false)));
    assertEquals(false, strict.sockets().get(0).getOption(StandardSocketOptions.SO_REUSEADDR));
    Loopback.end(strict);
  }

  @Test
  void socket_options_are_set_on_accepted_connections() throws Exception {
    CompletableFuture<StreamWriter> accepted = new CompletableFuture<>();
    Server server =
        Loopback.serve(
            ConnectionHandler.of((reader, writer) -> accepted.complete(writer)),
            ServerOptions.DEFAULTS.withSocketOption(StandardSocketOptions.SO_KEEPALIVE, true));
    try (StreamConnection client = Loopback.connect(server)) {
      TransportSocket socket = Deadline.get(accepted).getExtraInfo(ExtraInfo.SOCKET);
      assertEquals(true, socket.getOption(StandardSocketOptions.SO_KEEPALIVE));
      assertEquals(InetAddress.getLoopbackAddress(), addressOf(client));
    }
    Loopback.end(server);
  }

  private static InetAddress addressOf(StreamConnection client) {
    return ((InetSocketAddress) client.writer().getExtraInfo(ExtraInfo.PEER_NAME)).getAddress();
  }

  @Test
  void a_socket_option_that_cannot_be_set_closes_the_connection_and_is_reported_by_name() {
    Reports reports = new Reports();
    Server server =
        Loopback.serve(
            NOTHING,
            ServerOptions.DEFAULTS
                .withSocketOption(StandardSocketOptions.IP_MULTICAST_LOOP, true)
                .withErrorListener(reports));
    try (StreamConnection client = Loopback.connect(server)) {
      Deadline.await("the report", () -> !reports.all().isEmpty());
      Reports.Report report = reports.all().get(0);
      assertEquals(ErrorStage.ACCEPT, report.stage());
      IOException error = (IOException) report.error();
      assertTrue(error.getMessage().contains("IP_MULTICAST_LOOP"), error.getMessage());
      assertTrue(client.writer().getExtraInfo(ExtraInfo.SOCK_NAME).equals(report.peer()));
    }
    Loopback.end(server);
  }
}
