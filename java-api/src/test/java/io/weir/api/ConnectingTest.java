package io.weir.api;

import static io.weir.testing.Hosts.addresses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.weir.AddressFamily;
import io.weir.AddressResolver;
import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ExtraInfo;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.TlsOptions;
import io.weir.TransportSocket;
import io.weir.certificates.CertificateAuthority;
import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import io.weir.testing.Hosts;
import io.weir.testing.Loopback;
import io.weir.testing.OpenFiles;
import io.weir.testing.SilentListener;
import io.weir.testing.SystemTexts;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the options change the way to a peer, on real sockets. */
@Tag(SystemTexts.TAG)
class ConnectingTest {

  private static final Duration SHORT = Duration.ofMillis(300);
  private static final AddressResolver BOTH = host -> addresses("::1", "127.0.0.1");

  private static CompletableFuture<StreamConnection> open(int port, ConnectOptions options) {
    return AsyncStreams.openConnection("weir.test", port, options);
  }

  private static ConnectOptions with(AddressResolver resolver) {
    return ConnectOptions.DEFAULTS.withResolver(resolver);
  }

  private static void assumeIpv6() {
    assumeTrue(Hosts.hasIpv6(), "this machine has no ::1");
  }

  /** A live listener of IPv4 on the port on which IPv6 is silent. */
  private record HalfDead(SilentListener silent, ServerSocket live) implements AutoCloseable {

    static HalfDead open() throws IOException {
      for (int attempts = 0; attempts < 20; attempts++) {
        SilentListener silent = new SilentListener("::1");
        try {
          InetSocketAddress same =
              new InetSocketAddress(InetAddress.getLoopbackAddress(), silent.port());
          ServerSocket live = new ServerSocket();
          live.bind(same);
          return new HalfDead(silent, live);
        } catch (BindException taken) {
          silent.close();
        }
      }
      throw new AssertionError("no port was free on both families");
    }

    @Override
    public void close() throws IOException {
      silent.close();
      live.close();
    }
  }

  // ---- happy eyeballs ----

  private static long millisToOpen(int port, ConnectOptions options) {
    long start = System.nanoTime();
    Deadline.get(open(port, options)).writer().transport().abort();
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }

