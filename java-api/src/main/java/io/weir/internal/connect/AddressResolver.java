package io.weir.internal.connect;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Turns a host's name into addresses. The JDK blocks for that, so it has threads of its own. */
public final class AddressResolver {

  private final Executor executor;

  /**
   * Makes a resolver.
   *
   * @param executor where its calls may block
   */
  public AddressResolver(Executor executor) {
    this.executor = executor;
  }

  /**
   * Finds the addresses of a host, in the JDK's order. Fails with {@link UnknownHostException},
   * which names the host. Completes on a thread of the resolver.
   */
  public CompletableFuture<List<InetSocketAddress>> resolve(String host, int port) {
    CompletableFuture<List<InetSocketAddress>> resolved = new CompletableFuture<>();
    executor.execute(
        () -> {
          try {
            resolved.complete(
                Arrays.stream(InetAddress.getAllByName(host))
                    .map(address -> new InetSocketAddress(address, port))
                    .toList());
          } catch (UnknownHostException e) {
            resolved.completeExceptionally(named(host, port, e));
          } catch (RuntimeException e) {
            resolved.completeExceptionally(e);
          }
        });
    return resolved;
  }

  private static UnknownHostException named(String host, int port, UnknownHostException cause) {
    UnknownHostException named =
        new UnknownHostException(
            "no address found for host '" + host + "', port " + port + ": " + cause.getMessage());
    named.initCause(cause);
    return named;
  }
}
