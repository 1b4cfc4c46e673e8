package io.weir.api;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AddressFamily;
import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.ErrorStage;
import io.weir.ExtraInfo;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamWriter;
import io.weir.TransportSocket;
import io.weir.programs.Ipv4Only;
import io.weir.testing.Deadline;
import io.weir.testing.ErrorReport;
import io.weir.testing.Loopback;
import io.weir.testing.Program;
import io.weir.testing.RecordingErrorListener;
import io.weir.testing.SystemTexts;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where servers listen, as their options say. */
@Tag(SystemTexts.TAG)
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
  void the_port_is_that_of_all_addresses_also_after_close() {
    Server server = Deadline.get(start(List.of("127.0.0.1", "127.0.0.2"), ServerOptions.DEFAULTS));

    int port = server.port();

    assertEquals(Set.of(port), addresses(server).map(InetSocketAddress::getPort).collect(toSet()));
    Loopback.end(server);
    assertEquals(port, server.port());
  }

  @Test
  void the_port_of_adopted_channels_is_that_of_the_channel() throws IOException {
    InetSocketAddress free = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    ServerSocketChannel channel = ServerSocketChannel.open().bind(free);
    int port = channel.socket().getLocalPort();
    Server server = Deadline.get(AsyncStreams.startServer(NOTHING, channel));
    assertEquals(port, server.port());
    Loopback.end(server);
    assertEquals(port, server.port());

    AsynchronousServerSocketChannel asynchronous =
        AsynchronousServerSocketChannel.open().bind(free);
    Server other = Deadline.get(AsyncStreams.startServer(NOTHING, asynchronous));
    assertEquals(((InetSocketAddress) asynchronous.getLocalAddress()).getPort(), other.port());
    Loopback.end(other);
  }

  @Test
  void a_server_on_a_unix_domain_socket_has_no_port(@TempDir Path directory) {
    Path path = directory.resolve("s");
    Server server =
        Deadline.get(AsyncStreams.startUnixServer(NOTHING, path, ServerOptions.DEFAULTS));

    IllegalStateException none = assertThrows(IllegalStateException.class, server::port);

    assertEquals(
        "Server["
            + path
            + "] has no port, because it listens on a Unix domain socket: its path is"
            + " in sockets()",
        none.getMessage());
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
  void names_for_one_address_are_bound_once() throws Exception {
    long addresses =
        Stream.concat(
                Arrays.stream(InetAddress.getAllByName("localhost")),
                Stream.of(InetAddress.getLoopbackAddress()))
            .distinct()
            .count();
    Server server = Deadline.get(start(List.of("localhost", "127.0.0.1"), ServerOptions.DEFAULTS));

    assertEquals(addresses, server.sockets().size());
    Loopback.end(server);
  }

  @Test
  void all_interfaces_are_one_socket() {
    for (String host : Arrays.asList("", null)) {
      Server server =
          Deadline.get(AsyncStreams.startServer(NOTHING, host, 0, ServerOptions.DEFAULTS));
      assertEquals(1, server.sockets().size());
      assertTrue(addresses(server).allMatch(address -> address.getAddress().isAnyLocalAddress()));
      Loopback.end(server);
    }
  }

  @Test
  void a_port_that_is_taken_is_told_with_address_and_reason() {
    Server taken = Deadline.get(start(List.of("127.0.0.1"), ServerOptions.DEFAULTS));
    int port = Loopback.port(taken);
    BindException refused =
        Deadline.failure(BindException.class, AsyncStreams.startServer(NOTHING, "127.0.0.1", port));

    assertEquals(BindException.class, refused.getCause().getClass());
    assertEquals(
        "error while attempting to bind on address /127.0.0.1:"
            + port
            + ": "
            + refused.getCause().getMessage(),
        refused.getMessage());
    SystemTexts.assertContains("Address already in use", refused.getMessage());
    Loopback.end(taken);
  }

  // ---- addresses that this machine has not ----

  private static final String ELSEWHERE = "198.51.100.1"; // of RFC 5737, for documentation
  private static final String ELSEWHERE_TOO = "198.51.100.2";

  @Test
  void an_address_that_this_machine_has_not_is_left_out() {
    Server server =
        Deadline.get(start(List.of(ELSEWHERE, "127.0.0.1", ELSEWHERE_TOO), ServerOptions.DEFAULTS));

    assertEquals(
        List.of("127.0.0.1"),
        addresses(server).map(address -> address.getAddress().getHostAddress()).toList());
    Loopback.end(server);
  }

  /** Linux binds all of 127.0.0.0/8, but {@code NetworkInterface} knows only 127.0.0.1. */
  @Test
  void a_port_that_is_taken_on_an_address_without_an_interface_is_not_left_out() {
    Server taken = Deadline.get(start(List.of("127.0.0.5"), ServerOptions.DEFAULTS));
    CompletableFuture<Server> starting =
        AsyncStreams.startServer(
            NOTHING,
            List.of("127.0.0.5", "127.0.0.1"),
            Loopback.port(taken),
            ServerOptions.DEFAULTS);

    BindException refused = Deadline.failure(BindException.class, starting);

    assertTrue(refused.getMessage().contains("/127.0.0.5:"), refused.getMessage());
    Loopback.end(taken);
  }

  @Test
  void one_address_that_this_machine_has_not_is_told() {
    BindException refused =
        Deadline.failure(BindException.class, start(List.of(ELSEWHERE), ServerOptions.DEFAULTS));

    String start = "error while attempting to bind on address /198.51.100.1:0: ";
    assertTrue(refused.getMessage().startsWith(start), refused.getMessage());
    SystemTexts.assertContains("Cannot assign requested address", refused.getMessage());
  }

  @Test
  void addresses_none_of_which_this_machine_has_are_told_together_and_each() {
    BindException none =
        Deadline.failure(
            BindException.class, start(List.of(ELSEWHERE, ELSEWHERE_TOO), ServerOptions.DEFAULTS));

    assertEquals(
        "could not bind on any address out of [/198.51.100.1:0, /198.51.100.2:0]:"
            + " this machine has none of these addresses",
        none.getMessage());
    assertEquals(
        List.of(ELSEWHERE, ELSEWHERE_TOO),
        Arrays.stream(none.getSuppressed())
            .map(each -> each.getMessage().replaceAll(".*address /(.*):0: .*", "$1"))
            .toList());
  }

  @Test
  void a_family_that_the_system_does_not_have_is_left_out() throws Exception {
    List<String> command = new ArrayList<>(Program.javaCommand(Ipv4Only.class));
    command.add(1, "-Djava.net.preferIPv4Stack=true");
    try (Program ipv4 = Program.program(command)) {
      assertEquals("listening on 127.0.0.1", ipv4.line());
      assertEquals("connected to 127.0.0.1", ipv4.line());
      String alone = ipv4.line();
      String refused =
          "BindException: error while attempting to bind on address /[0:0:0:0:0:0:0:1]:0: ";
      assertTrue(alone.startsWith(refused), alone);
      assertTrue(alone.toLowerCase(Locale.ROOT).endsWith("protocol family unavailable"), alone);
    }
  }

  @Test
  void a_host_without_an_address_is_told_with_host_and_port() {
    for (List<String> hosts : List.of(List.of("nowhere.invalid"), List.of("", "nowhere.invalid"))) {
      UnknownHostException unknown =
          Deadline.failure(
              UnknownHostException.class,
              AsyncStreams.startServer(NOTHING, hosts, 8888, ServerOptions.DEFAULTS));

      assertTrue(
          unknown.getMessage().contains("host 'nowhere.invalid', port 8888"), unknown.getMessage());
    }
  }

  @Test
  void a_family_leaves_the_addresses_of_the_other_out() {
    ServerOptions ipv4 = ServerOptions.DEFAULTS.withFamily(AddressFamily.IPV4);
    Server server = Deadline.get(start(List.of("localhost"), ipv4));
    assertTrue(
        addresses(server).allMatch(address -> address.getAddress() instanceof Inet4Address),
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
  void to_share_a_port_says_nothing_to_a_path(@TempDir Path directory) {
    Path path = directory.resolve("s");
    ServerOptions shared = ServerOptions.DEFAULTS.withReusePort(true);
    Server server = Deadline.get(AsyncStreams.startUnixServer(NOTHING, path, shared));

    Deadline.get(AsyncStreams.openUnixConnection(path)).close();
    Loopback.end(server);
  }

  @Test
  void the_defaults_are_those_of_asyncio() {
    ServerOptions defaults = ServerOptions.DEFAULTS;

    assertEquals(65_536, defaults.limit());
    assertEquals(100, defaults.backlog());
    assertTrue(defaults.startServing());
    assertNull(defaults.cleanupSocket());
    assertTrue(defaults.reuseAddress());
    assertFalse(defaults.reusePort());
    assertEquals(AddressFamily.ANY, defaults.family());
    assertNull(defaults.tls());
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
    RecordingErrorListener reports = new RecordingErrorListener();
    Server server =
        Loopback.serve(
            NOTHING,
            ServerOptions.DEFAULTS
                .withSocketOption(StandardSocketOptions.IP_MULTICAST_LOOP, true)
                .withErrorListener(reports));
    try (StreamConnection client = Loopback.connect(server)) {
      Deadline.await("the report", () -> !reports.all().isEmpty());
      ErrorReport report = reports.all().get(0);
      assertEquals(ErrorStage.ACCEPT, report.stage());
      IOException error = (IOException) report.error();
      assertTrue(error.getMessage().contains("IP_MULTICAST_LOOP"), error.getMessage());
      assertTrue(client.writer().getExtraInfo(ExtraInfo.SOCK_NAME).equals(report.peer()));
      assertEquals(0, Deadline.get(client.reader().read()).length);
    }
    Loopback.end(server);
  }
}
