package io.weir.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectOptions;
import io.weir.ErrorStage;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.TlsException;
import io.weir.TlsFailure;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import io.weir.certificates.KeyKind;
import io.weir.certificates.Leaf;
import io.weir.testing.BlockingSockets;
import io.weir.testing.CapturedLog;
import io.weir.testing.FailedHandshake;
import io.weir.testing.Loopback;
import io.weir.testing.TestServer;
import io.weir.testing.TlsOverWire;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.UUID;
import java.util.logging.Level;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.StandardConstants;
import javax.net.ssl.X509ExtendedKeyManager;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the operator of a server can fix is a warning; what a client does wrong is not. */
class OwnTlsFailuresTest {

  private static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");
  private static final InetSocketAddress PEER = new InetSocketAddress("192.0.2.7", 4711);

  private static TlsOptions client(String protocol) {
    return TlsOptions.of(AUTHORITY.clientContext()).withProtocols(protocol);
  }

  private static TlsException failureOf(TlsOptions server, TlsOptions client) {
    return assertInstanceOf(
        TlsException.class, FailedHandshake.failed(server, "localhost", client).server());
  }

  /** The levels at which the default listener logs an error that is reported twice. */
  private static void assertLogged(TlsException reported, Level first, Level second) {
    TlsException error = // that no test before has reported in this minute
        new TlsException(
            reported.failure(), reported.getMessage() + UUID.randomUUID(), reported.getCause());
    for (Throwable mark : reported.getSuppressed()) {
      error.addSuppressed(mark);
    }
    try (CapturedLog log = CapturedLog.ofDebugging()) {
      for (int i = 0; i < 2; i++) {
        ServerOptions.DEFAULTS.errorListener().onError(ErrorStage.TLS_HANDSHAKE, PEER, error);
      }
      assertEquals(first, log.records().get(0).getLevel(), error::getMessage);
      assertEquals(second, log.records().get(1).getLevel(), error::getMessage);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void a_key_manager_that_throws_is_a_warning(String protocol) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(new KeyManager[] {new BrokenKeys("of " + protocol)}, null, null);
    TlsException failure = failureOf(TlsOptions.of(context), client(protocol));

    assertEquals(TlsFailure.BROKEN_DOWN, failure.failure(), failure::getMessage);
    assertTrue(failure.getMessage().contains("the vault is locked"), failure::getMessage);
    assertLogged(failure, Level.WARNING, Level.FINE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void a_certificate_of_this_side_that_has_expired_is_a_warning(String protocol) {
    Issued own = AUTHORITY.issue(Leaf.DEFAULTS.expired());
    TlsException failure = failureOf(TlsOptions.of(own.serverContext()), client(protocol));

    assertEquals(TlsFailure.CERTIFICATE_REFUSED, failure.failure(), failure::getMessage);
    assertTrue(
        failure.getMessage().contains("this side's certificate has expired: the certificate of"),
        failure::getMessage);
    assertLogged(failure, Level.WARNING, Level.FINE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void a_client_that_does_not_trust_a_valid_certificate_is_for_the_debug_log(String protocol) {
    Issued own = CertificateAuthority.create("Other CA").issue();
    TlsException failure = failureOf(TlsOptions.of(own.serverContext()), client(protocol));

    assertEquals(TlsFailure.CERTIFICATE_REFUSED, failure.failure(), failure::getMessage);
    assertLogged(failure, Level.FINE, Level.FINE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void a_server_without_a_key_that_any_client_can_use_is_a_warning(String protocol)
      throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, null, null);
    TlsException failure = failureOf(TlsOptions.of(context), client(protocol));

    assertEquals(TlsFailure.NO_COMMON_CIPHER, failure.failure(), failure::getMessage);
    assertTrue(
        failure.getMessage().contains("no key that the client can use"), failure::getMessage);
    assertLogged(failure, Level.WARNING, Level.FINE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2"})
  void a_client_that_cannot_use_a_key_that_others_use_is_for_the_debug_log(String protocol) {
    TlsOptions server =
        TlsOptions.of(AUTHORITY.issue(Leaf.DEFAULTS.withKey(KeyKind.RSA)).serverContext());
    TlsException before =
        failureOf(
            server, client(protocol).withCipherSuites("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"));
    assertLogged(before, Level.WARNING, Level.FINE);
    try (TestServer served =
            TestServer.by(
                (reader, writer) -> reader.read(), ServerOptions.DEFAULTS.withTls(server));
        StreamConnection connection =
            Loopback.connect(
                served.address().getPort(), ConnectOptions.DEFAULTS.withTls(client(protocol)))) {
      assertFalse(connection.writer().isClosing());
    }

    TlsException after =
        failureOf(
            server, client(protocol).withCipherSuites("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"));
    assertLogged(after, Level.FINE, Level.FINE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil\u2028FAKE LOG LINE",
        "\u202egol eht ni",
        "Received fatal alert: certificate_expired",
        "no cipher suites in common \u2028"
      })
  void a_client_that_asks_for_what_is_no_name_says_nothing_of_its_own(String name) {
    TlsOptions server = TlsOptions.of(AUTHORITY.issue().serverContext());
    TlsException failure =
        assertInstanceOf(
            TlsException.class,
            FailedHandshake.failed(server, address -> askFor(name, address)).server());

    assertEquals(TlsFailure.CORRUPT, failure.failure(), failure::getMessage);
    assertFalse(failure.getMessage().contains(name), failure::getMessage);
    assertFalse(
        failure.getMessage().matches("(?s).*[\\p{Cc}\\p{Cf}\\p{Zl}].*"), failure::getMessage);
    assertLogged(failure, Level.FINE, Level.FINE);
  }

  private static Throwable askFor(String name, InetSocketAddress server) throws IOException {
    SSLEngine client = TlsOverWire.clientEngine("TLSv1.3");
    SSLParameters parameters = client.getSSLParameters();
    parameters.setServerNames(List.of(new AnyName(name)));
    client.setSSLParameters(parameters);
    ByteBuffer hello = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
    client.beginHandshake();
    client.wrap(ByteBuffer.allocate(0), hello);
    try (Socket socket = BlockingSockets.connect(server.getPort())) {
      socket.getOutputStream().write(hello.array(), 0, hello.position());
      socket.getInputStream().readAllBytes();
    }
    return new IOException("refused");
  }

  /** What a client asks for in the place of a name. */
  private static final class AnyName extends SNIServerName {

    AnyName(String text) {
      super(StandardConstants.SNI_HOST_NAME, text.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static final class BrokenKeys extends X509ExtendedKeyManager {

    private final String of;

    BrokenKeys(String of) {
      this.of = of;
    }

    private IllegalStateException locked() {
      return new IllegalStateException("the vault is locked, " + of);
    }

    @Override
    public String chooseEngineServerAlias(String type, Principal[] issuers, SSLEngine engine) {
      throw locked();
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      throw locked();
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      throw locked();
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      throw locked();
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      throw locked();
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      throw locked();
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      throw locked();
    }
  }
}
