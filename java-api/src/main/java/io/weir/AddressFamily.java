package io.weir;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;

/** The family of the addresses to use. asyncio: {@code family=}. */
public enum AddressFamily {

  /** IPv4 and IPv6. */
  ANY,

  /** IPv4 only. */
  IPV4,

  /** IPv6 only. */
  IPV6;

  /** Returns the type of the addresses of this family. */
  Class<? extends InetAddress> addressType() {
    return switch (this) {
      case ANY -> InetAddress.class;
      case IPV4 -> Inet4Address.class;
      case IPV6 -> Inet6Address.class;
    };
  }
}
