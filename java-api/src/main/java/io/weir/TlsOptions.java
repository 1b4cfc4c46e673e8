package io.weir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
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

  private static final TlsOptions DEFAULTS = new TlsOptions(new Values());

  private final Values values; // never changed after construction

  private TlsOptions(Values values) {
    this.values = values;
  }

  private TlsOptions with(Consumer<Values> change) {
    Values changed = values.clone();
    change.accept(changed);
    return new TlsOptions(changed);
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
    Objects.requireNonNull(context, "context");
    return DEFAULTS.with(v -> v.material = TlsMaterial.of(context));
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
    TlsMaterial changed = values.material.withCertificate(certificateChain, privateKey);
    return with(v -> v.material = changed);
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
    TlsMaterial changed =
        values.material.withTrust(Objects.requireNonNull(authorities, "authorities"));
    return with(v -> v.material = changed);
  }

  TlsMaterial material() {
    return values.material;
  }

  // ---- the server's name ----

  /** The name that the server's certificate must have; null for the host that was dialled. */
  public @Nullable String serverHostname() {
    return values.serverHostname;
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
    return with(v -> v.serverHostname = name);
  }

  /** Whether a client takes a trusted certificate whatever name it has. */
  public boolean acceptsAnyHostname() {
    return values.anyHostname;
  }

  /**
   * Lets a client take every certificate that it trusts, whatever name it has: <b>whoever has a
   * certificate of a trusted authority, for any name, can then pose as the server</b>. It is right
   * where the authority signs for nobody else.
   *
   * <p>asyncio: {@code server_hostname=''}, {@code check_hostname = False}.
   */
  public TlsOptions dangerouslyAcceptingAnyHostname() {
    return with(v -> v.anyHostname = true);
  }

  // ---- time ----

  /** How long a handshake may take. */
  public Duration handshakeTimeout() {
    return values.handshakeTimeout;
  }

  /**
   * Sets how long a handshake may take before it fails, 60 seconds by default.
   *
   * <p>asyncio: {@code ssl_handshake_timeout=}.
   *
   * @param timeout the time, more than 0
   */
  public TlsOptions withHandshakeTimeout(Duration timeout) {
    return with(v -> v.handshakeTimeout = Check.positive("timeout", timeout));
  }

  /** How long the peer may take to answer our good-bye. */
  public Duration shutdownTimeout() {
    return values.shutdownTimeout;
  }

  /**
   * Sets how long closing waits for the peer's good-bye before it aborts, 30 seconds by default.
   *
   * <p>asyncio: {@code ssl_shutdown_timeout=}.
   *
   * @param timeout the time, more than 0
   */
  public TlsOptions withShutdownTimeout(Duration timeout) {
    return with(v -> v.shutdownTimeout = Check.positive("timeout", timeout));
  }

  // ---- what is negotiated ----

  /** The application protocols to offer, the best first; none unless set. */
  public List<String> applicationProtocols() {
    return values.applicationProtocols;
  }

  /**
   * Offers application protocols (ALPN, RFC 7301). The one agreed on is {@link
   * ExtraInfo#APPLICATION_PROTOCOL}. When both sides offer some and none in common, the handshake
   * fails.
   *
   * @param names such as {@code "h2"}, the best first; of 255 bytes at most
   */
  public TlsOptions withApplicationProtocols(String... names) {
    return with(v -> v.applicationProtocols = Check.shortNames("application protocol", names));
  }

  /** Whether a server asks for a certificate. */
  public ClientAuth clientAuth() {
    return values.clientAuth;
  }

  /**
   * Sets whether a server asks its clients for a certificate, which it does not by default; clients
   * ignore it. {@link #withTrust} says whose it takes.
   *
   * @param asks whether it asks
   */
  public TlsOptions withClientAuth(ClientAuth asks) {
    return with(v -> v.clientAuth = Objects.requireNonNull(asks, "asks"));
  }

  /** The versions of TLS that are allowed. */
  public List<String> protocols() {
    return values.protocols;
  }

  /**
   * Sets the versions of TLS that are allowed; {@code TLSv1.3} and {@code TLSv1.2} by default.
   *
   * @param names of the JDK, one at least
   * @throws IllegalArgumentException when the JDK knows no such version
   */
  public TlsOptions withProtocols(String... names) {
    return with(
        v ->
            v.protocols =
                Check.supported("protocol", names, TlsMaterial.supported().getProtocols()));
  }

  /**
   * The cipher suites that are allowed; null for those that the JDK allows and that have forward
   * secrecy and authenticated encryption.
   */
  public @Nullable List<String> cipherSuites() {
    return values.cipherSuites;
  }

  /**
   * Sets the cipher suites that are allowed, the best first.
   *
   * @param names of the JDK, one at least
   * @throws IllegalArgumentException when the JDK knows no such suite
   */
  public TlsOptions withCipherSuites(String... names) {
    return with(
        v ->
            v.cipherSuites =
                Check.supported("cipher suite", names, TlsMaterial.supported().getCipherSuites()));
  }

  // ---- the end ----

  /** Whether an end of the stream without the peer's good-bye is an end in order. */
  public boolean truncationAsEof() {
    return values.truncationAsEof;
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
    return with(v -> v.truncationAsEof = inOrder);
  }

  @Override
  public String toString() {
    return "TlsOptions["
        + values.material
        + ", serverHostname="
        + values.serverHostname
        + (values.anyHostname ? ", any hostname accepted" : "")
        + ", handshakeTimeout="
        + values.handshakeTimeout
        + ", shutdownTimeout="
        + values.shutdownTimeout
        + ", applicationProtocols="
        + values.applicationProtocols
        + ", clientAuth="
        + values.clientAuth
        + ", protocols="
        + values.protocols
        + ", cipherSuites="
        + (values.cipherSuites == null ? "default" : values.cipherSuites)
        + ", truncationAsEof="
        + values.truncationAsEof
        + "]";
  }

  /** Holds the value of each option, with its default. */
  private static final class Values implements Cloneable {

    TlsMaterial material = TlsMaterial.DEFAULT;
    @Nullable String serverHostname;
    boolean anyHostname;
    Duration handshakeTimeout = Duration.ofSeconds(60);
    Duration shutdownTimeout = Duration.ofSeconds(30);
    List<String> applicationProtocols = List.of();
    ClientAuth clientAuth = ClientAuth.NONE;
    List<String> protocols = List.of("TLSv1.3", "TLSv1.2");
    @Nullable List<String> cipherSuites;
    boolean truncationAsEof;

    @Override
    public Values clone() {
      try {
        return (Values) super.clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError("Values is Cloneable", e);
      }
    }
  }
}
