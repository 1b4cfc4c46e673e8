package io.weir;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;

/** Which addresses of a host to use. asyncio: {@code family=}. */
public enum AddressFamily {

  /** All of them. */
  ANY,

  /** Those of IPv4. */
  IPV4,

  /** Those of IPv6. */
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
