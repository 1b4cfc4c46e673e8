package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static io.weir.testing.Texts.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ClientAuth;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ExtraInfo;
import io.weir.MemoryStreams;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsOptions;
import io.weir.TlsSide;
import io.weir.TlsTruncationException;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import io.weir.certificates.KeyKind;
import io.weir.certificates.Leaf;
import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each option for TLS does, and what it refuses. */
class TlsOptionsTest {

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");
  private static final Issued OWN = AUTHORITY.issue();

  @TempDir Path directory;

  private TlsOptions client() throws IOException {
    return TlsOptions.trusting(AUTHORITY.pem(directory));
  }

  private TlsOptions server() throws IOException {
    return server(OWN);
  }

  private TlsOptions server(Issued own) throws IOException {
    return TlsOptions.fromPem(own.chainPem(directory), own.keyPem(directory));
  }

  private static ServerOptions serving(TlsOptions tls) {
    return ServerOptions.DEFAULTS.withTls(tls);
  }

  private static ConnectOptions connecting(TlsOptions tls) {
    return ConnectOptions.DEFAULTS.withTls(tls);
  }

  private static StreamConnection open(TestServer served, TlsOptions tls) {
    return open("localhost", served, tls);
  }

  private static StreamConnection open(String host, TestServer served, TlsOptions tls) {
    return Deadline.get(
        AsyncStreams.openConnection(host, served.address().getPort(), connecting(tls)));
  }

  /** Keeps the connections that it is handed; they live until the client closes them. */
  private static final class Keeper implements ConnectionHandler {

    private final BlockingQueue<StreamConnection> all = new LinkedBlockingQueue<>();

    @Override
    public CompletableFuture<?> handle(StreamReader reader, StreamWriter writer) {
      all.add(new StreamConnection(reader, writer));
      return new CompletableFuture<>();
    }

    StreamConnection next() throws InterruptedException {
      StreamConnection next = all.poll(Deadline.LIMIT_SECONDS, TimeUnit.SECONDS);
      assertNotNull(next, "no connection came");
      return next;
    }
  }

  private static void assertTalk(StreamConnection one, StreamConnection other) {
    one.writer().write(bytes("there\n"));
    assertEquals("there\n", text(other.reader().readLine()));
    other.writer().write(bytes("and back\n"));
    assertEquals("and back\n", text(one.reader().readLine()));
  }

