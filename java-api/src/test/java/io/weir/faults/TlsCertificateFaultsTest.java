package io.weir.faults;

import static io.weir.testing.Texts.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ClientAuth;
import io.weir.ConnectOptions;
import io.weir.ConnectionLostException;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import io.weir.certificates.KeyKind;
import io.weir.certificates.Leaf;
import io.weir.testing.BlockingPeer;
import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import io.weir.testing.FailedHandshake;
import io.weir.testing.LeakedKeys;
import io.weir.testing.Loopback;
import io.weir.testing.OpenFiles;
import io.weir.testing.OpenSsl;
import io.weir.testing.Program;
import io.weir.testing.TestServer;
import io.weir.testing.TlsOptionsSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Handshakes that cannot succeed, with peers that are not ours; and files that are no use. */
class TlsCertificateFaultsTest {

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");
  private static final CertificateAuthority OTHER = CertificateAuthority.create("Other CA");
  private static final Issued OWN = AUTHORITY.issue();
  private static final String WEAK = "ALL:@SECLEVEL=0";

  @TempDir Path directory;

  /** What is opened once in the life of the JVM is open before sockets are counted. */
  @BeforeAll
  static void shakeHandsOnce() {
    TlsOptions tls = TlsOptions.of(OWN.contextTrusting(AUTHORITY));
    Server server =
        Loopback.serve(TlsCertificateFaultsTest::end, ServerOptions.DEFAULTS.withTls(tls));
    Loopback.connect(Loopback.port(server), ConnectOptions.DEFAULTS.withTls(tls)).close();
    Loopback.end(server);
  }

  private static CompletableFuture<Void> end(StreamReader reader, StreamWriter writer) {
    writer.close();
    return writer.waitClosed();
  }

  private TlsOptions client() {
    return TlsOptionsSource.FILES.options(directory, null, AUTHORITY);
  }

  private TlsOptions server() {
    return TlsOptionsSource.FILES.options(directory, OWN, AUTHORITY);
  }

  private static TlsException assertFailure(TlsFailure expected, Throwable error, String... parts) {
    TlsException failure =
        assertInstanceOf(TlsException.class, error, () -> "not a failure of TLS: " + error);
    assertEquals(expected, failure.failure(), failure::getMessage);
    for (String part : parts) {
      assertTrue(failure.getMessage().contains(part), failure::getMessage);
    }
    LeakedKeys.assertNoneIn(error, OWN);
    return failure;
  }

  /** What OpenSSL's server makes our client say. */
  private TlsException withServer(
      Issued shown, TlsOptions options, TlsFailure expected, String... more) throws Exception {
    Set<String> open = OpenFiles.sockets();
    try (Program openssl = OpenSsl.server(directory, shown, more)) {
      Throwable failure = FailedHandshake.failureOf("localhost", OpenSsl.port(openssl), options);
      OpenFiles.awaitNoMoreThan(open);
      return assertFailure(expected, failure, "'localhost'");
    }
  }

  /** What OpenSSL's client makes our server say, and prints itself. */
  private TlsException withClient(
      TlsOptions options, TlsFailure expected, String printed, String... more) {
    FailedHandshake failed =
        FailedHandshake.failed(
            options,
            address -> {
              try (Program openssl = OpenSsl.client(address.getPort(), more)) {
                return new IOException(openssl.lineWith(printed));
              }
            });
    return assertFailure(expected, failed.server(), "TLS handshake with a client failed");
  }

  // ---- F41: certificates ----

  private void assertRefused(Leaf leaf, TlsFailure expected, Function<Issued, Object> fact)
      throws Exception {
    for (String version : List.of("-tls1_3", "-tls1_2")) {
      for (KeyKind kind : List.of(KeyKind.EC, KeyKind.RSA)) {
        Issued shown = AUTHORITY.issue(leaf.withKey(kind));
        TlsException failure = withServer(shown, client(), expected, version);

        assertTrue(failure.getMessage().contains("" + fact.apply(shown)), failure::getMessage);
      }
    }
  }

  @Test
  void F41_openssls_certificate_that_has_expired_is_refused_with_its_time() throws Exception {
    assertRefused(
        Leaf.DEFAULTS.expired(),
        TlsFailure.EXPIRED,
        shown -> shown.certificate().getNotAfter().toInstant());
  }

