package io.weir;

import java.net.SocketAddress;
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
