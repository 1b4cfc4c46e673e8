package io.weir.internal.connect;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** In which order to dial the addresses of a host. */
public final class AddressOrder {

  private AddressOrder() {}

  /**
   * Lets the two families of addresses take turns, so that one that does not work costs one delay
   * and not many (RFC 8305, section 4). Within a family the order stays.
   *
   * @param addresses as the resolver gave them; the first one's family begins
   * @param first how many of that family come before the other's first, 0 for leaving everything
   *     where it is
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
