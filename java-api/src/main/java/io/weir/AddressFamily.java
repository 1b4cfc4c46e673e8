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

  boolean has(InetAddress address) {
    return switch (this) {
      case ANY -> true;
      case IPV4 -> address instanceof Inet4Address;
      case IPV6 -> address instanceof Inet6Address;
    };
  }
}
