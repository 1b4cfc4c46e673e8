package io.weir.internal.channel;

import java.util.regex.Pattern;

/** Recognizes IP addresses in text form. */
public final class IpLiteral {

  private static final String BYTE = "(25[0-5]|2[0-4]\\d|[01]?\\d?\\d)";
  private static final Pattern IPV4 = Pattern.compile(BYTE + "(\\." + BYTE + "){3}");

  private IpLiteral() {}

  /** Returns whether a host is an IPv4 or IPv6 address, which the JDK resolves without a lookup. */
  public static boolean matches(String host) {
    return host.indexOf(':') >= 0 || IPV4.matcher(host).matches();
  }
}
