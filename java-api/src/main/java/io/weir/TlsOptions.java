package io.weir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How to speak TLS, for a client, a server, or both. Immutable: each {@code with} method returns
 * changed options. TLS 1.3 and 1.2 are spoken, with cipher suites that have forward secrecy.
 *
 * <p>Keep the options and use them for many connections: those of one origin resume each other's
 * sessions, which makes handshakes short.
 *
 * <pre>{@code
 * // A client of a public server: asyncio's ssl=True.
 * ConnectOptions.DEFAULTS.withTls(TlsOptions.defaults());
 *
 * // A client of a server with a private authority.
 * ConnectOptions.DEFAULTS.withTls(TlsOptions.trusting(Path.of("ca.pem")));
 *
 * // A server.
 * ServerOptions.DEFAULTS.withTls(TlsOptions.fromPem(Path.of("cert.pem"), Path.of("key.pem")));
 * }</pre>
 *
 * <p>asyncio: {@code ssl=}, {@code server_hostname=}, {@code ssl_handshake_timeout=}, {@code
 * ssl_shutdown_timeout=}, and {@code ssl.SSLContext}.
 */
public final class TlsOptions {

  private static final TlsOptions DEFAULTS = new TlsOptions(new Builder(TlsMaterial.DEFAULT));

  private final TlsMaterial material;
  private final @Nullable String serverHostname;
  private final boolean anyHostname;
  private final Duration handshakeTimeout;
  private final Duration shutdownTimeout;
  private final List<String> applicationProtocols;
  private final ClientAuth clientAuth;
  private final List<String> protocols;
  private final @Nullable List<String> cipherSuites;
  private final boolean truncationAsEof;

  private TlsOptions(Builder values) {
    this.material = values.material;
    this.serverHostname = values.serverHostname;
    this.anyHostname = values.anyHostname;
    this.handshakeTimeout = values.handshakeTimeout;
    this.shutdownTimeout = values.shutdownTimeout;
    this.applicationProtocols = values.applicationProtocols;
    this.clientAuth = values.clientAuth;
    this.protocols = values.protocols;
    this.cipherSuites = values.cipherSuites;
    this.truncationAsEof = values.truncationAsEof;
  }

  // ---- keys and trust ----

  /**
   * Trusts whom the JDK trusts ({@code javax.net.ssl.trustStore} says otherwise) and has no
   * certificate to show: for clients of public servers.
   *
   * <p>asyncio: {@code ssl=True}.
   */
  public static TlsOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Takes keys and trust from a context of the JDK. Its own parameters (versions, suites) are not
   * taken over.
   *
   * <p>asyncio: {@code ssl=context}.
   */
  public static TlsOptions of(SSLContext context) {
    return new TlsOptions(new Builder(TlsMaterial.of(Objects.requireNonNull(context, "context"))));
  }

  /**
   * Shows a certificate: for servers, and for clients of servers that ask for one. Both files are
   * read now; see {@link Server#updateTls} for new ones.
   *
   * <p>asyncio: {@code SSLContext.load_cert_chain}.
   *
   * @param certificateChain a PEM file with the certificate, and behind it those of the authorities
   *     between it and the root
   * @param privateKey a PEM file with the certificate's key, RSA, EC or Ed25519, in PKCS#8 ({@code
   *     PRIVATE KEY}), PKCS#1 ({@code RSA PRIVATE KEY}) or SEC 1 ({@code EC PRIVATE KEY}), not
   *     encrypted
   * @throws IOException when a file cannot be read, or is not what it should be; the text names the
   *     file
   */
  public static TlsOptions fromPem(Path certificateChain, Path privateKey) throws IOException {
    return DEFAULTS.withCertificate(certificateChain, privateKey);
  }

  /**
   * Trusts certain authorities, and no others.
   *
   * <p>asyncio: {@code ssl.create_default_context(cafile=…)}.
   *
   * @param authorities a PEM file with their certificates, which is read now
   * @throws IOException when the file cannot be read, or is not what it should be; the text names
   *     the file
   */
  public static TlsOptions trusting(Path authorities) throws IOException {
    return DEFAULTS.withTrust(authorities);
  }

