package io.weir.certificates;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.testing.Deadline;
import io.weir.testing.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CertificateAuthorityTest {

  private static final int TIMEOUT_MILLIS = (int) SECONDS.toMillis(Deadline.LIMIT_SECONDS);
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

  private final CertificateAuthority authority = CertificateAuthority.create("Test CA");

  @TempDir private Path files;

  @Test
  void a_certificate_is_for_this_machine_for_servers_and_clients_unless_told() throws Exception {
    X509Certificate certificate = authority.issue().certificate();

    certificate.checkValidity();
    certificate.verify(authority.certificate().getPublicKey());
    assertEquals(List.of(SERVER_AUTH, CLIENT_AUTH), certificate.getExtendedKeyUsage());
    assertEquals(
        List.of("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1"), alternativeNames(certificate));
    assertEquals("EC", certificate.getPublicKey().getAlgorithm());
  }

  private static List<?> alternativeNames(X509Certificate certificate) throws Exception {
    return certificate.getSubjectAlternativeNames().stream().map(name -> name.get(1)).toList();
  }

  @Test
  void a_certificate_has_what_it_is_told_to_have() throws Exception {
    X509Certificate certificate =
        authority
            .issue(
                Leaf.DEFAULTS
                    .withNames("weir.example", "192.0.2.1")
                    .withCommonName("somebody")
                    .withUsage(Usage.CLIENT))
            .certificate();

    assertEquals(List.of("weir.example", "192.0.2.1"), alternativeNames(certificate));
    assertEquals("CN=somebody", certificate.getSubjectX500Principal().getName());
    assertEquals(List.of(CLIENT_AUTH), certificate.getExtendedKeyUsage());
  }

  @Test
  void a_certificate_may_be_out_of_date() {
    X509Certificate expired = authority.issue(Leaf.DEFAULTS.expired()).certificate();
    X509Certificate early = authority.issue(Leaf.DEFAULTS.notYetValid()).certificate();

    assertThrows(CertificateExpiredException.class, expired::checkValidity);
    assertThrows(CertificateNotYetValidException.class, early::checkValidity);
  }

  @Test
  void a_certificate_may_sign_itself() {
    X509Certificate certificate = Leaf.DEFAULTS.selfSigned().certificate();

    assertEquals(certificate.getSubjectX500Principal(), certificate.getIssuerX500Principal());
    assertDoesNotThrow(() -> certificate.verify(certificate.getPublicKey()));
  }

  @ParameterizedTest
  @EnumSource
  void two_certificates_have_two_keys(KeyKind kind) {
    Leaf leaf = Leaf.DEFAULTS.withKey(kind);

    assertNotEquals(authority.issue(leaf).key(), authority.issue(leaf).key());
  }

  @Test
  void the_chain_goes_up_to_the_root_and_leaves_it_out() throws Exception {
    CertificateAuthority lower = authority.intermediate("upper").intermediate("lower");

    List<String> names =
        Stream.of(lower.issue().chain())
            .map(each -> each.getSubjectX500Principal().getName())
            .toList();

    assertEquals(List.of("CN=localhost", "CN=lower", "CN=upper"), names);
  }

  @Test
  void a_server_and_a_client_shake_hands() throws Exception {
    Issued server = authority.intermediate("between").issue();

    assertEquals("localhost", greeting(server.serverContext(), authority.clientContext(), false));
  }

  @Test
  void a_server_and_a_client_that_shows_a_certificate_shake_hands() throws Exception {
    SSLContext both =
        authority.issue(Leaf.DEFAULTS.withKey(KeyKind.RSA)).contextTrusting(authority);

    assertEquals("localhost", greeting(both, both, true));
  }

  private static String greeting(SSLContext server, SSLContext client, boolean mutual)
      throws Exception {
    try (SSLServerSocket listener =
            (SSLServerSocket)
                server
                    .getServerSocketFactory()
                    .createServerSocket(0, 1, InetAddress.getLoopbackAddress());
        SSLSocket socket = (SSLSocket) client.getSocketFactory().createSocket()) {
      listener.setNeedClientAuth(mutual);
      listener.setSoTimeout(TIMEOUT_MILLIS);
      CompletableFuture<Void> served = CompletableFuture.runAsync(() -> greet(listener));
      socket.connect(listener.getLocalSocketAddress(), TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      checkHost(socket);
      byte[] heard = socket.getInputStream().readAllBytes();
      served.get(Deadline.LIMIT_SECONDS, SECONDS);
      return new String(heard, US_ASCII);
    }
  }

  private static void checkHost(SSLSocket socket) {
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
  }

  private static void greet(SSLServerSocket listener) {
    try (SSLSocket socket = (SSLSocket) listener.accept()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.getOutputStream().write("localhost".getBytes(US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void openssl_finds_the_chain_of_the_files_good() throws Exception {
    Issued server = authority.intermediate("between").issue();
    Path chain = server.chainPem(files);

    openssl(
        "verify",
        "-x509_strict",
        "-verify_hostname",
        "localhost",
        "-purpose",
        "sslserver",
        "-CAfile",
        authority.pem(files),
        "-untrusted",
        chain,
        chain);
  }

  @ParameterizedTest
  @EnumSource
  void openssl_reads_the_files_of_the_keys(KeyKind kind) throws Exception {
    Issued server = authority.issue(Leaf.DEFAULTS.withKey(kind));

    openssl("pkey", "-check", "-noout", "-in", server.keyPem(files));
    openssl("pkey", "-check", "-noout", "-in", server.traditionalKeyPem(files));
    openssl(
        "pkey",
        "-check",
        "-noout",
        "-in",
        server.encryptedKeyPem(files),
        "-passin",
        "pass:" + Issued.PASSWORD);
  }

  @Test
  void the_files_of_the_keys_say_what_they_hold() throws Exception {
    Issued rsa = authority.issue(Leaf.DEFAULTS.withKey(KeyKind.RSA));
    Issued ec = authority.issue();

    assertEquals("-----BEGIN PRIVATE KEY-----", firstLine(rsa.keyPem(files)));
    assertEquals("-----BEGIN RSA PRIVATE KEY-----", firstLine(rsa.traditionalKeyPem(files)));
    assertEquals("-----BEGIN EC PRIVATE KEY-----", firstLine(ec.traditionalKeyPem(files)));
    assertEquals("-----BEGIN ENCRYPTED PRIVATE KEY-----", firstLine(ec.encryptedKeyPem(files)));
    assertTrue(Files.size(ec.chainPem(files)) > 0);
  }

  private static String firstLine(Path file) throws IOException {
    return Files.readAllLines(file).get(0);
  }

  private static void openssl(Object... arguments) throws Exception {
    Stream<String> given = Stream.of(arguments).map(String::valueOf);
    List<String> command = Stream.concat(Stream.of("openssl"), given).toList();
    try (Program program = Program.program(command)) {
      program.assertEndsWell();
    }
  }
}
