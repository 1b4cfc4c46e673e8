package io.weir;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Resolves host names. The default resolver calls the JDK, which blocks, on threads for that
 * purpose. Hosts that are IP addresses are not resolved.
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