  private static void assertRefused(String expected, Runnable call) {
    IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, call::run);
    assertTrue(refused.getMessage().contains(expected), refused::getMessage);
  }

  // ---- values ----

  @Test
  void the_defaults_are_those_of_asyncio_and_safe() {
    TlsOptions options = TlsOptions.defaults();

    assertNull(options.serverHostname());
    assertFalse(options.acceptsAnyHostname());
    assertEquals(Duration.ofSeconds(60), options.handshakeTimeout());
    assertEquals(Duration.ofSeconds(30), options.shutdownTimeout());
    assertEquals(List.of(), options.applicationProtocols());
    assertEquals(ClientAuth.NONE, options.clientAuth());
    assertEquals(List.of("TLSv1.3", "TLSv1.2"), options.protocols());
    assertNull(options.cipherSuites());
    assertFalse(options.truncationAsEof());
    assertTrue(options.serverNameIndication());
  }

  @Test
  void each_option_changes_itself_and_nothing_else() {
    TlsOptions options =
        TlsOptions.defaults()
            .withServerHostname("weir.test")
            .dangerouslyAcceptingAnyHostname()
            .withHandshakeTimeout(Duration.ofMillis(1))
            .withShutdownTimeout(Duration.ofMillis(2))
            .withApplicationProtocols("h2", "http/1.1")
            .withClientAuth(ClientAuth.WANTED)
            .withProtocols("TLSv1.2")
            .withCipherSuites("TLS_AES_128_GCM_SHA256")
            .withTruncationAsEof(true)
            .withServerNameIndication(false);

    assertEquals("weir.test", options.serverHostname());
    assertTrue(options.acceptsAnyHostname());
    assertEquals(Duration.ofMillis(1), options.handshakeTimeout());
    assertEquals(Duration.ofMillis(2), options.shutdownTimeout());
    assertEquals(List.of("h2", "http/1.1"), options.applicationProtocols());
    assertEquals(ClientAuth.WANTED, options.clientAuth());
    assertEquals(List.of("TLSv1.2"), options.protocols());
    assertEquals(List.of("TLS_AES_128_GCM_SHA256"), options.cipherSuites());
    assertTrue(options.truncationAsEof());
    assertFalse(options.serverNameIndication());
    assertFalse(options.withTruncationAsEof(false).truncationAsEof());
    assertNull(TlsOptions.defaults().serverHostname());
    for (String part : List.of("weir.test", "PT0.001S", "h2", "WANTED", "TLSv1.2", "AES_128")) {
      assertTrue(options.toString().contains(part), options::toString);
    }
  }

  @Test
  void values_that_make_no_sense_are_refused() {
    TlsOptions options = TlsOptions.defaults();

    assertRefused("name is empty", () -> options.withServerHostname(""));
    assertRefused("dangerouslyAcceptingAnyHostname", () -> options.withServerHostname(""));
    assertRefused("more than 0", () -> options.withHandshakeTimeout(Duration.ZERO));
    assertRefused("PT-1S", () -> options.withHandshakeTimeout(Duration.ofSeconds(-1)));
    assertRefused("more than 0", () -> options.withShutdownTimeout(Duration.ZERO));
    assertRefused("no application protocol", options::withApplicationProtocols);
    assertRefused(
        "an empty application protocol", () -> options.withApplicationProtocols("h2", ""));
    assertRefused("'TLSv1.4' is not known to this JDK", () -> options.withProtocols("TLSv1.4"));
    assertRefused("TLSv1.3", () -> options.withProtocols("TLSv1.4")); // what it knows
    assertRefused("no protocol", options::withProtocols);
    assertRefused("'TLS_NONE' is not known", () -> options.withCipherSuites("TLS_NONE"));
    assertRefused("no cipher suite", options::withCipherSuites);
    assertThrows(NullPointerException.class, () -> options.withServerHostname(null));
    assertThrows(NullPointerException.class, () -> options.withHandshakeTimeout(null));
    assertThrows(NullPointerException.class, () -> options.withClientAuth(null));
    assertThrows(NullPointerException.class, () -> TlsOptions.of(null));
  }

  @Test
  void an_application_protocol_that_does_not_go_into_a_hello_is_refused() {
    TlsOptions options = TlsOptions.defaults();

    assertRefused(
        "must have at most 255 characters",
        () -> options.withApplicationProtocols("x".repeat(256)));
    assertRefused("'\u20ac' must have", () -> options.withApplicationProtocols("a", "\u20ac"));
    assertEquals(
        1, options.withApplicationProtocols("x".repeat(255)).applicationProtocols().size());
  }

  @Test
  void keys_and_trust_are_not_mixed_with_a_context() throws Exception {
    TlsOptions ofContext = TlsOptions.of(OWN.serverContext());
    Path pem = AUTHORITY.pem(directory);

    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> ofContext.withTrust(pem));
    assertTrue(refused.getMessage().contains("start with TlsOptions.defaults()"));
    assertThrows(
        IllegalStateException.class,
        () -> ofContext.withCertificate(OWN.chainPem(directory), OWN.keyPem(directory)));
  }

  @Test
  void a_server_without_a_certificate_is_refused() throws Exception {
    TlsOptions none = client();

    assertRefused("a TLS server needs a certificate", () -> serving(none));
    assertRefused("TlsOptions.fromPem", () -> serving(none));
    try (TestServer served = TestServer.by((reader, writer) -> null, serving(server()))) {
      assertRefused("needs a certificate", () -> served.server().updateTls(none));
    }
    MemoryStreams.Pair pair = MemoryStreams.pair();
    StreamWriter writer = pair.first().writer();
    assertRefused("needs a certificate", () -> writer.startTls(none, TlsSide.SERVER));
    assertFalse(writer.isClosing());
    writer.close();
    pair.second().writer().close();
  }

  // ---- keys ----

  @ParameterizedTest
  @EnumSource
  void a_certificate_may_have_each_kind_of_key_in_each_version(KeyKind kind) throws Exception {
    Issued own = AUTHORITY.issue(Leaf.DEFAULTS.withKey(kind));
    Keeper keeper = new Keeper();
    try (TestServer served = TestServer.by(keeper, serving(server(own)))) {
      for (String version : List.of("TLSv1.3", "TLSv1.2")) {
        try (StreamConnection connection = open(served, client().withProtocols(version))) {
          assertTalk(connection, keeper.next());
          assertEquals(version, connection.writer().getExtraInfo(ExtraInfo.TLS_PROTOCOL));
          Certificate[] shown = connection.writer().getExtraInfo(ExtraInfo.PEER_CERTIFICATES);
          assertArrayEquals(own.chain(), shown);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ED25519")
  void a_key_may_have_the_older_form(KeyKind kind) throws Exception {
    Issued own = AUTHORITY.issue(Leaf.DEFAULTS.withKey(kind));
    Keeper keeper = new Keeper();
    TlsOptions options =
        TlsOptions.fromPem(own.chainPem(directory), own.traditionalKeyPem(directory));
    try (TestServer served = TestServer.by(keeper, serving(options));
        StreamConnection connection = open(served, client())) {
      assertTalk(connection, keeper.next());
    }
  }

  @Test
  void a_chain_leads_to_the_authority_that_is_trusted() throws Exception {
    Issued own = AUTHORITY.intermediate("Middle CA").issue();
    Keeper keeper = new Keeper();
    try (TestServer served = TestServer.by(keeper, serving(server(own)));
        StreamConnection connection = open(served, client())) {
      assertTalk(connection, keeper.next());
      assertEquals(2, connection.writer().getExtraInfo(ExtraInfo.PEER_CERTIFICATES).length);
    }
  }

  @Test
  void the_jdks_trust_is_used_where_no_other_is_set() throws Exception {
    try (TestServer served = TestServer.by(new Keeper(), serving(server()))) {
      TlsException failure =
          Deadline.failure(
              TlsException.class,
              AsyncStreams.openConnection(
                  "localhost", served.address().getPort(), connecting(TlsOptions.defaults())));

      assertEquals(TlsFailure.UNTRUSTED, failure.failure());
    }
  }

  // ---- names ----

  @ParameterizedTest
  @CsvSource({"localhost", "127.0.0.1"})
  void the_host_that_is_dialled_is_the_name_that_counts(String host) throws Exception {
    Keeper keeper = new Keeper();
    try (TestServer served = TestServer.by(keeper, serving(server()));
        StreamConnection connection = open(host, served, client())) {
      assertTalk(connection, keeper.next());
    }
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "localhost, localhost",
        "weir.test, weir.test",
        "WEIR.test, WEIR.test",
        "weir.test., weir.test",
        "xn--bcher-kva.test, xn--bcher-kva.test",
        "b\u00fccher.test, xn--bcher-kva.test",
        "127.0.0.1, none",
        "::1, none",
      })
  void a_server_is_asked_for_by_its_name_and_not_by_its_address(String name, String asked)
      throws Exception {
    Keeper keeper = new Keeper();
    TlsOptions client = client().withServerHostname(name).dangerouslyAcceptingAnyHostname();
    try (TestServer served = TestServer.by(keeper, serving(server()));
        StreamConnection connection = open(served, client)) {
      assertEquals(asked, keeper.next().writer().getExtraInfo(ExtraInfo.SERVER_NAME));
      assertFalse(connection.writer().isClosing());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"::1", "[::1]", "0:0:0:0:0:0:0:1", "::1%1", "[::1%1]"})
  void an_IPv6_address_is_checked_in_each_of_its_forms(String address) throws Exception {
    Keeper keeper = new Keeper();
    try (TestServer served = TestServer.by(keeper, serving(server()));
        StreamConnection connection = open(served, client().withServerHostname(address))) {
      assertTalk(connection, keeper.next());
    }
  }

  @ParameterizedTest
  @CsvSource({"TLSv1.2", "TLSv1.3"})
  void a_name_that_is_not_to_be_sent_is_not_sent_and_checked(String version) throws Exception {
    Keeper keeper = new Keeper();
    TlsOptions silent = client().withProtocols(version).withServerNameIndication(false);
    try (TestServer served = TestServer.by(keeper, serving(server()))) {
      try (StreamConnection connection = open("localhost", served, silent)) {
        StreamConnection accepted = keeper.next();
        assertNull(accepted.writer().getExtraInfo(ExtraInfo.SERVER_NAME));
        assertTalk(connection, accepted);
      }
      TlsException refused =
          Deadline.failure(
              TlsException.class,
              AsyncStreams.openConnection(
                  "127.0.0.1",
                  served.address().getPort(),
                  ConnectOptions.DEFAULTS.withTls(silent.withServerHostname("other.test"))));
      assertEquals(TlsFailure.WRONG_HOST, refused.failure());
    }
  }

  @Test
  void a_name_with_a_dot_at_its_end_is_the_name_without() throws Exception {
    Keeper keeper = new Keeper();
    try (TestServer served = TestServer.by(keeper, serving(server()));
        StreamConnection connection = open(served, client().withServerHostname("localhost."))) {
      assertTalk(connection, keeper.next());
    }
  }

  @Test
  void any_name_is_taken_only_where_the_options_say_so() throws Exception {
    Issued own = AUTHORITY.issue(Leaf.DEFAULTS.withNames("weir.test"));
    Issued untrusted = CertificateAuthority.create("Other CA").issue();
    Keeper keeper = new Keeper();
    TlsOptions any = client().dangerouslyAcceptingAnyHostname();
    try (TestServer served = TestServer.by(keeper, serving(server(own)))) {
      try (StreamConnection connection = open(served, any)) {
        assertTalk(connection, keeper.next());
      }
      served.server().updateTls(server(untrusted));
      TlsException failure =
          Deadline.failure(
              TlsException.class,
              AsyncStreams.openConnection(
                  "localhost", served.address().getPort(), connecting(any)));
      assertEquals(TlsFailure.UNTRUSTED, failure.failure());
    }
  }

  // ---- extra info ----

  private static final List<ExtraInfo<?>> OF_TLS =
      List.of(
          ExtraInfo.SSL_SESSION,
          ExtraInfo.SSL_CONTEXT,
          ExtraInfo.PEER_CERTIFICATES,
          ExtraInfo.CIPHER,
          ExtraInfo.TLS_PROTOCOL,
          ExtraInfo.APPLICATION_PROTOCOL,
          ExtraInfo.SERVER_NAME);

  @Test
  void a_connection_without_tls_knows_nothing_of_it() {
    Keeper keeper = new Keeper();
    try (TestServer served = TestServer.by(keeper);
        StreamConnection connection = served.open()) {
      for (ExtraInfo<?> each : OF_TLS) {
        assertNull(connection.writer().getExtraInfo(each), each::toString);
      }
    }
  }

  @Test
  void what_was_agreed_on_is_known_at_both_ends_also_after_closing() throws Exception {
    SSLContext context = AUTHORITY.clientContext();
    Keeper keeper = new Keeper();
    try (TestServer served =
        TestServer.by(keeper, serving(server().withApplicationProtocols("a", "b")))) {
      StreamConnection connection =
          open(served, TlsOptions.of(context).withApplicationProtocols("b", "c"));
      StreamConnection accepted = keeper.next();
      for (int i = 0; i < 2; i++) {
        StreamWriter writer = connection.writer();
        assertSame(context, writer.getExtraInfo(ExtraInfo.SSL_CONTEXT));
        SSLSession session = writer.getExtraInfo(ExtraInfo.SSL_SESSION);
        assertNotNull(session);
        assertEquals("localhost", session.getPeerHost());
        assertEquals(session.getCipherSuite(), writer.getExtraInfo(ExtraInfo.CIPHER));
        assertEquals("TLSv1.3", writer.getExtraInfo(ExtraInfo.TLS_PROTOCOL));
        assertEquals("b", writer.getExtraInfo(ExtraInfo.APPLICATION_PROTOCOL));
        assertArrayEquals(OWN.chain(), writer.getExtraInfo(ExtraInfo.PEER_CERTIFICATES));
        assertEquals(served.address(), writer.getExtraInfo(ExtraInfo.PEER_NAME));
        assertNotNull(writer.getExtraInfo(ExtraInfo.SOCKET));

        StreamWriter its = accepted.writer();
        assertNotNull(its.getExtraInfo(ExtraInfo.SSL_CONTEXT));
        assertEquals(session.getCipherSuite(), its.getExtraInfo(ExtraInfo.CIPHER));
        assertEquals("TLSv1.3", its.getExtraInfo(ExtraInfo.TLS_PROTOCOL));
        assertEquals("b", its.getExtraInfo(ExtraInfo.APPLICATION_PROTOCOL));
        assertEquals("localhost", its.getExtraInfo(ExtraInfo.SERVER_NAME));
        assertNull(its.getExtraInfo(ExtraInfo.PEER_CERTIFICATES));
        assertEquals(
            writer.getExtraInfo(ExtraInfo.SOCK_NAME), its.getExtraInfo(ExtraInfo.PEER_NAME));

        connection.writer().close();
        accepted.writer().close();
        assertNull(Deadline.get(connection.writer().waitClosed()));
        assertNull(Deadline.get(accepted.writer().waitClosed()));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"one two, two one, one", "one, one, one", "two one, one three, one"})
  void the_server_picks_its_best_application_protocol(String its, String ours, String agreed)
      throws Exception {
    Keeper keeper = new Keeper();
    TlsOptions server = server().withApplicationProtocols(its.split(" "));
    for (String version : List.of("TLSv1.3", "TLSv1.2")) {
      TlsOptions client = client().withApplicationProtocols(ours.split(" ")).withProtocols(version);
      try (TestServer served = TestServer.by(keeper, serving(server));
          StreamConnection connection = open(served, client)) {
        assertEquals(agreed, connection.writer().getExtraInfo(ExtraInfo.APPLICATION_PROTOCOL));
        assertEquals(agreed, keeper.next().writer().getExtraInfo(ExtraInfo.APPLICATION_PROTOCOL));
      }
    }
  }

  @Test
  void no_application_protocol_is_agreed_on_where_only_one_side_offers_some() throws Exception {
    Keeper keeper = new Keeper();
    TlsOptions offering = client().withApplicationProtocols("one");
    try (TestServer served = TestServer.by(keeper, serving(server()));
        StreamConnection connection = open(served, offering)) {
      assertNull(connection.writer().getExtraInfo(ExtraInfo.APPLICATION_PROTOCOL));
      assertTalk(connection, keeper.next());
    }
    try (TestServer served =
            TestServer.by(keeper, serving(server().withApplicationProtocols("one")));
        StreamConnection connection = open(served, client())) {
      assertNull(connection.writer().getExtraInfo(ExtraInfo.APPLICATION_PROTOCOL));
      assertTalk(connection, keeper.next());
    }
  }

  // ---- client certificates ----

  @ParameterizedTest
  @EnumSource
  void a_server_sees_a_clients_certificate_when_it_asks(ClientAuth asks) throws Exception {
    Issued its = AUTHORITY.issue(Leaf.DEFAULTS.withNames("client.test"));
    TlsOptions server = server().withTrust(AUTHORITY.pem(directory)).withClientAuth(asks);
    TlsOptions client = client().withCertificate(its.chainPem(directory), its.keyPem(directory));
    for (String version : List.of("TLSv1.3", "TLSv1.2")) {
      Keeper keeper = new Keeper();
      try (TestServer served = TestServer.by(keeper, serving(server));
          StreamConnection connection = open(served, client.withProtocols(version))) {
        StreamConnection accepted = keeper.next();
        assertTalk(connection, accepted);
        Certificate[] shown = accepted.writer().getExtraInfo(ExtraInfo.PEER_CERTIFICATES);
        if (asks == ClientAuth.NONE) {
          assertNull(shown);
        } else {
          assertArrayEquals(its.chain(), shown);
        }
        assertArrayEquals(
            OWN.chain(), connection.writer().getExtraInfo(ExtraInfo.PEER_CERTIFICATES));
      }
    }
  }

  @Test
  void a_server_that_only_wants_a_certificate_serves_those_who_have_none() throws Exception {
    TlsOptions server =
        server().withTrust(AUTHORITY.pem(directory)).withClientAuth(ClientAuth.WANTED);
    Keeper keeper = new Keeper();
    try (TestServer served = TestServer.by(keeper, serving(server));
        StreamConnection connection = open(served, client())) {
      StreamConnection accepted = keeper.next();
      assertTalk(connection, accepted);
      assertNull(accepted.writer().getExtraInfo(ExtraInfo.PEER_CERTIFICATES));
    }
  }

  // ---- versions and suites ----

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void the_versions_that_are_allowed_are_the_ones_that_are_spoken(String version) throws Exception {
    Keeper keeper = new Keeper();
    try (TestServer served = TestServer.by(keeper, serving(server().withProtocols(version)));
        StreamConnection connection = open(served, client())) {
      assertEquals(version, connection.writer().getExtraInfo(ExtraInfo.TLS_PROTOCOL));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
      })
  void the_suites_that_are_allowed_are_the_ones_that_are_used(String suite) throws Exception {
    Keeper keeper = new Keeper();
    try (TestServer served = TestServer.by(keeper, serving(server()));
        StreamConnection connection = open(served, client().withCipherSuites(suite))) {
      assertEquals(suite, connection.writer().getExtraInfo(ExtraInfo.CIPHER));
      assertTalk(connection, keeper.next());
    }
  }

  @Test
  void the_server_chooses_the_suite() throws Exception {
    Keeper keeper = new Keeper();
    String best = "TLS_CHACHA20_POLY1305_SHA256";
    TlsOptions server = server().withCipherSuites(best, "TLS_AES_128_GCM_SHA256");
    TlsOptions client = client().withCipherSuites("TLS_AES_128_GCM_SHA256", best);
    try (TestServer served = TestServer.by(keeper, serving(server));
        StreamConnection connection = open(served, client)) {
      assertEquals(best, connection.writer().getExtraInfo(ExtraInfo.CIPHER));
    }
  }

  @Test
  void an_old_version_that_the_jdk_forbids_is_told_when_it_is_used() throws Exception {
    TlsOptions old = client().withProtocols("TLSv1.1");
    try (ServerSocket listening = BlockingSockets.listen()) {
      IOException failure =
          Deadline.failure(
              IOException.class,
              AsyncStreams.openConnection("localhost", listening.getLocalPort(), connecting(old)));

      assertTrue(failure.getMessage().contains("TLSv1.1"), failure::getMessage);
    }
  }

  @Test
  void only_good_versions_and_suites_are_offered_by_default() throws Exception {
    try (ServerSocket listening = BlockingSockets.listen()) {
      CompletableFuture<StreamConnection> opening =
          AsyncStreams.openConnection("localhost", listening.getLocalPort(), connecting(client()));
      try (Socket peer = BlockingSockets.accept(listening)) {
        Hello hello = Hello.read(peer);

        assertEquals(List.of(0x0304, 0x0303), hello.versions);
        assertFalse(hello.suites.isEmpty());
        for (int suite : hello.suites) {
          assertTrue(Hello.GOOD.contains(suite), () -> "suite 0x%04x".formatted(suite));
        }
        assertEquals("localhost", hello.serverName);
      }
      Deadline.failure(IOException.class, opening);
    }
  }

  /** What a client says first, RFC 8446, section 4.1.2. */
  private static final class Hello {

    /** Of TLS 1.3; and with (EC)DHE and GCM or ChaCha20 of TLS 1.2; and the signal of RFC 5746. */
    static final List<Integer> GOOD =
        List.of(
            0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9, 0xccaa, 0x009e,
            0x009f, 0x00a2, 0x00a3, 0x00ff);

    final List<Integer> suites = new ArrayList<>();
    final List<Integer> versions = new ArrayList<>();
    String serverName;

    static Hello read(Socket from) throws IOException {
      java.io.DataInputStream in = new java.io.DataInputStream(from.getInputStream());
      in.readNBytes(5 + 4 + 2 + 32); // headers, version, random
      in.readNBytes(in.read()); // session
      Hello hello = new Hello();
      for (int left = in.readUnsignedShort(); left > 0; left -= 2) {
        hello.suites.add(in.readUnsignedShort());
      }
      in.readNBytes(in.read()); // compression
      int left = in.readUnsignedShort();
      while (left > 0) {
        int type = in.readUnsignedShort();
        byte[] content = in.readNBytes(in.readUnsignedShort());
        hello.extension(type, content);
        left -= 4 + content.length;
      }
      return hello;
    }

    private void extension(int type, byte[] content) {
      if (type == 0) {
        serverName = text(java.util.Arrays.copyOfRange(content, 5, content.length));
      } else if (type == 43) {
        for (int i = 1; i < content.length; i += 2) {
          versions.add(Byte.toUnsignedInt(content[i]) << 8 | Byte.toUnsignedInt(content[i + 1]));
        }
      }
    }
  }

  // ---- sessions ----

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void connections_with_the_same_options_resume_each_others_sessions(String version)
      throws Exception {
    Keeper keeper = new Keeper();
    TlsOptions tls = client().withProtocols(version);
    try (TestServer served = TestServer.by(keeper, serving(server()))) {
      long first = createdBy(served, keeper, tls);

      assertEquals(first, createdBy(served, keeper, tls), "the second has a session of its own");
      assertNotEquals(first, createdBy(served, keeper, client().withProtocols(version)));
    }
  }

  /** When the session of a connection was made: one that is resumed keeps that time. */
  private static long createdBy(TestServer served, Keeper keeper, TlsOptions tls) throws Exception {
    try (StreamConnection connection = open(served, tls)) {
      assertTalk(connection, keeper.next()); // the ticket of TLS 1.3 comes with it
      long created = connection.writer().getExtraInfo(ExtraInfo.SSL_SESSION).getCreationTime();
      long start = System.currentTimeMillis();
      Deadline.await("the clock goes on", () -> System.currentTimeMillis() > start);
      connection.writer().close();
      assertNull(Deadline.get(connection.writer().waitClosed()));
      return created;
    }
  }

  @Test
  void a_resumed_session_knows_its_peers() throws Exception {
    Issued its = AUTHORITY.issue(Leaf.DEFAULTS.withNames("client.test"));
    TlsOptions server =
        server().withTrust(AUTHORITY.pem(directory)).withClientAuth(ClientAuth.REQUIRED);
    TlsOptions client = client().withCertificate(its.chainPem(directory), its.keyPem(directory));
    Keeper keeper = new Keeper();
    try (TestServer served = TestServer.by(keeper, serving(server))) {
      for (int i = 0; i < 3; i++) {
        try (StreamConnection connection = open(served, client)) {
          StreamConnection accepted = keeper.next();
          assertTalk(connection, accepted);
          assertArrayEquals(
              its.chain(), accepted.writer().getExtraInfo(ExtraInfo.PEER_CERTIFICATES));
          assertArrayEquals(
              OWN.chain(), connection.writer().getExtraInfo(ExtraInfo.PEER_CERTIFICATES));
        }
      }
    }
  }

  @Test
  void a_session_made_without_looking_at_the_name_is_of_no_use_where_it_is_looked_at()
      throws Exception {
    Issued own = AUTHORITY.issue(Leaf.DEFAULTS.withNames("weir.test"));
    TlsOptions strict = client();
    TlsOptions any = strict.dangerouslyAcceptingAnyHostname(); // they share a context
    Keeper keeper = new Keeper();
    try (TestServer served = TestServer.by(keeper, serving(server(own)))) {
      for (String version : List.of("TLSv1.3", "TLSv1.2")) {
        for (int i = 0; i < 2; i++) {
          try (StreamConnection connection = open(served, any.withProtocols(version))) {
            assertTalk(connection, keeper.next());
          }
        }
        TlsException failure =
            Deadline.failure(
                TlsException.class,
                AsyncStreams.openConnection(
                    "localhost",
                    served.address().getPort(),
                    connecting(strict.withProtocols(version))));
        assertEquals(TlsFailure.WRONG_HOST, failure.failure());
      }
    }
  }

  // ---- a new certificate ----

  @Test
  void a_new_certificate_is_for_new_connections_and_old_ones_live_on() throws Exception {
    Issued renewed = AUTHORITY.issue();
    Keeper keeper = new Keeper();
    TlsOptions client = client();
    try (TestServer served = TestServer.by(keeper, serving(server()));
        StreamConnection before = open(served, client)) {
      StreamConnection accepted = keeper.next();
      assertTalk(before, accepted);

      served.server().updateTls(server(renewed));

      try (StreamConnection after = open(served, client)) {
        assertTalk(after, keeper.next());
        assertArrayEquals(
            renewed.chain(), after.writer().getExtraInfo(ExtraInfo.PEER_CERTIFICATES));
      }
      assertTalk(before, accepted);
      assertArrayEquals(OWN.chain(), before.writer().getExtraInfo(ExtraInfo.PEER_CERTIFICATES));
    }
  }

  @Test
  void a_server_without_tls_takes_no_certificate() throws Exception {
    TlsOptions options = server();
    try (TestServer served = TestServer.by(new Keeper())) {
      IllegalStateException refused =
          assertThrows(IllegalStateException.class, () -> served.server().updateTls(options));

      assertTrue(refused.getMessage().contains("ServerOptions.withTls"), refused::getMessage);
    }
  }

  // ---- other sockets ----

  @Test
  void a_unix_socket_needs_the_servers_name() throws Exception {
    Keeper keeper = new Keeper();
    Path path = directory.resolve("s");
    TlsOptions client = client();
    try (Server server =
        Deadline.get(AsyncStreams.startUnixServer(keeper, path, serving(server())))) {
      assertRefused(
          "TlsOptions.withServerHostname",
          () -> AsyncStreams.openUnixConnection(path, connecting(client)));
      for (TlsOptions good :
          List.of(
              client.withServerHostname("localhost"), client.dangerouslyAcceptingAnyHostname())) {
        try (StreamConnection connection =
            Deadline.get(AsyncStreams.openUnixConnection(path, connecting(good)))) {
          assertTalk(connection, keeper.next());
        }
      }
      TlsException failure =
          Deadline.failure(
              TlsException.class,
              AsyncStreams.openUnixConnection(
                  path, connecting(client.withServerHostname("weir.test"))));
      assertEquals(TlsFailure.WRONG_HOST, failure.failure());
      server.abortClients();
    }
  }

  @Test
  void channels_that_were_adopted_speak_tls() throws Exception {
    Keeper keeper = new Keeper();
    TlsOptions named = client().withServerHostname("localhost");
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (Server blocking =
            Deadline.get(
                AsyncStreams.startServer(
                    keeper, ServerSocketChannel.open().bind(any), serving(server())));
        Server asynchronous =
            Deadline.get(
                AsyncStreams.startServer(
                    keeper, AsynchronousServerSocketChannel.open().bind(any), serving(server())))) {
      for (Server server : List.of(blocking, asynchronous)) {
        InetSocketAddress address = Loopback.address(server);
        SocketChannel one = SocketChannel.open(address);
        try (StreamConnection connection =
            Deadline.get(AsyncStreams.openConnection(one, connecting(named)))) {
          assertTalk(connection, keeper.next());
        }
        AsynchronousSocketChannel other = AsynchronousSocketChannel.open();
        Deadline.get(other.connect(address));
        try (StreamConnection connection =
            Deadline.get(AsyncStreams.openConnection(other, connecting(named)))) {
          assertTalk(connection, keeper.next());
        }
        server.abortClients();
      }
    }
  }

  @Test
  void an_adopted_channel_needs_the_servers_name() throws Exception {
    TlsOptions nameless = client();
    try (ServerSocket listening = BlockingSockets.listen();
        SocketChannel channel = SocketChannel.open(listening.getLocalSocketAddress())) {
      assertRefused(
          "TlsOptions.withServerHostname",
          () -> AsyncStreams.openConnection(channel, connecting(nameless)));
      assertTrue(channel.isOpen(), "a channel that was refused belongs to the caller");
    }
  }

  @Test
  void streams_in_memory_speak_tls_with_sides_that_are_given() throws Exception {
    MemoryStreams.Pair pair = MemoryStreams.pair();
    TlsOptions named = client().withServerHostname("localhost");
    TlsOptions server = server();
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> pair.first().writer().startTls(named));
    assertTrue(refused.getMessage().contains("TlsSide"), refused::getMessage);

    CompletableFuture<?> there = pair.first().writer().startTls(named, TlsSide.CLIENT);
    CompletableFuture<?> here = pair.second().writer().startTls(server, TlsSide.SERVER);
    Deadline.get(there);
    Deadline.get(here);

    assertTalk(pair.first(), pair.second());
    pair.first().writer().close();
    assertEquals("", text(pair.second().reader().read()));
    assertNull(Deadline.get(pair.first().writer().waitClosed()));
    assertNull(Deadline.get(pair.second().writer().waitClosed()));
  }

  @Test
  void a_client_may_play_the_server_when_it_says_so() throws Exception {
    Keeper keeper = new Keeper();
    try (TestServer served = TestServer.by(keeper);
        StreamConnection connection = served.open()) {
      StreamConnection accepted = keeper.next();
      CompletableFuture<?> there = connection.writer().startTls(server(), TlsSide.SERVER);
      CompletableFuture<?> here =
          accepted.writer().startTls(client().withServerHostname("localhost"), TlsSide.CLIENT);
      Deadline.get(there);
      Deadline.get(here);

      assertTalk(connection, accepted);
      assertArrayEquals(OWN.chain(), accepted.writer().getExtraInfo(ExtraInfo.PEER_CERTIFICATES));
    }
  }

  @Test
  void start_tls_checks_the_host_that_was_dialled() throws Exception {
    Keeper keeper = new Keeper();
    Issued other = AUTHORITY.issue(Leaf.DEFAULTS.withNames("weir.test"));
    try (TestServer served = TestServer.by(keeper)) {
      try (StreamConnection connection =
          Deadline.get(AsyncStreams.openConnection("localhost", served.address().getPort()))) {
        CompletableFuture<?> here = keeper.next().writer().startTls(server(other));

        TlsException failure =
            Deadline.failure(TlsException.class, connection.writer().startTls(client()));
        assertEquals(TlsFailure.WRONG_HOST, failure.failure());
        TlsException told = Deadline.failure(TlsException.class, here);
        assertEquals(TlsFailure.CERTIFICATE_REFUSED, told.failure());
        assertTrue(connection.writer().isClosing());
        assertInstanceOf(
            TlsException.class,
            Deadline.failure(IOException.class, connection.writer().waitClosed()));
      }
    }
  }

  // ---- the end ----

  @Test
  void an_end_without_a_good_bye_is_an_end_in_order_only_where_the_options_say_so()
      throws Exception {
    for (boolean inOrder : List.of(true, false)) {
      Keeper keeper = new Keeper();
      try (TestServer served = TestServer.by(keeper, serving(server()));
          StreamConnection connection = open(served, client().withTruncationAsEof(inOrder))) {
        StreamConnection accepted = keeper.next();
        accepted.writer().write(bytes("last words"));
        assertEquals("last words", text(connection.reader().readExactly(10)));
        accepted.writer().transport().abort();

        if (inOrder) {
          assertEquals("", text(connection.reader().read()));
          assertTrue(connection.reader().atEof());
        } else {
          TlsTruncationException failure =
              Deadline.failure(TlsTruncationException.class, connection.reader().read());
          assertTrue(failure.getMessage().contains("TlsOptions.withTruncationAsEof"));
          assertEquals(TlsFailure.TRUNCATED, failure.failure());
        }
      }
    }
  }

  @Test
  void a_peer_that_does_not_answer_our_good_bye_is_waited_for_as_long_as_the_options_say()
      throws Exception {
    TlsOptions options = client().withShutdownTimeout(Duration.ofMillis(150));
    try (ServerSocket listening = BlockingSockets.listen()) {
      CompletableFuture<StreamConnection> opening =
          AsyncStreams.openConnection("localhost", listening.getLocalPort(), connecting(options));
      SSLSocketFactory sockets = OWN.serverContext().getSocketFactory();
      try (SSLSocket peer =
          (SSLSocket)
              sockets.createSocket(
                  BlockingSockets.accept(listening), null, /* autoClose= */ true)) {
        peer.setUseClientMode(false);
        peer.startHandshake();
        StreamConnection connection = Deadline.get(opening);
        connection.writer().close();

        TlsException failure =
            Deadline.failure(TlsException.class, connection.writer().waitClosed());
        assertEquals(TlsFailure.TIMEOUT, failure.failure());
        assertTrue(failure.getMessage().contains("0.15 seconds"), failure::getMessage);
        assertTrue(failure.getMessage().contains("TLS shutdown"), failure::getMessage);
      }
    }
  }
}
