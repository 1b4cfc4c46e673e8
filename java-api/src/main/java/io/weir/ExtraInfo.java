package io.weir;

import io.weir.internal.tls.TlsSessionInfo;
import java.net.SocketAddress;
import java.security.cert.Certificate;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import jdk.net.UnixDomainPrincipal;

/**
 * A key of {@link StreamWriter#getExtraInfo}.
 *
 * <p>asyncio: the names of {@code get_extra_info}.
 *
 * @param <T> the type of the value
 */
public final class ExtraInfo<T> {

  /** The peer's address, also after closing. asyncio: {@code 'peername'}. */
  public static final ExtraInfo<SocketAddress> PEER_NAME =
      new ExtraInfo<>("peername", SocketAddress.class);

  /** The local address, also after closing. asyncio: {@code 'sockname'}. */
  public static final ExtraInfo<SocketAddress> SOCK_NAME =
      new ExtraInfo<>("sockname", SocketAddress.class);

  /** The socket, for its addresses and options. asyncio: {@code 'socket'}. */
  public static final ExtraInfo<TransportSocket> SOCKET =
      new ExtraInfo<>("socket", TransportSocket.class);

  /**
   * The user and the group of the peer's process on a Unix domain socket, at the time when it
   * connected (the socket option {@code SO_PEERCRED}). Null on other connections, and where the JVM
   * does not have the module {@code jdk.net}. An application in a named module must require that
   * module.
   */
  public static final ExtraInfo<UnixDomainPrincipal> PEER_CREDENTIALS =
      new ExtraInfo<>("peercred", () -> UnixDomainPrincipal.class);

  /** The TLS session. Null without TLS, like all following keys. */
  public static final ExtraInfo<SSLSession> SSL_SESSION =
      new ExtraInfo<>(TlsSessionInfo.SESSION, SSLSession.class);

  /**
   * The SSLContext, which has the keys and the trusted authorities. asyncio: {@code 'sslcontext'}.
   */
  public static final ExtraInfo<SSLContext> SSL_CONTEXT =
      new ExtraInfo<>(TlsSessionInfo.CONTEXT, SSLContext.class);

  /**
   * The peer's certificate chain as the peer sent it, its own certificate first. Null when the peer
   * sent none. asyncio: {@code 'peercert'}.
   */
  public static final ExtraInfo<Certificate[]> PEER_CERTIFICATES =
      new ExtraInfo<>(TlsSessionInfo.PEER_CERTIFICATES, Certificate[].class);

  /** The JDK's name of the cipher suite. asyncio: {@code 'cipher'}. */
  public static final ExtraInfo<String> CIPHER =
      new ExtraInfo<>(TlsSessionInfo.CIPHER, String.class);

  /** The TLS version, for example {@code TLSv1.3}. asyncio: in {@code 'cipher'}. */
  public static final ExtraInfo<String> TLS_PROTOCOL =
      new ExtraInfo<>(TlsSessionInfo.PROTOCOL, String.class);

  /** The negotiated application protocol (ALPN), or null. */
  public static final ExtraInfo<String> APPLICATION_PROTOCOL =
      new ExtraInfo<>(TlsSessionInfo.APPLICATION_PROTOCOL, String.class);

  /** The server name that the client requested (SNI), or null. */
  public static final ExtraInfo<String> SERVER_NAME =
      new ExtraInfo<>(TlsSessionInfo.SERVER_NAME, String.class);

  private final String name;
  private final Supplier<Class<T>> type; // loads the class when it is needed

  private ExtraInfo(String name, Class<T> type) {
    this(name, () -> type);
  }

  private ExtraInfo(String name, Supplier<Class<T>> type) {
    this.name = name;
    this.type = type;
  }

  /** Returns the name, which is asyncio's if asyncio has this key. */
  public String name() {
    return name;
  }

  /** Returns the type of the value. */
  public Class<T> type() {
    return type.get();
  }

  @Override
  public String toString() {
    return name;
  }
}
