package io.weir.internal.tls;

import io.weir.ClientAuth;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The TLS options of a client or a server.
 *
 * @param credentials the keys and the trust
 * @param serverHostname the name that the server's certificate must match; null for the host of the
 *     connect call
 * @param acceptsAnyHostname whether a client accepts a trusted certificate with any name
 * @param sendsServerName whether a client sends the server's name (SNI)
 * @param protocols the enabled versions of TLS
 * @param cipherSuites the enabled cipher suites; null for the JDK's suites that have forward
 *     secrecy and authenticated encryption
 * @param applicationProtocols the offered application protocols (ALPN, RFC 7301)
 * @param clientAuth whether a server requests a certificate
 * @param timeouts the timeouts
 * @param truncationAsEof whether an EOF without close_notify is a clean EOF
 * @param description the options as text, for error messages
 */
public record TlsSettings(
    TlsCredentials credentials,
    @Nullable String serverHostname,
    boolean acceptsAnyHostname,
    boolean sendsServerName,
    List<String> protocols,
    @Nullable List<String> cipherSuites,
    List<String> applicationProtocols,
    ClientAuth clientAuth,
    TlsTimeouts timeouts,
    boolean truncationAsEof,
    String description) {

  /**
   * Checks that a server can present a certificate.
   *
   * @throws IllegalArgumentException when there is none
   */
  public void requireCertificate() {
    if (!credentials.canServe()) {
      throw new IllegalArgumentException(
          "a TLS server needs a certificate and there is none in "
              + description
              + ": use TlsOptions.fromPem, withCertificate, or of(SSLContext)");
    }
  }

  @Override
  public String toString() {
    return description;
  }
}
