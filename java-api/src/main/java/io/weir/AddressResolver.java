package io.weir;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Resolves host names. The default resolver makes the JDK's blocking calls on separate threads.
 * Hosts that are IP addresses are not resolved.
 *
 * <p>An IP address is one of these, everywhere in this library:
 *
 * <ul>
 *   <li>{@code 192.0.2.1}: four decimal numbers without leading zeros.
 *   <li>{@code 2001:db8::1}, {@code ::ffff:192.0.2.1}: IPv6, in all forms of RFC 4291, section 2.2.
 *   <li>{@code fe80::1%eth0}, {@code fe80::1%2}: IPv6 with a zone, which is an interface's name or
 *       number.
 *   <li>{@code [2001:db8::1]}: IPv6 in brackets, as {@link java.net.URI#getHost} returns it.
 * </ul>
 *
 * <p>Any other host with a colon is refused. Everything else is a name, including {@code 127.1},
 * {@code 0x7f.1} and {@code 010.0.0.1}: the resolver decides what it means, and systems differ.
 *
 * <p>asyncio: {@code loop.getaddrinfo}.
 */
@FunctionalInterface
public interface AddressResolver {

  /**
   * Returns the addresses of a host, in order of preference. Must not block. The stage may complete
   * on any thread. An empty list or a failure fails the call that needs the address.
   *
   * @param host the host name, as the program passed it
   */
  CompletionStage<List<InetAddress>> resolve(String host);
}