  @Test
  void F41_openssls_certificate_that_is_not_valid_yet_is_refused_with_its_time() throws Exception {
    assertRefused(
        Leaf.DEFAULTS.notYetValid(),
        TlsFailure.NOT_YET_VALID,
        shown -> shown.certificate().getNotBefore().toInstant());
  }

  @Test
  void F41_openssls_certificate_for_another_name_is_refused_with_both_names() throws Exception {
    assertRefused(
        Leaf.DEFAULTS.withNames("weir.test"), TlsFailure.WRONG_HOST, shown -> "for weir.test, not");
  }

  @Test
  void F41_openssls_certificate_of_an_unknown_authority_is_not_trusted() throws Exception {
    TlsException failure = withServer(OTHER.issue(), client(), TlsFailure.UNTRUSTED);

    assertTrue(failure.getMessage().contains("issued by CN=Other CA"), failure::getMessage);
  }

  @Test
  void F41_a_chain_without_the_authority_in_its_middle_is_not_trusted() throws Exception {
    Issued whole = AUTHORITY.intermediate("Middle CA").issue();
    Path leaf = directory.resolve("leaf.pem");
    String chain = Files.readString(whole.chainPem(directory));
    Files.writeString(leaf, chain.substring(0, chain.indexOf("-----END") + 26));
    List<String> command =
        List.of(
            "openssl",
            "s_server",
            "-accept",
            "127.0.0.1:0",
            "-cert",
            leaf.toString(),
            "-key",
            whole.keyPem(directory).toString());
    try (Program openssl = Program.program(command)) {
      Throwable failure = FailedHandshake.failureOf("localhost", OpenSsl.port(openssl), client());
      assertFailure(TlsFailure.UNTRUSTED, failure, "issued by CN=Middle CA");
    }
    try (Program openssl = OpenSsl.server(directory, whole)) {
      try (StreamConnection connection =
          Loopback.connect(OpenSsl.port(openssl), ConnectOptions.DEFAULTS.withTls(client()))) {
        assertFalse(connection.writer().isClosing());
      }
    }
  }

  @Test
  void F41_openssls_server_misses_our_certificate_or_refuses_it() throws Exception {
    String trusted = AUTHORITY.pem(directory).toString();
    for (String version : List.of("-tls1_3", "-tls1_2")) {
      TlsException missing =
          withServer(
              OWN,
              client(),
              version.equals("-tls1_3")
                  ? TlsFailure.CERTIFICATE_REQUIRED
                  : TlsFailure.NO_COMMON_CIPHER, // it only says handshake_failure
              version,
              "-Verify",
              "1",
              "-CAfile",
              trusted);
      assertTrue(missing.getMessage().contains("certificate"), missing::getMessage);

      Issued expired = AUTHORITY.issue(Leaf.DEFAULTS.expired());
      TlsException refused =
          withServer(
              OWN,
              TlsOptionsSource.FILES.options(directory, expired, AUTHORITY),
              TlsFailure.CERTIFICATE_REFUSED,
              version,
              "-Verify",
              "1",
              "-verify_return_error",
              "-CAfile",
              trusted);
      assertTrue(refused.getMessage().contains("certificate_expired"), refused::getMessage);
      LeakedKeys.assertNoneIn(refused, expired);
    }
  }

  @Test
  void F41_openssls_client_is_told_what_is_wrong_with_its_certificate() {
    TlsOptions asking = server().withClientAuth(ClientAuth.REQUIRED);
    for (String version : List.of("-tls1_3", "-tls1_2")) {
      withClient(asking, TlsFailure.CERTIFICATE_REQUIRED, "alert", version);

      Issued expired = AUTHORITY.issue(Leaf.DEFAULTS.expired());
      withClient(asking, TlsFailure.EXPIRED, "alert certificate", with(version, identity(expired)));
      Issued unknown = OTHER.issue();
      withClient(
          asking, TlsFailure.UNTRUSTED, "alert certificate", with(version, identity(unknown)));
    }
  }

  private String[] identity(Issued shown) {
    return OpenSsl.identity(directory, shown).toArray(String[]::new);
  }

