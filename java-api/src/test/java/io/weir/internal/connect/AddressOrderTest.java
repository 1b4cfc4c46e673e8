package io.weir.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressOrderTest {

  /** Addresses by short names: 6a is of IPv6, 4a of IPv4. */
  private static List<InetSocketAddress> addresses(String names) {
    return Arrays.stream(names.split(" ")).map(AddressOrderTest::address).toList();
  }

  private static InetSocketAddress address(String name) {
    byte[] bytes = new byte[name.startsWith("6") ? 16 : 4];
    bytes[bytes.length - 1] = (byte) name.charAt(1);
    try {
      return new InetSocketAddress(InetAddress.getByAddress(name, bytes), 1);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static String names(List<InetSocketAddress> addresses) {
    return addresses.stream()
        .map(InetSocketAddress::getHostString)
        .collect(Collectors.joining(" "));
  }

  @ParameterizedTest(name = "{0}, the first {1}: {2}")
  @CsvSource({
    "6a 6b 6c 4a 4b 4c, 1, 6a 4a 6b 4b 6c 4c",
    "6a 6b 6c 4a 4b 4c, 2, 6a 6b 4a 6c 4b 4c",
    "6a 6b 6c 4a 4b 4c, 3, 6a 6b 6c 4a 4b 4c",
    "6a 6b 6c 4a 4b 4c, 9, 6a 6b 6c 4a 4b 4c",
    "4a 6a 4b 6b, 1, 4a 6a 4b 6b",
    "4a 4b 6a, 1, 4a 6a 4b",
    "6a 4a 4b 4c, 1, 6a 4a 4b 4c",
    "4a 4b, 1, 4a 4b",
    "6a, 1, 6a"
  })
  void the_families_take_turns_behind_the_first(String given, int first, String expected) {
    assertEquals(expected, names(AddressOrder.interleave(addresses(given), first)));
  }

  @Test
  void zero_leaves_the_order_of_the_resolver() {
    List<InetSocketAddress> given = addresses("6a 6b 4a");

    assertSame(given, AddressOrder.interleave(given, 0));
  }

  @Test
  void no_addresses_stay_none() {
    assertEquals(List.of(), AddressOrder.interleave(List.of(), 1));
  }
}
