package io.weir.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AsyncStreams;
import io.weir.ClientAuth;
import io.weir.ConnectOptions;
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
import io.weir.certificates.Usage;
import io.weir.testing.Deadline;
import io.weir.testing.FailedHandshake;
import io.weir.testing.LeakedKeys;
import io.weir.testing.Loopback;
import io.weir.testing.Multiplicity;
import io.weir.testing.TlsOptionsSource;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The {@link TlsFailure} and the message of each handshake failure, on both sides of a connection
 * between two Weir endpoints.
 */
@Tag(Multiplicity.TAG)
class TlsFailuresTest {

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");
  private static final CertificateAuthority OTHER = CertificateAuthority.create("Other CA");
  private static final Issued SERVER = AUTHORITY.issue();
  private static final Leaf CLIENT = Leaf.DEFAULTS.withNames("client.test");

  @TempDir Path directory;

  /** What is opened once in the life of the JVM is open before sockets are counted. */
  @BeforeAll
  static void shakeHandsOnce() {
    TlsOptions tls = TlsOptions.of(SERVER.contextTrusting(AUTHORITY));
    Server server = Loopback.serve(TlsFailuresTest::end, ServerOptions.DEFAULTS.withTls(tls));
    Loopback.connect(Loopback.port(server), ConnectOptions.DEFAULTS.withTls(tls)).close();
    Loopback.end(server);
  }

  private static CompletableFuture<Void> end(StreamReader reader, StreamWriter writer) {
    writer.close();
    return writer.waitClosed();
  }

  /** Each source of options with each version; a part by default. */
  static List<Arguments> ways() {
    return Multiplicity.ends(
        Stream.of(TlsOptionsSource.values())
            .flatMap(
                from ->
                    Stream.of("TLSv1.3", "TLSv1.2").map(protocol -> Arguments.of(from, protocol)))
            .toList());
  }

  private TlsOptions server(TlsOptionsSource from, Issued own) {
    return from.options(directory, own, null);
  }

  private TlsOptions client(TlsOptionsSource from, String... protocols) {
    TlsOptions options = from.options(directory, null, AUTHORITY);
    return protocols.length == 0 ? options : options.withProtocols(protocols);
  }

  private static TlsException assertFailure(TlsFailure expected, Throwable error) {
    TlsException failure =
        assertInstanceOf(TlsException.class, error, () -> "not a failure of TLS: " + error);
    assertEquals(expected, failure.failure(), failure::getMessage);
    assertNotNull(failure.getMessage());
    return failure;
  }

  private static void assertTells(Throwable failure, String... parts) {
    for (String part : parts) {
      assertTrue(
          failure.getMessage().contains(part),
          () -> "'" + part + "' is not in: " + failure.getMessage());
    }
  }

  /** A certificate that the client does not take: the server's error listener hears of it too. */
  private TlsException refusedByClient(
      TlsOptionsSource from, String protocol, String host, Issued shown, TlsFailure expected) {
    FailedHandshake failed =
        FailedHandshake.failed(server(from, shown), host, client(from, protocol));
    TlsException failure = assertFailure(expected, failed.client());
    assertTells(failure, "TLS handshake with '" + host + "' failed");
    LeakedKeys.assertNoneIn(failed.client(), shown);

    TlsException told = assertFailure(TlsFailure.CERTIFICATE_REFUSED, failed.server());
    assertTells(told, "TLS handshake with a client failed", "refuses the certificate");
    LeakedKeys.assertNoneIn(failed.server(), shown);
    return failure;
  }

