package io.weir;

import io.weir.internal.tls.TlsSessionInfo;
import java.net.SocketAddress;
import java.security.cert.Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import jdk.net.UnixDomainPrincipal;

/**
 * A key of what can be asked about a connection with {@link StreamWriter#getExtraInfo}.
 *
 * <p>asyncio: the names of {@code get_extra_info}.
 *
 * @param <T> the type of the value
 */
public final class ExtraInfo<T> {

  /** The peer's address, also after closing. asyncio: {@code 'peername'}. */
  public static final ExtraInfo<SocketAddress> PEER_NAME =
      new ExtraInfo<>("peername", SocketAddress.class);

  /** This end's address, also after closing. asyncio: {@code 'sockname'}. */
  public static final ExtraInfo<SocketAddress> SOCK_NAME =
      new ExtraInfo<>("sockname", SocketAddress.class);

  /** The socket, to look at and to set options of. asyncio: {@code 'socket'}. */
  public static final ExtraInfo<TransportSocket> SOCKET =
      new ExtraInfo<>("socket", TransportSocket.class);

  /**
   * The user and the group of the process at the other end of a Unix domain socket, as the kernel
   * knew them when it connected; only there. The socket option {@code SO_PEERCRED}.
   */
  public static final ExtraInfo<UnixDomainPrincipal> PEER_CREDENTIALS =
      new ExtraInfo<>("peercred", UnixDomainPrincipal.class);

  /** What TLS has agreed on; null without TLS, as all that follow. */
  public static final ExtraInfo<SSLSession> SSL_SESSION =
      new ExtraInfo<>(TlsSessionInfo.SESSION, SSLSession.class);

  /** Where TLS has its keys and trust from. asyncio: {@code 'sslcontext'}. */
  public static final ExtraInfo<SSLContext> SSL_CONTEXT =
      new ExtraInfo<>(TlsSessionInfo.CONTEXT, SSLContext.class);

  /**
   * The peer's certificate, and behind it those of the authorities above it, as it sent them; null
   * when it showed none. asyncio: {@code 'peercert'}.
   */
  public static final ExtraInfo<Certificate[]> PEER_CERTIFICATES =
      new ExtraInfo<>(TlsSessionInfo.PEER_CERTIFICATES, Certificate[].class);

  /** The cipher suite, by the JDK's name. asyncio: {@code 'cipher'}. */
  public static final ExtraInfo<String> CIPHER =
      new ExtraInfo<>(TlsSessionInfo.CIPHER, String.class);

  /** The version of TLS, {@code TLSv1.3} for instance. asyncio: in {@code 'cipher'}. */
  public static final ExtraInfo<String> TLS_PROTOCOL =
      new ExtraInfo<>(TlsSessionInfo.PROTOCOL, String.class);

  /** The application protocol agreed on (ALPN); null when there is none. */
  public static final ExtraInfo<String> APPLICATION_PROTOCOL =
      new ExtraInfo<>(TlsSessionInfo.APPLICATION_PROTOCOL, String.class);

  /** The server's name that the client asked for (SNI); null when it asked for none. */
  public static final ExtraInfo<String> SERVER_NAME =
      new ExtraInfo<>(TlsSessionInfo.SERVER_NAME, String.class);

  private final String name;
  private final Class<T> type;

  private ExtraInfo(String name, Class<T> type) {
    this.name = name;
    this.type = type;
  }

  /** asyncio's name, where it has one. */
  public String name() {
    return name;
  }

  /** The type of the value. */
  public Class<T> type() {
    return type;
  }

  @Override
  public String toString() {
    return name;
  }
}
