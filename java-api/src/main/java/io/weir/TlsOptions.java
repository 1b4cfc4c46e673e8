package io.weir;

import io.weir.internal.tls.TlsCredentials;
import io.weir.internal.tls.TlsSettings;
import io.weir.internal.tls.TlsTimeouts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The TLS options of a client, a server, or both. Instances are immutable, so any thread may use
 * them. Each {@code with} method returns a copy with one option changed. TLS 1.3 and TLS 1.2 are
 * supported, with cipher suites that have forward secrecy.
 *
 * <p>Use one instance for many connections. Connections whose options derive from one instance,
 * with the same keys and trust, resume each other's sessions. Resumption shortens handshakes.
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
 * <p>A {@code with} method throws {@link IllegalArgumentException} for a value out of range, and
 * {@link NullPointerException} for a null that is not marked {@code Nullable}.
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
   * Returns options for clients of public servers. The options trust the authorities that the JDK
   * trusts and present no certificate. The system property {@code javax.net.ssl.trustStore} selects
   * other authorities.
   *
   * <p>asyncio: {@code ssl=True}.
   */
  public static TlsOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Returns options with the keys and the trust of an {@link SSLContext}, of the JDK or of another
   * provider. The context's own parameters (protocol versions, cipher suites) are not used.
   *
   * <p>asyncio: {@code ssl=context}.
   *
   * @param context the context
   */
  public static TlsOptions of(SSLContext context) {
    Objects.requireNonNull(context, "context");
    return DEFAULTS.with(v -> v.credentials = TlsCredentials.of(context));
  }

  /**
   * Returns options that present a certificate, for a server or for a client whose server requests
   * one. Both files are read in this call. {@link Server#updateTls} replaces the certificate of a
   * running server.
   *
   * <p>asyncio: {@code SSLContext.load_cert_chain}.
   *
   * @param certificateChain a PEM file with the certificate, followed by the certificates of the
   *     authorities between it and the root
   * @param privateKey a PEM file with the certificate's key: RSA, EC or Ed25519, in PKCS#8 ({@code
   *     PRIVATE KEY}), PKCS#1 ({@code RSA PRIVATE KEY}) or SEC 1 ({@code EC PRIVATE KEY}), not
   *     encrypted
   * @throws IOException when a file cannot be read or has the wrong content; the message names the
   *     file
   */
  public static TlsOptions fromPem(Path certificateChain, Path privateKey) throws IOException {
    return DEFAULTS.withCertificate(certificateChain, privateKey);
  }

  /**
   * Returns options that trust only certain authorities.
   *
   * <p>asyncio: {@code ssl.create_default_context(cafile=…)}.
   *
   * @param authorities a PEM file with the certificates of the authorities, which is read in this
   *     call
   * @throws IOException when the file cannot be read or has the wrong content; the message names
   *     the file
   */
  public static TlsOptions trusting(Path authorities) throws IOException {
    return DEFAULTS.withTrust(authorities);
  }

  /**
   * Presents a certificate. {@link #fromPem} describes the files.
   *
   * @param certificateChain a PEM file with the certificate chain
   * @param privateKey a PEM file with the certificate's key
   * @throws IOException when a file cannot be read or has the wrong content; the message names the
   *     file
   * @throws IllegalStateException when the options were created with {@link #of}
   */
  public TlsOptions withCertificate(Path certificateChain, Path privateKey) throws IOException {
    Objects.requireNonNull(certificateChain, "certificateChain");
    Objects.requireNonNull(privateKey, "privateKey");
    TlsCredentials changed = values.credentials.withCertificate(certificateChain, privateKey);
    return with(v -> v.credentials = changed);
  }

  /**
   * Trusts only certain authorities. A server needs this option for {@link #withClientAuth}.
   *
   * @param authorities a PEM file with the certificates of the authorities, which is read in this
   *     call
   * @throws IOException when the file cannot be read or has the wrong content; the message names
   *     the file
   * @throws IllegalStateException when the options were created with {@link #of}
   */
  public TlsOptions withTrust(Path authorities) throws IOException {
    TlsCredentials changed =
        values.credentials.withTrust(Objects.requireNonNull(authorities, "authorities"));
    return with(v -> v.credentials = changed);
  }

  // ---- server name ----

  /** Returns the name that the certificate must match, or null for the host of the connect call. */
  public @Nullable String serverHostname() {
    return values.serverHostname;
  }

  /**
   * Sets the name or address that a client requests (SNI, RFC 6066, section 3) and that the
   * server's certificate must match. The name replaces the host name in the call that opens the
   * connection. A connection without a host name, to a Unix domain socket for example, needs this
   * option or {@link #dangerouslyAcceptingAnyHostname}.
   *
   * <p>A name with an underscore is also requested and checked, although it is not a valid host
   * name. JDK servers refuse a client that requests one.
   *
   * <p>asyncio: {@code server_hostname=}.
   *
   * @param name the name, not empty
   */
  public TlsOptions withServerHostname(String name) {
    if (Objects.requireNonNull(name, "name").isEmpty()) {
      throw new IllegalArgumentException(
          "name is empty: give the name in the server's certificate, or accept any name with"
              + " dangerouslyAcceptingAnyHostname()");
    }
    return with(v -> v.serverHostname = Check.nameOrAddress("name", name));
  }

  /** Returns whether a client accepts a trusted certificate with any name. */
  public boolean acceptsAnyHostname() {
    return values.anyHostname;
  }

  /**
   * Lets a client accept every certificate that it trusts, with any name. <b>Every owner of a
   * certificate of a trusted authority, for any name, can then impersonate the server.</b> Call
   * this method only when the authority issues certificates to no other party.
   *
   * <p>asyncio: {@code check_hostname = False}.
   */
  public TlsOptions dangerouslyAcceptingAnyHostname() {
    return with(v -> v.anyHostname = true);
  }

  /** Returns whether a client sends the server's name. */
  public boolean serverNameIndication() {
    return values.serverNameIndication;
  }

  /**
   * Sets whether a client sends the server's name in its ClientHello (SNI, RFC 6066, section 3),
   * unencrypted; true by default. The certificate must match the name in either case. Without SNI,
   * a server with several names may present the certificate of another one, or refuse the client.
   * An address is never sent. Servers ignore the option.
   *
   * <p>asyncio: {@code server_hostname=''}, which also turns the check of the name off.
   *
   * @param sent whether the name is sent
   */
  public TlsOptions withServerNameIndication(boolean sent) {
    return with(v -> v.serverNameIndication = sent);
  }

  // ---- timeouts ----

  /** Returns the maximum duration of a TLS handshake. */
  public Duration handshakeTimeout() {
    return values.handshakeTimeout;
  }

  /**
   * Limits the duration of a TLS handshake, 60 seconds by default. A handshake that takes longer
   * fails with a {@link TlsException}, whose failure is {@link TlsFailure#TIMEOUT}.
   *
   * <p>asyncio: {@code ssl_handshake_timeout=}.
   *
   * @param timeout the maximum duration, more than 0
   */
  public TlsOptions withHandshakeTimeout(Duration timeout) {
    return with(v -> v.handshakeTimeout = Check.positive("timeout", timeout));
  }

  /** Returns how long closing waits for the peer's close_notify. */
  public Duration shutdownTimeout() {
    return values.shutdownTimeout;
  }

  /**
   * Limits how long {@link StreamWriter#close} waits for the close_notify of a silent peer before
   * it aborts the connection, 30 seconds by default. When the peer continues to send data, {@code
   * close} discards it for a second or up to 1 MiB, and then closes. {@link
   * StreamWriter#closeGracefully} and {@link Server#shutdown} wait for a second at most, also for a
   * silent peer. After all three calls, the limit also applies while the kernel does not accept
   * this side's close_notify, because the peer does not read.
   *
   * <p>asyncio: {@code ssl_shutdown_timeout=}.
   *
   * @param timeout the maximum time, more than 0
   */
  public TlsOptions withShutdownTimeout(Duration timeout) {
    return with(v -> v.shutdownTimeout = Check.positive("timeout", timeout));
  }

  // ---- negotiation ----

  /** Returns the application protocols to offer, in order of preference; empty by default. */
  public List<String> applicationProtocols() {
    return values.applicationProtocols;
  }

  /**
   * Offers application protocols (ALPN, RFC 7301). {@link ExtraInfo#APPLICATION_PROTOCOL} returns
   * the negotiated one. The handshake fails when both sides offer protocols and have none in
   * common.
   *
   * @param names the protocols, such as {@code "h2"}, in order of preference; at most 255 bytes
   *     each
   */
  public TlsOptions withApplicationProtocols(String... names) {
    return with(v -> v.applicationProtocols = Check.shortNames("application protocol", names));
  }

  /** Returns whether a server requests a certificate from its clients. */
  public ClientAuth clientAuth() {
    return values.clientAuth;
  }

  /**
   * Sets whether a server requests a certificate from its clients, {@link ClientAuth#NONE} by
   * default. Clients ignore the option. {@link #withTrust} sets the authorities whose certificates
   * the server accepts.
   *
   * @param clientAuth whether the server requests a certificate
   */
  public TlsOptions withClientAuth(ClientAuth clientAuth) {
    return with(v -> v.clientAuth = Objects.requireNonNull(clientAuth, "clientAuth"));
  }

  /** Returns the enabled versions of TLS. */
  public List<String> protocols() {
    return values.protocols;
  }

  /**
   * Sets the enabled versions of TLS, {@code TLSv1.3} and {@code TLSv1.2} by default.
   *
   * @param names the JDK's names of the versions, at least one
   * @throws IllegalArgumentException when the JDK does not know a version
   */
  public TlsOptions withProtocols(String... names) {
    return with(
        v ->
            v.protocols =
                Check.supported("protocol", names, TlsCredentials.supported().getProtocols()));
  }

  /**
   * Returns the enabled cipher suites. Null selects the suites that the JDK enables and that have
   * forward secrecy and authenticated encryption.
   */
  public @Nullable List<String> cipherSuites() {
    return values.cipherSuites;
  }

  /**
   * Sets the enabled cipher suites, in order of preference.
   *
   * @param names the JDK's names of the suites, at least one
   * @throws IllegalArgumentException when the JDK does not know a suite
   */
  public TlsOptions withCipherSuites(String... names) {
    return with(
        v ->
            v.cipherSuites =
                Check.supported(
                    "cipher suite", names, TlsCredentials.supported().getCipherSuites()));
  }

  // ---- close ----

  /** Returns whether an EOF without the peer's close_notify is a clean EOF. */
  public boolean truncationAsEof() {
    return values.truncationAsEof;
  }

  /**
   * Sets whether an EOF without the peer's close_notify is a clean EOF. By default, a read fails
   * with {@link TlsTruncationException} there.
   *
   * <p>Many peers close without close_notify. The option is safe when the protocol itself marks the
   * end of a message, as HTTP does with {@code Content-Length}.
   *
   * @param truncationAsEof whether such an EOF is clean
   */
  public TlsOptions withTruncationAsEof(boolean truncationAsEof) {
    return with(v -> v.truncationAsEof = truncationAsEof);
  }

  /** Returns the options for the internal packages, which do not use this class. */
  TlsSettings settings() {
    return new TlsSettings(
        values.credentials,
        values.serverHostname,
        values.anyHostname,
        values.serverNameIndication,
        values.protocols,
        values.cipherSuites,
        values.applicationProtocols,
        values.clientAuth,
        new TlsTimeouts(values.handshakeTimeout, values.shutdownTimeout),
        values.truncationAsEof,
        toString());
  }

  @Override
  public String toString() {
    return "TlsOptions["
        + values.credentials
        + ", serverHostname="
        + values.serverHostname
        + (values.anyHostname ? ", any hostname accepted" : "")
        + (values.serverNameIndication ? "" : ", no server name indication")
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

    TlsCredentials credentials = TlsCredentials.DEFAULT;
    @Nullable String serverHostname;
    boolean anyHostname;
    boolean serverNameIndication = true;
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