  /**
   * Shows a certificate, as {@link #fromPem}.
   *
   * @param certificateChain a PEM file
   * @param privateKey a PEM file
   * @throws IOException as {@link #fromPem}
   * @throws IllegalStateException when the options were made {@link #of} a context
   */
  public TlsOptions withCertificate(Path certificateChain, Path privateKey) throws IOException {
    Objects.requireNonNull(certificateChain, "certificateChain");
    Objects.requireNonNull(privateKey, "privateKey");
    return with(material.withCertificate(certificateChain, privateKey));
  }

  /**
   * Trusts certain authorities and no others, as {@link #trusting}. A server needs that for {@link
   * #withClientAuth}.
   *
   * @param authorities a PEM file
   * @throws IOException as {@link #trusting}
   * @throws IllegalStateException when the options were made {@link #of} a context
   */
  public TlsOptions withTrust(Path authorities) throws IOException {
    return with(material.withTrust(Objects.requireNonNull(authorities, "authorities")));
  }

  private TlsOptions with(TlsMaterial changed) {
    Builder values = new Builder(this);
    values.material = changed;
    return new TlsOptions(values);
  }

  TlsMaterial material() {
    return material;
  }

  // ---- the server's name ----

  /** The name that the server's certificate must have; null for the host that was dialled. */
  public @Nullable String serverHostname() {
    return serverHostname;
  }

  /**
   * Sets the name (or address) that a client asks for and that the server's certificate must have,
   * where that is not the host that was dialled, or none was: on a Unix socket, for instance.
   *
   * <p>asyncio: {@code server_hostname=}.
   *
   * @param name the name, not empty
   */
  public TlsOptions withServerHostname(String name) {
    if (Objects.requireNonNull(name, "name").isEmpty()) {
      throw new IllegalArgumentException(
          "name is empty: give the name in the server's certificate; for not looking at it there"
              + " is dangerouslyAcceptingAnyHostname()");
    }
    Builder values = new Builder(this);
    values.serverHostname = name;
    return new TlsOptions(values);
  }

  /** Whether a client takes a trusted certificate whatever name it has. */
  public boolean acceptsAnyHostname() {
    return anyHostname;
  }

  /**
   * Lets a client take every certificate that it trusts, whatever name it has: <b>whoever has a
   * certificate of a trusted authority, for any name, can then pose as the server</b>. It is right
   * where the authority signs for nobody else.
   *
   * <p>asyncio: {@code server_hostname=''}, {@code check_hostname = False}.
   */
  public TlsOptions dangerouslyAcceptingAnyHostname() {
    Builder values = new Builder(this);
    values.anyHostname = true;
    return new TlsOptions(values);
  }

  // ---- time ----

  /** How long a handshake may take. */
  public Duration handshakeTimeout() {
    return handshakeTimeout;
  }

  /**
   * Sets how long a handshake may take before it fails, 60 seconds by default.
   *
   * <p>asyncio: {@code ssl_handshake_timeout=}.
   *
   * @param timeout the time, more than 0
   */
  public TlsOptions withHandshakeTimeout(Duration timeout) {
    Builder values = new Builder(this);
    values.handshakeTimeout = Check.positive("timeout", timeout);
    return new TlsOptions(values);
  }

  /** How long the peer may take to answer our good-bye. */
  public Duration shutdownTimeout() {
    return shutdownTimeout;
  }

  /**
   * Sets how long closing waits for the peer's good-bye before it aborts, 30 seconds by default.
   *
   * <p>asyncio: {@code ssl_shutdown_timeout=}.
   *
   * @param timeout the time, more than 0
   */
  public TlsOptions withShutdownTimeout(Duration timeout) {
    Builder values = new Builder(this);
    values.shutdownTimeout = Check.positive("timeout", timeout);
    return new TlsOptions(values);
  }

  // ---- what is negotiated ----

  /** The application protocols to offer, the best first; none unless set. */
  public List<String> applicationProtocols() {
    return applicationProtocols;
  }

  /**
   * Offers application protocols (ALPN, RFC 7301). The one agreed on is {@link
   * ExtraInfo#APPLICATION_PROTOCOL}. When both sides offer some and none in common, the handshake
   * fails.
   *
   * @param names such as {@code "h2"}, the best first; of 255 bytes at most
   */
  public TlsOptions withApplicationProtocols(String... names) {
    Builder values = new Builder(this);
    values.applicationProtocols = Check.shortNames("application protocol", names);
    return new TlsOptions(values);
  }