  private static String[] with(String first, String... more) {
    return Stream.concat(Stream.of(first), Arrays.stream(more)).toArray(String[]::new);
  }

  @Test
  void F41_openssls_client_that_does_not_trust_us_is_told_to_the_listener() {
    String other = OTHER.pem(directory).toString();
    for (String version : List.of("-tls1_3", "-tls1_2")) {
      TlsException told =
          withClient(
              server(),
              TlsFailure.CERTIFICATE_REFUSED,
              "certificate verify failed",
              version,
              "-verify_return_error",
              "-CAfile",
              other);

      assertTrue(told.getMessage().contains("unknown_ca"), told::getMessage);
    }
  }

  // ---- F42: nothing in common ----

  @ParameterizedTest
  @ValueSource(strings = {"-tls1", "-tls1_1"})
  void F42_openssls_server_of_an_old_version_has_none_in_common(String version) throws Exception {
    Issued shown = AUTHORITY.issue(Leaf.DEFAULTS.withKey(KeyKind.RSA));
    TlsException failure =
        withServer(shown, client(), TlsFailure.NO_COMMON_PROTOCOL, version, "-cipher", WEAK);

    assertTrue(
        failure.getMessage().contains("no version of TLS in common; allowed here: [TLSv1.3, TLSv1"),
        failure::getMessage);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1", "-tls1_1"})
  void F42_openssls_client_of_an_old_version_has_none_in_common(String version) {
    TlsException told =
        withClient(
            server(),
            TlsFailure.NO_COMMON_PROTOCOL,
            "alert protocol version",
            version,
            "-cipher",
            WEAK);

    assertTrue(told.getMessage().contains("[TLSv1.3, TLSv1.2]"), told::getMessage);
  }

  @Test
  void F42_openssls_server_has_no_cipher_suite_in_common() throws Exception {
    Issued rsa = AUTHORITY.issue(Leaf.DEFAULTS.withKey(KeyKind.RSA));
    TlsException failure =
        withServer(
            rsa, client(), TlsFailure.NO_COMMON_CIPHER, "-tls1_2", "-cipher", "AES128-SHA256");

    assertTrue(failure.getMessage().contains("no cipher suite"), failure::getMessage);
  }

  @Test
  void F42_openssls_client_has_no_cipher_suite_in_common() {
    withClient(
        server(),
        TlsFailure.NO_COMMON_CIPHER,
        "alert handshake failure",
        "-tls1_2",
        "-cipher",
        "ECDHE-ECDSA-AES128-SHA256"); // no authenticated encryption
    withClient(
        server().withCipherSuites("TLS_AES_256_GCM_SHA384"),
        TlsFailure.NO_COMMON_CIPHER,
        "alert handshake failure",
        "-tls1_3",
        "-ciphersuites",
        "TLS_AES_128_GCM_SHA256");
  }

  @Test
  void F42_openssls_client_cannot_use_the_kind_of_our_key() {
    for (String version : List.of("-tls1_3", "-tls1_2")) {
      withClient(
          server(),
          TlsFailure.NO_COMMON_CIPHER,
          "alert handshake failure",
          version,
          "-sigalgs",
          "RSA-PSS+SHA256:RSA+SHA256");
    }
  }

  @Test
  void F42_openssls_server_has_no_application_protocol_in_common() throws Exception {
    TlsOptions options = client().withApplicationProtocols("ours");
    TlsException failure =
        withServer(OWN, options, TlsFailure.NO_COMMON_APPLICATION_PROTOCOL, "-alpn", "its");

    assertTrue(failure.getMessage().contains("[ours]"), failure::getMessage);
  }

  @Test
  void F42_openssls_client_has_no_application_protocol_in_common() {
    TlsException told =
        withClient(
            server().withApplicationProtocols("ours"),
            TlsFailure.NO_COMMON_APPLICATION_PROTOCOL,
            "alert no application protocol",
            "-alpn",
            "its");

    assertTrue(told.getMessage().contains("[ours]"), told::getMessage);
  }

  // ---- F42: no TLS at all ----

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "220 mail.test ESMTP\r\n",
        "+",
        "\0\0\0\0\0\0\0\0",
        "\u00ff\u00ff\u00ff\u00ff"
      })
  void F42_a_server_that_speaks_no_tls_is_told_as_such(String banner) throws Exception {
    Set<String> open = OpenFiles.sockets();
    try (ServerSocket listening = BlockingSockets.listen()) {
      CompletableFuture<StreamConnection> opening = open(listening, client());
      try (Socket peer = BlockingSockets.accept(listening)) {
        peer.getOutputStream().write(bytes(banner));
        if (banner.length() < 5) {
          peer.shutdownOutput();
        }

        assertFailure(
            TlsFailure.NOT_TLS,
            Deadline.failure(IOException.class, opening),
            "'localhost'",
            "does not speak TLS");
        BlockingSockets.countToEnd(peer);
      }
    }
    OpenFiles.awaitNoMoreThan(open);
  }

  private static CompletableFuture<StreamConnection> open(ServerSocket to, TlsOptions tls) {
    return AsyncStreams.openConnection(
        "localhost", to.getLocalPort(), ConnectOptions.DEFAULTS.withTls(tls));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "EHLO client.test\r\n",
        "hello\n",
        "\0\0\0\0\0\0\0\0"
      })
  void F42_a_client_that_speaks_no_tls_is_told_to_the_listener(String request) {
    FailedHandshake failed =
        FailedHandshake.failed(
            server(),
            address -> {
              try (BlockingPeer peer = BlockingPeer.connect(address)) {
                peer.send(request);
                peer.receiveAll();
                return new IOException("it saw the end");
              }
            });

    assertFailure(TlsFailure.NOT_TLS, failed.server(), "a client", "does not speak TLS");
  }

  @Test
  void F42_curl_without_tls_sees_the_end() {
    FailedHandshake failed =
        FailedHandshake.failed(
            server(),
            address -> {
              String url = "http://127.0.0.1:" + address.getPort() + "/";
              List<String> command = List.of("curl", "-sS", "--noproxy", "*", url);
              try (Program curl = Program.program(command)) {
                return new IOException(curl.lineWith("curl: ("));
              }
            });

    assertFailure(TlsFailure.NOT_TLS, failed.server(), "does not speak TLS");
  }

  // ---- the peer leaves, or says nothing ----

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_server_that_leaves_in_the_handshake_is_a_lost_connection(boolean reset) throws Exception {
    Set<String> open = OpenFiles.sockets();
    try (ServerSocket listening = BlockingSockets.listen()) {
      CompletableFuture<StreamConnection> opening = open(listening, client());
      Socket peer = BlockingSockets.accept(listening);
      assertEquals(22, peer.getInputStream().read()); // it is connected for certain
      if (reset) {
        BlockingSockets.reset(peer);
      } else {
        peer.shutdownOutput();
      }

      ConnectionLostException lost = Deadline.failure(ConnectionLostException.class, opening);
      assertTrue(lost.getMessage().contains("TLS handshake with 'localhost'"), lost::getMessage);
      peer.close();
    }
    OpenFiles.awaitNoMoreThan(open);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_client_that_leaves_in_the_handshake_is_told_as_a_lost_connection(boolean reset) {
    FailedHandshake failed =
        FailedHandshake.failed(
            server(),
            address -> {
              BlockingPeer peer = BlockingPeer.connect(address);
              peer.send(new byte[] {22, 3, 1});
              if (reset) {
                peer.reset();
              }
              peer.close();
              return new IOException("it left");
            });

    ConnectionLostException lost = assertInstanceOf(ConnectionLostException.class, failed.server());
    assertTrue(lost.getMessage().contains("TLS handshake with a client"), lost::getMessage);
  }

  private static final byte[] GOOD_BYE = {21, 3, 3, 0, 2, 1, 0}; // close_notify, in the clear

  @Test
  void a_server_that_says_good_bye_in_the_handshake_is_a_lost_connection() throws Exception {
    try (ServerSocket listening = BlockingSockets.listen()) {
      CompletableFuture<StreamConnection> opening = open(listening, client());
      try (Socket peer = BlockingSockets.accept(listening)) {
        peer.getOutputStream().write(GOOD_BYE);

        Deadline.failure(ConnectionLostException.class, opening);
      }
    }
  }

  @Test
  void a_client_that_says_good_bye_in_the_handshake_is_told_as_a_lost_connection() {
    FailedHandshake failed =
        FailedHandshake.failed(
            server(),
            address -> {
              try (BlockingPeer peer = BlockingPeer.connect(address)) {
                peer.send(GOOD_BYE);
                peer.receiveAll();
                return new IOException("it saw the end");
              }
            });

    assertInstanceOf(ConnectionLostException.class, failed.server());
  }

  @Test
  void F42_a_client_of_ssl_3_has_no_version_in_common() {
    byte[] hello = new byte[5 + 4 + 2 + 32 + 1 + 2 + 2 + 2];
    byte[] head = {
      22, 3, 0, 0, (byte) (hello.length - 5), 1, 0, 0, (byte) (hello.length - 9), 3, 0
    };
    System.arraycopy(head, 0, hello, 0, head.length);
    byte[] tail = {0, 0, 2, 0, 0x2f, 1, 0}; // no session, one suite, no compression
    System.arraycopy(tail, 0, hello, hello.length - tail.length, tail.length);
    FailedHandshake failed =
        FailedHandshake.failed(
            server(),
            address -> {
              try (BlockingPeer peer = BlockingPeer.connect(address)) {
                peer.send(hello);
                peer.receiveAll();
                return new IOException("it saw the end");
              }
            });

    assertFailure(TlsFailure.NO_COMMON_PROTOCOL, failed.server(), "[TLSv1.3, TLSv1.2]");
  }

  @ParameterizedTest
  @EnumSource
  void a_server_that_says_nothing_ends_the_wait_with_the_timeout(TlsOptionsSource from)
      throws Exception {
    TlsOptions options =
        from.options(directory, null, AUTHORITY).withHandshakeTimeout(Duration.ofMillis(150));
    Set<String> open = OpenFiles.sockets();
    try (ServerSocket listening = BlockingSockets.listen()) {
      CompletableFuture<StreamConnection> opening = open(listening, options);
      try (Socket peer = BlockingSockets.accept(listening)) {
        TlsException late =
            assertFailure(TlsFailure.TIMEOUT, Deadline.failure(IOException.class, opening));

        assertTrue(late.getMessage().contains("TLS handshake"), late::getMessage);
        assertTrue(late.getMessage().contains("0.15 seconds"), late::getMessage);
        assertTrue(late.getMessage().contains("'localhost'"), late::getMessage);
        assertTrue(BlockingSockets.countToEnd(peer) > 0);
      }
    }
    OpenFiles.awaitNoMoreThan(open);
  }

  @ParameterizedTest
  @EnumSource
  void a_client_that_says_nothing_ends_with_the_timeout(TlsOptionsSource from) {
    TlsOptions options =
        from.options(directory, OWN, null).withHandshakeTimeout(Duration.ofMillis(150));
    FailedHandshake failed = FailedHandshake.failed(options, TlsCertificateFaultsTest::silent);

    assertFailure(TlsFailure.TIMEOUT, failed.server(), "a client", "0.15 seconds");
  }

  private static Throwable silent(InetSocketAddress address) {
    try (BlockingPeer peer = BlockingPeer.connect(address)) {
      return new IOException("it saw the end: " + peer.sawEnd());
    }
  }

  @Test
  void a_client_that_fails_keeps_no_other_from_being_served() throws Exception {
    try (TestServer served =
        TestServer.by(
            (reader, writer) -> reader.readLine().thenAccept(writer::write).thenRun(writer::close),
            ServerOptions.DEFAULTS.withTls(server()))) {
      try (BlockingPeer silent = served.connect();
          BlockingPeer wrong = served.connect()) {
        wrong.send("hello\r\n");
        assertTrue(wrong.receiveAll().length <= 7, "an alert at most");

        try (StreamConnection connection =
            Loopback.connect(
                served.address().getPort(), ConnectOptions.DEFAULTS.withTls(client()))) {
          connection.writer().write(bytes("served\n"));
          assertEquals(
              "served\n",
              new String(Deadline.get(connection.reader().read()), StandardCharsets.ISO_8859_1));
        }
        assertEquals(1, served.reports().size());
        assertFalse(silent.localAddress().equals(served.reports().element().peer()));
        assertEquals(wrong.localAddress(), served.reports().element().peer());
      }
    }
  }

  // ---- F52: files ----

  private static final String SECRET = "c2VjcmV0IG9mIHRoZSBmaWxl"; // in base64

  private Path file(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content);
  }

  private static void assertNames(IOException failure, Path file) {
    List<String> texts = new ArrayList<>();
    for (Throwable next = failure; next != null; next = next.getCause()) {
      texts.add(next.toString());
    }
    assertTrue(failure.getMessage().contains(file.toString()), failure::getMessage);
    assertFalse(texts.toString().contains(SECRET), texts::toString);
    assertFalse(texts.toString().contains("secret of the file"), texts::toString);
    LeakedKeys.assertNoneIn(failure, OWN);
  }

  @Test
  void F52_a_missing_file_is_named() {
    Path missing = directory.resolve("missing.pem");

    assertNames(
        assertThrows(NoSuchFileException.class, () -> TlsOptions.trusting(missing)), missing);
    assertNames(
        assertThrows(
            NoSuchFileException.class, () -> TlsOptions.fromPem(missing, OWN.keyPem(directory))),
        missing);
    assertNames(
        assertThrows(
            NoSuchFileException.class, () -> TlsOptions.fromPem(OWN.chainPem(directory), missing)),
        missing);
  }

  @Test
  void F52_a_file_that_cannot_be_read_is_named() {
    assertNames(assertThrows(IOException.class, () -> TlsOptions.trusting(directory)), directory);
    assertNames(
        assertThrows(
            IOException.class, () -> TlsOptions.fromPem(OWN.chainPem(directory), directory)),
        directory);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "secret of the file",
        SECRET,
        "-----BEGIN CERTIFICATE-----\n" + SECRET,
        "-----BEGIN CERTIFICATE-----\n" + SECRET + "\n-----END CERTIFICATE-----\n",
        "-----BEGIN PRIVATE KEY-----\n" + SECRET + "\n-----END PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\n" + SECRET + "\n-----END RSA PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\n!" + SECRET + "\n-----END EC PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\n" + SECRET + "\n-----END CERTIFICATE-----\n"
      })
  void F52_a_malformed_file_is_named_and_not_shown(String content) throws Exception {
    Path malformed = file("malformed.pem", content);

    assertNames(assertThrows(IOException.class, () -> TlsOptions.trusting(malformed)), malformed);
    assertNames(
        assertThrows(IOException.class, () -> TlsOptions.fromPem(malformed, OWN.keyPem(directory))),
        malformed);
    assertNames(
        assertThrows(
            IOException.class, () -> TlsOptions.fromPem(OWN.chainPem(directory), malformed)),
        malformed);
  }

  @ParameterizedTest
  @EnumSource
  void F52_the_key_of_another_certificate_is_told_with_both_files(KeyKind kind) {
    Issued other = AUTHORITY.issue(Leaf.DEFAULTS.withKey(kind));
    Path chain = OWN.chainPem(directory);
    Path key = other.keyPem(directory);
    IOException failure = assertThrows(IOException.class, () -> TlsOptions.fromPem(chain, key));

    assertNames(failure, chain);
    assertNames(failure, key);
    LeakedKeys.assertNoneIn(failure, other);
  }

  @Test
  void F52_an_encrypted_key_is_told_as_such() {
    Path key = OWN.encryptedKeyPem(directory);
    IOException failure =
        assertThrows(IOException.class, () -> TlsOptions.fromPem(OWN.chainPem(directory), key));

    assertNames(failure, key);
    assertTrue(failure.getMessage().contains("encrypted"), failure::getMessage);
    assertFalse(failure.getMessage().contains(Issued.PASSWORD), failure::getMessage);
  }

  @Test
  void F52_options_show_no_key() {
    assertFalse(server().toString().contains("PRIVATE"));
    LeakedKeys.assertNoneIn(new IOException(server().toString()), OWN);
    LeakedKeys.assertNoneIn(
        new IOException(ServerOptions.DEFAULTS.withTls(server()).toString()), OWN);
  }
}
