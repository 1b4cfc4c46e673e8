package io.weir;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Finds the addresses of a host. The one that is used unless the options give another asks the JDK,
 * which blocks, on threads of its own. Hosts that are addresses themselves are not asked for.
 *
 * <p>asyncio: {@code loop.getaddrinfo}.
 */
@FunctionalInterface
public interface AddressResolver {

  /**
   * Finds the addresses of a host, the best first. It must not block; the stage may complete on any
   * thread. An empty list, or a failure, fails who asked.
   *
   * @param host the name, as the user gave it
   */
  CompletionStage<List<InetAddress>> resolve(String host);
}