  @ParameterizedTest
  @MethodSource("ways")
  void a_certificate_of_an_unknown_authority_is_not_trusted(
      TlsOptionsSource from, String protocol) {
    TlsException failure =
        refusedByClient(from, protocol, "localhost", OTHER.issue(), TlsFailure.UNTRUSTED);

    assertTells(failure, "certificate", "not trusted", "TlsOptions.trusting");
    if (from == TlsOptionsSource.FILES) {
      assertTells(failure, "the certificate of CN=localhost, issued by CN=Other CA");
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void a_certificate_signed_by_its_own_key_is_not_trusted(TlsOptionsSource from, String protocol) {
    Issued shown = Leaf.DEFAULTS.selfSigned();
    TlsException failure =
        refusedByClient(from, protocol, "localhost", shown, TlsFailure.UNTRUSTED);

    assertTells(failure, "certificate", "not trusted", "TlsOptions.trusting");
    if (from == TlsOptionsSource.FILES) {
      assertTells(failure, "the certificate of CN=localhost, issued by CN=localhost");
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void a_certificate_whose_time_is_over_has_expired(TlsOptionsSource from, String protocol) {
    Issued shown = AUTHORITY.issue(Leaf.DEFAULTS.expired());
    TlsException failure = refusedByClient(from, protocol, "localhost", shown, TlsFailure.EXPIRED);

    assertTells(failure, "has expired");
    if (from == TlsOptionsSource.FILES) {
      assertTells(failure, "CN=localhost", shown.certificate().getNotAfter().toInstant() + "");
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void a_certificate_whose_time_has_not_begun_is_not_valid_yet(
      TlsOptionsSource from, String protocol) {
    Issued shown = AUTHORITY.issue(Leaf.DEFAULTS.notYetValid());
    TlsException failure =
        refusedByClient(from, protocol, "localhost", shown, TlsFailure.NOT_YET_VALID);

    assertTells(failure, "is not valid yet");
    if (from == TlsOptionsSource.FILES) {
      assertTells(failure, "CN=localhost", shown.certificate().getNotBefore().toInstant() + "");
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void a_certificate_for_other_names_is_not_for_the_host(TlsOptionsSource from, String protocol) {
    Issued shown = AUTHORITY.issue(Leaf.DEFAULTS.withNames("weir.test", "10.1.2.3"));
    TlsException failure =
        refusedByClient(from, protocol, "localhost", shown, TlsFailure.WRONG_HOST);

    assertTells(failure, "not for 'localhost'", "TlsOptions.withServerHostname");
    if (from == TlsOptionsSource.FILES) {
      assertTells(failure, "the server's certificate is for weir.test, 10.1.2.3,");
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void a_certificate_for_other_addresses_is_not_for_the_address(
      TlsOptionsSource from, String protocol) {
    Issued shown = AUTHORITY.issue(Leaf.DEFAULTS.withNames("localhost", "10.1.2.3"));
    TlsException failure =
        refusedByClient(from, protocol, "127.0.0.1", shown, TlsFailure.WRONG_HOST);

    assertTells(failure, "not for '127.0.0.1'", "TlsOptions.withServerHostname");
    if (from == TlsOptionsSource.FILES) {
      assertTells(failure, "the server's certificate is for localhost, 10.1.2.3,");
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void an_address_in_the_common_name_is_not_enough(TlsOptionsSource from, String protocol) {
    Leaf nameless = Leaf.DEFAULTS.withNames().withCommonName("127.0.0.1");
    TlsException failure =
        refusedByClient(
            from, protocol, "127.0.0.1", AUTHORITY.issue(nameless), TlsFailure.WRONG_HOST);

    assertTells(failure, "not for '127.0.0.1'");
  }

  @ParameterizedTest
  @MethodSource("ways")
  void a_name_set_in_the_options_is_the_one_that_counts(TlsOptionsSource from, String protocol) {
    TlsOptions client = client(from, protocol).withServerHostname("weir.test");
    FailedHandshake failed = FailedHandshake.failed(server(from, SERVER), "localhost", client);

    TlsException failure = assertFailure(TlsFailure.WRONG_HOST, failed.client());
    assertTells(failure, "with 'weir.test' failed", "not for 'weir.test'");
  }

  @ParameterizedTest
  @MethodSource("ways")
  void a_certificate_for_another_use_is_not_trusted(TlsOptionsSource from, String protocol) {
    for (Usage usage : List.of(Usage.CLIENT, Usage.NEITHER)) {
      Issued shown = AUTHORITY.issue(Leaf.DEFAULTS.withUsage(usage));
      TlsException failure =
          refusedByClient(from, protocol, "localhost", shown, TlsFailure.UNTRUSTED);

      assertTells(failure, "TLS server authentication");
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_server_may_have_no_key_that_the_client_can_use(TlsOptionsSource from) {
    Issued rsa = AUTHORITY.issue(Leaf.DEFAULTS.withKey(KeyKind.RSA));
    TlsOptions client =
        client(from, "TLSv1.2").withCipherSuites("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    FailedHandshake failed = FailedHandshake.failed(server(from, rsa), "localhost", client);

    TlsException failure = assertFailure(TlsFailure.NO_COMMON_CIPHER, failed.client());
    assertTells(failure, "'localhost'", "no cipher suite or kind of key in common");
    LeakedKeys.assertNoneIn(failure, rsa);
    TlsException told = assertFailure(TlsFailure.NO_COMMON_CIPHER, failed.server());
    assertTells(told, "a client", "no cipher suite or kind of key in common");
    LeakedKeys.assertNoneIn(told, rsa);
  }

  @Test
  void a_context_without_a_key_has_no_certificate_for_any_client() {
    for (String protocol : List.of("TLSv1.3", "TLSv1.2")) {
      TlsOptions server = TlsOptions.of(AUTHORITY.clientContext());
      FailedHandshake failed =
          FailedHandshake.failed(server, "localhost", client(TlsOptionsSource.CONTEXT, protocol));

      assertFailure(TlsFailure.NO_COMMON_CIPHER, failed.client());
      TlsException told = assertFailure(TlsFailure.NO_COMMON_CIPHER, failed.server());
      assertTells(told, "no cipher suite or kind of key in common");
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void a_client_without_a_certificate_is_told_that_it_needs_one(
      TlsOptionsSource from, String protocol) {
    TlsOptions server =
        from.options(directory, SERVER, AUTHORITY).withClientAuth(ClientAuth.REQUIRED);
    FailedHandshake failed = FailedHandshake.failed(server, "localhost", client(from, protocol));

    TlsException told = assertFailure(TlsFailure.CERTIFICATE_REQUIRED, failed.server());
    assertTells(told, "presented no certificate");
    LeakedKeys.assertNoneIn(told, SERVER);
    if (from == TlsOptionsSource.FILES
        && protocol.equals("TLSv1.2")
        && saysNoMore(failed.client())) {
      assertTells(failed.client(), "'localhost'", "it requires a certificate");
    } else if (from == TlsOptionsSource.FILES) {
      TlsException failure = assertFailure(TlsFailure.CERTIFICATE_REQUIRED, failed.client());
      assertTells(failure, "'localhost'", "requires a certificate", "TlsOptions.withCertificate");
    } else { // whether there is a key in the context is not known
      assertInstanceOf(TlsException.class, failed.client());
    }
  }

  /** Newer JDKs send what RFC 5246, section 7.4.6, asks for, which can mean many things. */
  private static boolean saysNoMore(Throwable failure) {
    return failure.getMessage().contains("handshake_failure");
  }

  /** A certificate of a client that the server does not take. */
  private void refusedByServer(
      TlsOptionsSource from, String protocol, Issued shown, TlsFailure expected, String... parts) {
    for (ClientAuth asks : List.of(ClientAuth.WANTED, ClientAuth.REQUIRED)) {
      TlsOptions server = from.options(directory, SERVER, AUTHORITY).withClientAuth(asks);
      TlsOptions client = from.options(directory, shown, AUTHORITY).withProtocols(protocol);
      FailedHandshake failed = FailedHandshake.failed(server, "localhost", client);

      TlsException told = assertFailure(expected, failed.server());
      assertTells(told, "TLS handshake with a client failed");
      if (from == TlsOptionsSource.FILES) {
        assertTells(told, parts);
      }
      LeakedKeys.assertNoneIn(told, SERVER, shown);
      TlsException failure = assertFailure(TlsFailure.CERTIFICATE_REFUSED, failed.client());
      assertTells(failure, "'localhost'", "refuses the certificate presented by this side");
      LeakedKeys.assertNoneIn(failure, SERVER, shown);
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void a_clients_certificate_that_has_expired_is_refused(TlsOptionsSource from, String protocol) {
    Issued shown = AUTHORITY.issue(CLIENT.expired());
    String until = shown.certificate().getNotAfter().toInstant() + "";

    refusedByServer(
        from, protocol, shown, TlsFailure.EXPIRED, "CN=client.test", until, "has expired");
  }

  @ParameterizedTest
  @MethodSource("ways")
  void a_clients_certificate_that_is_not_valid_yet_is_refused(
      TlsOptionsSource from, String protocol) {
    Issued shown = AUTHORITY.issue(CLIENT.notYetValid());

    refusedByServer(
        from, protocol, shown, TlsFailure.NOT_YET_VALID, "CN=client.test", "not valid yet");
  }

  @ParameterizedTest
  @MethodSource("ways")
  void a_clients_certificate_for_servers_only_is_refused(TlsOptionsSource from, String protocol) {
    Issued shown = AUTHORITY.issue(CLIENT.withUsage(Usage.SERVER));

    refusedByServer(
        from, protocol, shown, TlsFailure.UNTRUSTED, "CN=client.test", "TLS client authentication");
  }

  @ParameterizedTest
  @EnumSource
  void a_client_shows_no_certificate_to_a_server_that_does_not_name_its_authority(
      TlsOptionsSource from) {
    TlsOptions server =
        from.options(directory, SERVER, AUTHORITY).withClientAuth(ClientAuth.REQUIRED);
    TlsOptions client = from.options(directory, OTHER.issue(CLIENT), AUTHORITY);
    FailedHandshake failed = FailedHandshake.failed(server, "localhost", client);

    assertFailure(TlsFailure.CERTIFICATE_REQUIRED, failed.server());
    assertInstanceOf(TlsException.class, failed.client());
  }

  @ParameterizedTest
  @EnumSource
  void no_version_in_common_is_told_with_what_is_allowed(TlsOptionsSource from) {
    TlsOptions server = server(from, SERVER).withProtocols("TLSv1.3");
    FailedHandshake newer = FailedHandshake.failed(server, "localhost", client(from, "TLSv1.2"));

    TlsException failure = assertFailure(TlsFailure.NO_COMMON_PROTOCOL, newer.client());
    assertTells(failure, "'localhost'", "no version of TLS in common", "[TLSv1.2]");
    TlsException told = assertFailure(TlsFailure.NO_COMMON_PROTOCOL, newer.server());
    assertTells(told, "a client", "no version of TLS in common", "[TLSv1.3]");

    TlsOptions older = server(from, SERVER).withProtocols("TLSv1.2");
    FailedHandshake other = FailedHandshake.failed(older, "localhost", client(from, "TLSv1.3"));
    assertFailure(TlsFailure.NO_COMMON_PROTOCOL, other.client());
    assertFailure(TlsFailure.NO_COMMON_PROTOCOL, other.server());
  }

  @ParameterizedTest
  @EnumSource
  void no_cipher_suite_in_common_is_told(TlsOptionsSource from) {
    for (List<String> pair :
        List.of(
            List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"),
            List.of(
                "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"))) {
      TlsOptions server = server(from, SERVER).withCipherSuites(pair.get(0));
      TlsOptions client = client(from).withCipherSuites(pair.get(1));
      FailedHandshake failed = FailedHandshake.failed(server, "localhost", client);

      TlsException failure = assertFailure(TlsFailure.NO_COMMON_CIPHER, failed.client());
      assertTells(failure, "'localhost'", "no cipher suite");
      assertTells(
          assertFailure(TlsFailure.NO_COMMON_CIPHER, failed.server()), "a client", "cipher suite");
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  void no_application_protocol_in_common_is_told_with_what_is_offered(
      TlsOptionsSource from, String protocol) {
    TlsOptions server = server(from, SERVER).withApplicationProtocols("one", "two");
    TlsOptions client = client(from, protocol).withApplicationProtocols("three");
    FailedHandshake failed = FailedHandshake.failed(server, "localhost", client);

    TlsException failure =
        assertFailure(TlsFailure.NO_COMMON_APPLICATION_PROTOCOL, failed.client());
    assertTells(failure, "'localhost'", "no application protocol in common", "[three]");
    TlsException told = assertFailure(TlsFailure.NO_COMMON_APPLICATION_PROTOCOL, failed.server());
    assertTells(told, "a client", "no application protocol in common", "[one, two]");
  }

  @Test
  void a_connection_that_fails_after_the_handshake_fails_every_later_read_alike() {
    TlsOptions server =
        TlsOptionsSource.FILES
            .options(directory, SERVER, AUTHORITY)
            .withClientAuth(ClientAuth.REQUIRED);
    Server listening =
        Loopback.serve(
            TlsFailuresTest::end,
            ServerOptions.DEFAULTS.withTls(server).withErrorListener((stage, peer, error) -> {}));
    StreamConnection connection =
        Deadline.get(
            AsyncStreams.openConnection(
                "localhost",
                Loopback.port(listening),
                ConnectOptions.DEFAULTS.withTls(client(TlsOptionsSource.FILES, "TLSv1.3"))));

    TlsException first = Deadline.failure(TlsException.class, connection.reader().read(1));
    assertFailure(TlsFailure.CERTIFICATE_REQUIRED, first);
    assertEquals(first, Deadline.failure(TlsException.class, connection.reader().read(1)));
    assertEquals(first, Deadline.failure(TlsException.class, connection.writer().drain()));
    assertEquals(first, Deadline.failure(TlsException.class, connection.writer().waitClosed()));
    assertFalse(connection.reader().atEof());
    Loopback.end(listening);
  }
}