  /** Whether a server asks for a certificate. */
  public ClientAuth clientAuth() {
    return clientAuth;
  }

  /**
   * Sets whether a server asks its clients for a certificate, which it does not by default; clients
   * ignore it. {@link #withTrust} says whose it takes.
   *
   * @param asks whether it asks
   */
  public TlsOptions withClientAuth(ClientAuth asks) {
    Builder values = new Builder(this);
    values.clientAuth = Objects.requireNonNull(asks, "asks");
    return new TlsOptions(values);
  }

  /** The versions of TLS that are allowed. */
  public List<String> protocols() {
    return protocols;
  }

  /**
   * Sets the versions of TLS that are allowed; {@code TLSv1.3} and {@code TLSv1.2} by default.
   *
   * @param names of the JDK, one at least
   * @throws IllegalArgumentException when the JDK knows no such version
   */
  public TlsOptions withProtocols(String... names) {
    Builder values = new Builder(this);
    values.protocols = Check.supported("protocol", names, TlsMaterial.supported().getProtocols());
    return new TlsOptions(values);
  }

  /**
   * The cipher suites that are allowed; null for those that the JDK allows and that have forward
   * secrecy and authenticated encryption.
   */
  public @Nullable List<String> cipherSuites() {
    return cipherSuites;
  }

  /**
   * Sets the cipher suites that are allowed, the best first.
   *
   * @param names of the JDK, one at least
   * @throws IllegalArgumentException when the JDK knows no such suite
   */
  public TlsOptions withCipherSuites(String... names) {
    Builder values = new Builder(this);
    values.cipherSuites =
        Check.supported("cipher suite", names, TlsMaterial.supported().getCipherSuites());
    return new TlsOptions(values);
  }

  // ---- the end ----

  /** Whether an end of the stream without the peer's good-bye is an end in order. */
  public boolean truncationAsEof() {
    return truncationAsEof;
  }

  /**
   * Sets whether an end of the stream without the peer's good-bye (close_notify) is an end in
   * order. By default a read fails with {@link TlsTruncationException} there. Where the protocol
   * itself tells that a message is whole, as HTTP does with {@code Content-Length}, nothing is lost
   * by it; peers that leave without a word are common.
   *
   * @param inOrder whether it is
   */
  public TlsOptions withTruncationAsEof(boolean inOrder) {
    Builder values = new Builder(this);
    values.truncationAsEof = inOrder;
    return new TlsOptions(values);
  }

  @Override
  public String toString() {
    return "TlsOptions["
        + material
        + ", serverHostname="
        + serverHostname
        + (anyHostname ? ", any hostname accepted" : "")
        + ", handshakeTimeout="
        + handshakeTimeout
        + ", shutdownTimeout="
        + shutdownTimeout
        + ", applicationProtocols="
        + applicationProtocols
        + ", clientAuth="
        + clientAuth
        + ", protocols="
        + protocols
        + ", cipherSuites="
        + (cipherSuites == null ? "default" : cipherSuites)
        + ", truncationAsEof="
        + truncationAsEof
        + "]";
  }

  /** The values on their way into new options. */
  private static final class Builder {

    TlsMaterial material;
    @Nullable String serverHostname;
    boolean anyHostname;
    Duration handshakeTimeout = Duration.ofSeconds(60);
    Duration shutdownTimeout = Duration.ofSeconds(30);
    List<String> applicationProtocols = List.of();
    ClientAuth clientAuth = ClientAuth.NONE;
    List<String> protocols = List.of("TLSv1.3", "TLSv1.2");
    @Nullable List<String> cipherSuites;
    boolean truncationAsEof;

    Builder(TlsMaterial material) {
      this.material = material;
    }

    Builder(TlsOptions from) {
      material = from.material;
      serverHostname = from.serverHostname;
      anyHostname = from.anyHostname;
      handshakeTimeout = from.handshakeTimeout;
      shutdownTimeout = from.shutdownTimeout;
      applicationProtocols = from.applicationProtocols;
      clientAuth = from.clientAuth;
      protocols = from.protocols;
      cipherSuites = from.cipherSuites;
      truncationAsEof = from.truncationAsEof;
    }
  }
}