  /** What a busy machine adds is left out by taking the best of a few. */
  private static long bestMillis(int port, ConnectOptions options) {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      best = Math.min(best, millisToOpen(port, options));
    }
    return best;
  }

  @Test
  void of_thousands_of_addresses_the_first_are_tried() throws Exception {
    List<InetAddress> many =
        IntStream.range(0, 3_000).mapToObj(i -> loopback(i / 250 + 1, i % 250 + 1)).toList();
    ConnectOptions options = with(host -> CompletableFuture.completedFuture(many));

    ConnectException failure =
        Deadline.failure(
            ConnectException.class,
            AsyncStreams.openConnection("many.test", BlockingSockets.closedPort(), options));

    assertEquals(64, failure.getSuppressed().length);
    assertTrue(failure.getMessage().contains("the first 64 of 3000 addresses"), failure.toString());
  }

  private static InetAddress loopback(int third, int fourth) {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, (byte) third, (byte) fourth});
    } catch (UnknownHostException e) {
      throw new AssertionError("four bytes are an address", e);
    }
  }

  @Test
  void F5_a_dead_first_address_costs_less_than_300_milliseconds() throws Exception {
    assumeIpv6();
    try (HalfDead host = HalfDead.open()) {
      int port = host.live().getLocalPort();
      long alone = bestMillis(port, with(name -> addresses("127.0.0.1")));
      long behindTheDead = bestMillis(port, with(BOTH));

      assertTrue(behindTheDead >= 250, behindTheDead + " ms: the dead one was not dialled");
      assertTrue(behindTheDead - alone < 300, behindTheDead + " ms, alone " + alone + " ms");
    }
  }

  @Test
  void F5_with_happy_eyeballs_off_the_second_waits_for_the_first_to_fail() throws Exception {
    assumeIpv6();
    try (HalfDead host = HalfDead.open()) {
      ConnectOptions oneByOne =
          with(BOTH).withHappyEyeballsDelay(Duration.ZERO).withConnectTimeout(SHORT.plus(SHORT));
      Deadline.failure(SocketTimeoutException.class, open(host.live().getLocalPort(), oneByOne));

      host.live().setSoTimeout(1);
      assertThrows(SocketTimeoutException.class, () -> host.live().accept());
    }
  }

  @Test
  void F6_all_addresses_that_fail_are_told_in_order() throws Exception {
    assumeIpv6();
    int port = BlockingSockets.closedPort();
    ConnectException failure = Deadline.failure(ConnectException.class, open(port, with(BOTH)));

    assertTrue(failure.getMessage().contains("weir.test"), failure.getMessage());
    assertEquals(2, failure.getSuppressed().length);
    assertTrue(failure.getSuppressed()[0].getMessage().contains("[0:0:0:0:0:0:0:1]:" + port));
    assertTrue(failure.getSuppressed()[1].getMessage().contains("127.0.0.1:" + port));
  }

  @Test
  void one_address_that_fails_is_told_with_host_port_address_and_reason() throws Exception {
    int port = BlockingSockets.closedPort();
    ConnectException failure =
        Deadline.failure(ConnectException.class, open(port, with(name -> addresses("127.0.0.1"))));

    assertEquals(0, failure.getSuppressed().length);
    Throwable cause = assertInstanceOf(ConnectException.class, failure.getCause());
    SystemTexts.assertContains("Connection refused", cause.getMessage());
    assertEquals(
        "cannot connect to host 'weir.test', port "
            + port
            + ": /127.0.0.1:"
            + port
            + ": "
            + cause.getMessage(),
        failure.getMessage());
  }

  @ParameterizedTest(name = "with an interleave of {0}: {1}")
  @CsvSource({
    "0, '127.0.0.1 127.0.0.2 127.0.0.3 0:0:0:0:0:0:0:1'",
    "1, '127.0.0.1 0:0:0:0:0:0:0:1 127.0.0.2 127.0.0.3'",
    "2, '127.0.0.1 127.0.0.2 0:0:0:0:0:0:0:1 127.0.0.3'"
  })
  void addresses_are_dialled_in_the_order_that_the_options_say(int interleave, String order)
      throws Exception {
    ConnectOptions options =
        with(name -> addresses("127.0.0.1", "127.0.0.2", "127.0.0.3", "::1"))
            .withHappyEyeballsDelay(Duration.ZERO)
            .withInterleave(interleave);
    ConnectException failure =
        Deadline.failure(ConnectException.class, open(BlockingSockets.closedPort(), options));

    String dialled =
        Arrays.stream(failure.getSuppressed())
            .map(each -> each.getMessage().replaceAll(".* /\\[?([0-9.:]+?)]?:\\d+: .*", "$1"))
            .collect(Collectors.joining(" "));
    assertEquals(order, dialled);
  }

  @Test
  void the_defaults_are_no_timeout_and_both_families_in_turns() {
    ConnectOptions defaults = ConnectOptions.DEFAULTS;

    assertEquals(65_536, defaults.limit());
    assertNull(defaults.connectTimeout());
    assertEquals(Duration.ofMillis(250), defaults.happyEyeballsDelay());
    assertEquals(1, defaults.interleave());
    assertEquals(AddressFamily.ANY, defaults.family());
    assertNull(defaults.tls());
  }

  @Test
  void F7_cancelling_closes_every_socket_of_the_race() throws Exception {
    try (SilentListener silent = new SilentListener("127.0.0.1")) {
      Set<String> before = OpenFiles.sockets();
      ConnectOptions all =
          with(host -> addresses("127.0.0.1", "127.0.0.1", "127.0.0.1"))
              .withHappyEyeballsDelay(Duration.ofMillis(1));
      CompletableFuture<StreamConnection> opening = open(silent.port(), all);
      Deadline.await("all are being dialled", () -> OpenFiles.since(before).size() >= 3);
      opening.cancel(false);

      OpenFiles.awaitNoMoreThan(before);
      assertTrue(opening.isCancelled());
    }
  }

  // ---- the connect timeout ----

  @Test
  void F2_a_peer_that_drops_everything_is_given_up_after_the_connect_timeout() throws Exception {
    try (SilentListener silent = new SilentListener("127.0.0.1")) {
      Set<String> before = OpenFiles.sockets();
      SocketTimeoutException late =
          Deadline.failure(
              SocketTimeoutException.class,
              AsyncStreams.openConnection(
                  "127.0.0.1", silent.port(), ConnectOptions.DEFAULTS.withConnectTimeout(SHORT)));

      assertTrue(late.getMessage().contains("127.0.0.1"), late.getMessage());
      assertTrue(late.getMessage().contains(SHORT.toString()), late.getMessage());
      OpenFiles.awaitNoMoreThan(before);
    }
  }

  @Test
  void F4_the_connect_timeout_covers_a_resolver_that_hangs() {
    CompletableFuture<List<InetAddress>> never = new CompletableFuture<>();
    SocketTimeoutException late =
        Deadline.failure(
            SocketTimeoutException.class, open(80, with(host -> never).withConnectTimeout(SHORT)));

    assertTrue(late.getMessage().contains("weir.test"), late.getMessage());
  }

  @Test
  void the_connect_timeout_covers_the_tls_handshake() throws Exception {
    TlsOptions tls = TlsOptions.of(CertificateAuthority.create("CA").clientContext());
    try (ServerSocket server = BlockingSockets.listen()) {
      Deadline.failure(
          SocketTimeoutException.class,
          AsyncStreams.openConnection(
              "127.0.0.1",
              server.getLocalPort(),
              ConnectOptions.DEFAULTS.withTls(tls).withConnectTimeout(SHORT)));
      try (Socket silent = BlockingSockets.accept(server)) {
        byte[] hello = silent.getInputStream().readAllBytes(); // and then the end
        assertTrue(hello.length > 0);
      }
    }
  }

  @Test
  void a_connection_that_is_open_outlives_the_connect_timeout() throws Exception {
    try (ServerSocket server = BlockingSockets.listen()) {
      StreamConnection connection =
          Loopback.connect(
              server.getLocalPort(), ConnectOptions.DEFAULTS.withConnectTimeout(SHORT));
      try (connection;
          Socket peer = BlockingSockets.accept(server)) {
        CompletableFuture<byte[]> read = connection.reader().readExactly(1);
        assertThrows(
            Exception.class, () -> read.get(SHORT.toMillis() + 100, TimeUnit.MILLISECONDS));
        peer.getOutputStream().write('x');
        assertEquals(1, Deadline.get(read).length);
      }
    }
  }

  // ---- local address, family, resolver, socket options ----

  @Test
  void F9_a_local_address_that_is_not_ours_is_named() {
    ConnectException failure =
        Deadline.failure(
            ConnectException.class,
            AsyncStreams.openConnection(
                "127.0.0.1", 9, ConnectOptions.DEFAULTS.withLocalAddress("192.0.2.1", 0)));

    assertTrue(
        failure.getMessage().contains("error while attempting to bind on address /192.0.2.1"),
        failure.getMessage());
  }

  @Test
  void F9_a_local_address_of_another_family_does_not_match() {
    ConnectException failure =
        Deadline.failure(
            ConnectException.class,
            AsyncStreams.openConnection(
                "127.0.0.1", 9, ConnectOptions.DEFAULTS.withLocalAddress("::1", 0)));

    assertTrue(failure.getMessage().contains("no matching local address"), failure.getMessage());
  }

  @Test
  void F9_a_local_port_that_is_taken_is_named() throws Exception {
    try (ServerSocket server = BlockingSockets.listen()) {
      int port = server.getLocalPort();
      ConnectException failure =
          Deadline.failure(
              ConnectException.class,
              AsyncStreams.openConnection(
                  "127.0.0.1", port, ConnectOptions.DEFAULTS.withLocalAddress("127.0.0.1", port)));

      assertTrue(
          failure
              .getMessage()
              .contains("error while attempting to bind on address /127.0.0.1:" + port + ": "),
          failure.getMessage());
      SystemTexts.assertContains("Address already in use", failure.getMessage());
    }
  }

  @Test
  void an_address_without_a_local_one_of_its_family_fails_alone() throws Exception {
    try (ServerSocket server = BlockingSockets.listen()) {
      StreamConnection connection =
          Deadline.get(open(server.getLocalPort(), with(BOTH).withLocalAddress("127.0.0.3", 0)));
      try (connection;
          Socket peer = BlockingSockets.accept(server)) {
        assertEquals("127.0.0.3", peer.getInetAddress().getHostAddress());
      }
    }
  }

  @Test
  void the_first_local_address_of_the_family_is_taken() throws Exception {
    try (ServerSocket server = BlockingSockets.listen()) {
      AddressResolver resolver = localAddresses("127.0.0.3", "127.0.0.4");
      StreamConnection connection =
          Deadline.get(
              open(server.getLocalPort(), with(resolver).withLocalAddress("here.test", 0)));
      try (connection;
          Socket peer = BlockingSockets.accept(server)) {
        assertEquals("127.0.0.3", peer.getInetAddress().getHostAddress());
      }
    }
  }

  @Test
  void F9_a_local_address_that_cannot_be_bound_is_skipped() throws Exception {
    try (ServerSocket server = BlockingSockets.listen()) {
      ConnectOptions options = with(localAddresses("203.0.113.1", "::1", "127.0.0.4"));
      StreamConnection connection =
          Deadline.get(open(server.getLocalPort(), options.withLocalAddress("here.test", 0)));
      try (connection;
          Socket peer = BlockingSockets.accept(server)) {
        assertEquals("127.0.0.4", peer.getInetAddress().getHostAddress());
      }
    }
  }

  @Test
  void F9_local_addresses_of_which_none_can_be_bound_are_all_named() {
    ConnectOptions options = with(localAddresses("198.51.100.1", "203.0.113.1"));
    ConnectException failure =
        Deadline.failure(ConnectException.class, open(9, options.withLocalAddress("here.test", 0)));

    for (String local : List.of("198.51.100.1", "203.0.113.1")) {
      assertTrue(
          failure.getMessage().contains("error while attempting to bind on address /" + local),
          failure.getMessage());
    }
    assertEquals(2, failure.getCause().getSuppressed().length);
  }

  private static AddressResolver localAddresses(String... local) {
    return host -> host.equals("here.test") ? addresses(local) : addresses("127.0.0.1");
  }

  private static void assertNobodyDials(ServerSocket server) throws IOException {
    server.setSoTimeout(1);
    assertThrows(SocketTimeoutException.class, server::accept);
  }

  @Test
  void the_peers_host_is_looked_up_then_the_local_one_and_then_it_is_dialled() throws Exception {
    try (ServerSocket server = BlockingSockets.listen()) {
      Map<String, CompletableFuture<List<InetAddress>>> asked = new ConcurrentHashMap<>();
      ConnectOptions options =
          with(host -> asked.computeIfAbsent(host, name -> new CompletableFuture<>()))
              .withLocalAddress("here.test", 0);
      CompletableFuture<StreamConnection> opening = open(server.getLocalPort(), options);
      assertEquals(Set.of("weir.test"), asked.keySet());
      asked.get("weir.test").complete(addresses("127.0.0.1").join());
      assertEquals(Set.of("weir.test", "here.test"), asked.keySet());
      assertNobodyDials(server);
      asked.get("here.test").complete(addresses("127.0.0.3").join());

      try (StreamConnection connection = Deadline.get(opening)) {
        InetSocketAddress local =
            (InetSocketAddress) connection.writer().getExtraInfo(ExtraInfo.SOCK_NAME);
        assertEquals("127.0.0.3", local.getAddress().getHostAddress());
      }
    }
  }

  @Test
  void an_address_with_a_scope_is_no_name() throws Exception {
    assumeIpv6();
    InetAddress loopback = addresses("::1").join().get(0);
    String scope = NetworkInterface.getByInetAddress(loopback).getName();
    AddressResolver none =
        host -> {
          throw new AssertionError("asked for " + host);
        };
    try (ServerSocket server = new ServerSocket(0, 1, loopback);
        StreamConnection connection =
            Deadline.get(
                AsyncStreams.openConnection("::1%" + scope, server.getLocalPort(), with(none)))) {
      assertFalse(connection.writer().isClosing());
    }
  }

  @Test
  void only_addresses_of_the_family_are_dialled() throws Exception {
    try (ServerSocket server = BlockingSockets.listen()) {
      ConnectOptions ipv4 = with(BOTH).withFamily(AddressFamily.IPV4);
      try (StreamConnection connection = Deadline.get(open(server.getLocalPort(), ipv4))) {
        assertFalse(connection.writer().isClosing());
      }
      UnknownHostException none =
          Deadline.failure(
              UnknownHostException.class,
              open(80, with(host -> addresses("127.0.0.1")).withFamily(AddressFamily.IPV6)));
      assertTrue(none.getMessage().contains("'weir.test', port 80"), none.getMessage());
      assertTrue(none.getMessage().contains("IPV6"), none.getMessage());
    }
  }

  @Test
  void the_resolver_of_the_options_is_asked_for_names_and_not_for_addresses() throws Exception {
    try (ServerSocket server = BlockingSockets.listen()) {
      AtomicInteger asked = new AtomicInteger();
      AddressResolver counting =
          host -> {
            asked.incrementAndGet();
            return addresses("127.0.0.1");
          };
      Deadline.get(open(server.getLocalPort(), with(counting))).close();
      assertEquals(1, asked.get());
      Loopback.connect(server.getLocalPort(), with(counting)).close();
      assertEquals(1, asked.get());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis:6379",
        "localhost:8080",
        "http://localhost/",
        "[::1]:80",
        "1.2.3.4:80",
        "[::1",
        "::g"
      })
  void a_host_with_a_colon_that_is_no_address_is_refused_before_anything_is_resolved(String host) {
    AtomicInteger asked = new AtomicInteger();
    AddressResolver counting =
        name -> {
          asked.incrementAndGet();
          return addresses("127.0.0.1");
        };
    String text = "'" + host + "': a host with ':' must be an IPv6 address; give host and port";

    refused(text, () -> AsyncStreams.openConnection(host, 80, with(counting)));
    refused(text, () -> AsyncStreams.startServer((reader, writer) -> null, host, 0));
    refused(
        text,
        () ->
            AsyncStreams.startServer(
                (reader, writer) -> null, List.of("127.0.0.1", host), 0, ServerOptions.DEFAULTS));
    refused(text, () -> TlsOptions.defaults().withServerHostname(host));
    assertEquals(0, asked.get());
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.1", "0x7f.1", "0177.0.0.1", "2130706433", "[name]"})
  void what_is_no_address_by_the_rules_is_a_name_for_the_resolver(String host) throws Exception {
    try (ServerSocket server = BlockingSockets.listen()) {
      List<String> asked = new CopyOnWriteArrayList<>();
      AddressResolver recording =
          name -> {
            asked.add(name);
            return addresses("127.0.0.1");
          };
      Deadline.get(AsyncStreams.openConnection(host, server.getLocalPort(), with(recording)))
          .close();
      assertEquals(List.of(host), asked);
    }
  }

  @Test
  void an_address_in_brackets_is_one_of_IPv6() throws Exception {
    assumeTrue(Hosts.hasIpv6(), "this machine has no ::1");
    try (Server server =
        Deadline.get(AsyncStreams.startServer((reader, writer) -> null, "[::1]", 0))) {
      Deadline.get(AsyncStreams.openConnection("[::1]", server.port())).close();
    }
  }

  @Test
  void what_the_resolver_fails_with_is_told() {
    IllegalStateException mine = new IllegalStateException("my own");
    AddressResolver throwing =
        host -> {
          throw mine;
        };

    assertEquals(mine, Deadline.failure(IllegalStateException.class, open(80, with(throwing))));
    assertEquals(
        mine,
        Deadline.failure(
            IllegalStateException.class,
            open(80, with(host -> CompletableFuture.failedFuture(mine)))));
    assertEquals(
        mine,
        Deadline.failure(
            IllegalStateException.class,
            open(80, with(host -> CompletableFuture.failedFuture(new CompletionException(mine))))));
    assertTrue(
        Deadline.failure(UnknownHostException.class, open(80, with(host -> addresses())))
            .getMessage()
            .contains("'weir.test', port 80"));
  }

  @Test
  void a_look_up_that_the_resolver_has_cancelled_fails_the_open_and_does_not_cancel_it() {
    CompletableFuture<List<InetAddress>> cancelled = new CompletableFuture<>();
    cancelled.cancel(false);
    CompletableFuture<StreamConnection> opening = open(80, with(host -> cancelled));

    Deadline.await("the end of the open", opening::isCompletedExceptionally);
    assertFalse(opening.isCancelled());
  }

  @Test
  void socket_options_are_set_also_against_our_own_choice() throws Exception {
    try (ServerSocket server = BlockingSockets.listen()) {
      ConnectOptions options =
          ConnectOptions.DEFAULTS
              .withSocketOption(StandardSocketOptions.SO_KEEPALIVE, true)
              .withSocketOption(StandardSocketOptions.TCP_NODELAY, false);
      try (StreamConnection connection = Loopback.connect(server.getLocalPort(), options)) {
        TransportSocket socket = connection.writer().getExtraInfo(ExtraInfo.SOCKET);
        assertEquals(true, socket.getOption(StandardSocketOptions.SO_KEEPALIVE));
        assertEquals(false, socket.getOption(StandardSocketOptions.TCP_NODELAY));
      }
    }
  }

  @Test
  void a_socket_option_that_is_not_supported_is_refused_by_name() {
    ConnectOptions options =
        ConnectOptions.DEFAULTS.withSocketOption(StandardSocketOptions.IP_MULTICAST_LOOP, true);
    IOException failure =
        Deadline.failure(IOException.class, AsyncStreams.openConnection("127.0.0.1", 9, options));

    assertInstanceOf(ConnectException.class, failure);
    assertTrue(failure.getMessage().contains("IP_MULTICAST_LOOP"), failure.getMessage());
  }

  // ---- arguments ----

  @Test
  void wrong_options_are_refused_at_once_with_their_value() {
    ConnectOptions options = ConnectOptions.DEFAULTS;

    refused("timeout is PT0S", () -> options.withConnectTimeout(Duration.ZERO));
    refused("timeout is PT-1S", () -> options.withConnectTimeout(Duration.ofSeconds(-1)));
    refused("delay is PT-1S", () -> options.withHappyEyeballsDelay(Duration.ofSeconds(-1)));
    refused("count is -1", () -> options.withInterleave(-1));
    refused("host is empty", () -> options.withLocalAddress("", 0));
    refused("host is 'here:7'", () -> options.withLocalAddress("here:7", 7));
    refused("port is 70000", () -> options.withLocalAddress("127.0.0.1", 70_000));
  }

  private static void refused(String text, Executable call) {
    IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, call);
    assertTrue(refused.getMessage().contains(text), refused.getMessage());
  }

  @Test
  void the_text_of_options_tells_them_all() {
    String text =
        ConnectOptions.DEFAULTS
            .withConnectTimeout(SHORT)
            .withFamily(AddressFamily.IPV6)
            .withLocalAddress("here.test", 7)
            .toString();

    assertTrue(text.contains("connectTimeout=" + SHORT), text);
    assertTrue(text.contains("family=IPV6"), text);
    assertTrue(text.contains("localAddress=here.test:7"), text);
    assertTrue(text.contains("happyEyeballsDelay=PT0.25S"), text);
  }
}
