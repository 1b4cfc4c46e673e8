package io.weir.internal.channel;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Recognizes and parses IP addresses in text form. Never asks a name service, unlike {@link
 * InetAddress#getByName} when the text is not quite an address.
 *
 * <p>An address is four decimal numbers without leading zeros, such as {@code 1.2.3.4}, or an IPv6
 * address (RFC 4291, section 2.2), also in brackets as in a URI. An IPv6 address may have a zone
 * (RFC 4007, section 11), unless it is IPv4-mapped. No other text with a colon is a host. Every
 * other text is a name, even {@code 127.1}, {@code 0x7f.0.0.1} and {@code 010.0.0.1}, which name
 * services read in different ways.
 */
public final class IpLiteral {

  private static final int IPV4_BYTES = 4;
  private static final int IPV6_BYTES = 16;
  private static final int MAX_BYTE = 255;

  private IpLiteral() {}

  /** Returns whether a host is an IPv4 or IPv6 address. */
  public static boolean matches(String host) {
    return bytesOf(host) != null;
  }

  /** Returns whether a host is neither a name nor an address, because it has a colon. */
  public static boolean isNoHost(String host) {
    return host.indexOf(':') >= 0 && !matches(host);
  }

  /** Returns an IPv6 address without its brackets, and every other host unchanged. */
  public static String withoutBrackets(String host) {
    return matches(host) && host.charAt(0) == '[' ? host.substring(1, host.length() - 1) : host;
  }

  /**
   * Returns the address of a host, or null when the host is no address. Does not block.
   *
   * @throws UnknownHostException when the zone names no interface of this machine
   */
  public static @Nullable InetAddress parse(String host) throws UnknownHostException {
    byte[] bytes = bytesOf(host);
    if (bytes == null) {
      return null;
    }
    String zone = zoneOf(host);
    return zone.isEmpty() ? InetAddress.getByAddress(bytes) : withZone(host, bytes, zone);
  }

  private static InetAddress withZone(String host, byte[] bytes, String zone)
      throws UnknownHostException {
    if (zone.chars().allMatch(each -> isDecimal((char) each))) {
      try {
        return Inet6Address.getByAddress(null, bytes, Integer.parseInt(zone));
      } catch (NumberFormatException e) {
        throw noInterface(host, e);
      }
    }
    try {
      NetworkInterface named = NetworkInterface.getByName(zone);
      if (named != null) {
        return Inet6Address.getByAddress(null, bytes, named);
      }
    } catch (SocketException | UnknownHostException e) { // the latter: no IPv6 address on it
      throw noInterface(host, e);
    }
    throw noInterface(host, null);
  }

  private static UnknownHostException noInterface(String host, @Nullable Exception cause) {
    UnknownHostException unknown =
        new UnknownHostException(
            "no interface of this machine has the zone of the address '" + host + "'");
    unknown.initCause(cause);
    return unknown;
  }

  private static byte @Nullable [] bytesOf(String host) {
    return host.indexOf(':') < 0 ? ipv4(host) : ipv6WithZone(host);
  }

  private static byte @Nullable [] ipv6WithZone(String host) {
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    String address = bracketed ? host.substring(1, host.length() - 1) : host;
    int percent = address.indexOf('%');
    if (percent < 0) {
      return ipv6(address);
    }
    byte[] bytes = percent == address.length() - 1 ? null : ipv6(address.substring(0, percent));
    return bytes == null || isIpv4Mapped(bytes) ? null : bytes;
  }

  /** Returns the zone of an address; empty for none. */
  private static String zoneOf(String literal) {
    int percent = literal.indexOf('%');
    int end = literal.length() - (literal.startsWith("[") ? 1 : 0);
    return percent < 0 ? "" : literal.substring(percent + 1, end);
  }

  /** Returns whether {@link InetAddress#getByAddress} makes an IPv4 address of the bytes. */
  private static boolean isIpv4Mapped(byte[] bytes) {
    for (int i = 0; i < 10; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return bytes[10] == (byte) 0xff && bytes[11] == (byte) 0xff;
  }

  private static byte @Nullable [] ipv4(String text) {
    String[] numbers = text.split("\\.", -1);
    if (numbers.length != IPV4_BYTES) {
      return null;
    }
    byte[] bytes = new byte[IPV4_BYTES];
    for (int i = 0; i < IPV4_BYTES; i++) {
      int value = decimalByte(numbers[i]);
      if (value < 0) {
        return null;
      }
      bytes[i] = (byte) value;
    }
    return bytes;
  }

  /** Returns the value of a decimal number from 0 to 255 without leading zeros, or -1. */
  private static int decimalByte(String number) {
    boolean leadingZero = number.length() > 1 && number.charAt(0) == '0';
    if (number.isEmpty() || number.length() > 3 || leadingZero) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < number.length(); i++) {
      if (!isDecimal(number.charAt(i))) {
        return -1;
      }
      value = 10 * value + number.charAt(i) - '0';
    }
    return value <= MAX_BYTE ? value : -1;
  }

  /** Parses an IPv6 address. One "::" may stand for one or more groups of zeros. */
  private static byte @Nullable [] ipv6(String text) {
    int gap = text.indexOf("::");
    if (gap < 0) {
      byte[] all = groups(text);
      return all != null && all.length == IPV6_BYTES ? all : null;
    }
    byte[] before = groups(text.substring(0, gap));
    byte[] after = groups(text.substring(gap + 2));
    boolean dottedInside = text.lastIndexOf('.', gap) >= 0;
    if (before == null
        || after == null
        || dottedInside
        || before.length + after.length > IPV6_BYTES - 2) {
      return null;
    }
    byte[] bytes = Arrays.copyOf(before, IPV6_BYTES);
    System.arraycopy(after, 0, bytes, IPV6_BYTES - after.length, after.length);
    return bytes;
  }

  /** Returns the bytes of groups between colons, or null. The last group may be an IPv4 address. */
  private static byte @Nullable [] groups(String text) {
    if (text.isEmpty()) {
      return new byte[0];
    }
    String[] groups = text.split(":", -1);
    byte[] dotted = ipv4(groups[groups.length - 1]);
    int hexadecimal = dotted == null ? groups.length : groups.length - 1;
    if (hexadecimal > IPV6_BYTES / 2) {
      return null;
    }
    byte[] bytes = new byte[2 * hexadecimal + (dotted == null ? 0 : IPV4_BYTES)];
    for (int i = 0; i < hexadecimal; i++) {
      int value = hexadecimalGroup(groups[i]);
      if (value < 0) {
        return null;
      }
      bytes[2 * i] = (byte) (value >> 8);
      bytes[2 * i + 1] = (byte) value;
    }
    if (dotted != null) {
      System.arraycopy(dotted, 0, bytes, 2 * hexadecimal, IPV4_BYTES);
    }
    return bytes;
  }

  /** Returns the value of one to four hexadecimal digits, or -1. */
  private static int hexadecimalGroup(String group) {
    if (group.isEmpty() || group.length() > 4) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < group.length(); i++) {
      if (!HexFormat.isHexDigit(group.charAt(i))) { // ASCII only
        return -1;
      }
      value = 16 * value + HexFormat.fromHexDigit(group.charAt(i));
    }
    return value;
  }

  private static boolean isDecimal(char each) {
    return each >= '0' && each <= '9';
  }
}
