package io.weir.internal.connect;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Orders the addresses of a host for connecting. */
public final class AddressOrder {

  private AddressOrder() {}

  /**
   * Alternates the two families, so that a family without connectivity costs one delay instead of
   * many (RFC 8305, section 4). Keeps the order within a family.
   *
   * @param addresses the addresses in the resolver's order; the family of the first one is
   *     preferred
   * @param first how many addresses of the preferred family come before the first one of the other;
   *     0 keeps the resolver's order
   */
  public static List<InetSocketAddress> interleave(List<InetSocketAddress> addresses, int first) {
    if (first == 0 || addresses.isEmpty()) {
      return addresses;
    }
    boolean firstIsIpv4 = isIpv4(addresses.get(0));
    Deque<InetSocketAddress> own = family(addresses, firstIsIpv4);
    Deque<InetSocketAddress> others = family(addresses, !firstIsIpv4);
    List<InetSocketAddress> ordered = new ArrayList<>(addresses.size());
    move(own, first - 1, ordered);
    while (!own.isEmpty() || !others.isEmpty()) {
      move(own, 1, ordered);
      move(others, 1, ordered);
    }
    return ordered;
  }

  private static Deque<InetSocketAddress> family(List<InetSocketAddress> all, boolean ipv4) {
    Deque<InetSocketAddress> some = new ArrayDeque<>();
    all.stream().filter(address -> isIpv4(address) == ipv4).forEach(some::add);
    return some;
  }

  private static void move(Deque<InetSocketAddress> from, int count, List<InetSocketAddress> to) {
    for (int i = 0; i < count && !from.isEmpty(); i++) {
      to.add(from.remove());
    }
  }

  private static boolean isIpv4(InetSocketAddress address) {
    return address.getAddress() instanceof Inet4Address;
  }
}
