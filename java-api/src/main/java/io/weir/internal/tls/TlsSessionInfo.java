package io.weir.internal.tls;

import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The result of a handshake, by the names that {@code ExtraInfo} uses.
 *
 * @param context the context of the connection
 * @param session the negotiated session
 * @param applicationProtocol the negotiated application protocol (ALPN, RFC 7301), or null
 */
public record TlsSessionInfo(
    SSLContext context, SSLSession session, @Nullable String applicationProtocol) {

  public static final String CONTEXT = "sslcontext";
  public static final String SESSION = "ssl_session";
  public static final String PEER_CERTIFICATES = "peercert";
  public static final String CIPHER = "cipher";
  public static final String PROTOCOL = "ssl_version";
  public static final String APPLICATION_PROTOCOL = "alpn_protocol";
  public static final String SERVER_NAME = "server_name";

  /** Returns a value by its name, or null when there is none. */
  @Nullable Object get(String name) {
    return switch (name) {
      case CONTEXT -> context;
      case SESSION -> session;
      case PEER_CERTIFICATES -> peerCertificates();
      case CIPHER -> session.getCipherSuite();
      case PROTOCOL -> session.getProtocol();
      case APPLICATION_PROTOCOL -> applicationProtocol;
      case SERVER_NAME -> serverName();
      default -> null;
    };
  }

  private @Nullable Object peerCertificates() {
    try {
      return session.getPeerCertificates();
    } catch (SSLPeerUnverifiedException e) {
      return null; // a client without a certificate
    }
  }

  private @Nullable String serverName() {
    if (session instanceof ExtendedSSLSession extended) {
      for (SNIServerName name : extended.getRequestedServerNames()) {
        if (name instanceof SNIHostName host) {
          return host.getAsciiName();
        }
      }
    }
    return null;
  }
}
