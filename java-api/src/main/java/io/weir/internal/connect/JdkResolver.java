package io.weir.internal.connect;

import io.weir.internal.channel.IpLiteral;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;

/** Resolves host names with the JDK, which blocks. */
public final class JdkResolver {

  /** The blocking call of the JDK. */
  interface Lookup {
    InetAddress[] addressesOf(String host) throws UnknownHostException;
  }

  private final Executor lookUps;
  private final Executor completions;
  private final Lookup lookup;

  /**
   * Creates a resolver.
   *
   * @param lookUps runs the blocking calls
   * @param completions completes the futures
   */
  public JdkResolver(Executor lookUps, Executor completions) {
    this(lookUps, completions, InetAddress::getAllByName);
  }

  JdkResolver(Executor lookUps, Executor completions, Lookup lookup) {
    this.lookUps = lookUps;
    this.completions = completions;
    this.lookup = lookup;
  }

  /**
   * Returns the addresses of a host, in the JDK's order. The future is complete when the host is an
   * IP address. Fails with {@link UnknownHostException}, which names the host.
   *
   * @param needed the future that needs the addresses. When it is done before the look-up has
   *     started, there is no look-up, because the others wait for their turn. The returned future
   *     then stays pending.
   */
  public CompletableFuture<List<InetSocketAddress>> resolve(
      String host, int port, Future<?> needed) {
    CompletableFuture<List<InetSocketAddress>> resolved = new CompletableFuture<>();
    try {
      InetAddress literal = IpLiteral.parse(host);
      if (literal != null) {
        return CompletableFuture.completedFuture(List.of(new InetSocketAddress(literal, port)));
      }
      lookUps.execute(
          () -> {
            if (!needed.isDone()) {
              lookUp(host, port, resolved);
            }
          });
    } catch (UnknownHostException e) {
      resolved.completeExceptionally(named(host, port, e));
    } catch (Throwable refused) { // an OutOfMemoryError: no thread can be started
      resolved.completeExceptionally(refused);
    }
    return resolved;
  }

  private void lookUp(String host, int port, CompletableFuture<List<InetSocketAddress>> resolved) {
    try {
      List<InetSocketAddress> addresses =
          Arrays.stream(lookup.addressesOf(host))
              .map(address -> new InetSocketAddress(address, port))
              .toList();
      completions.execute(() -> resolved.complete(addresses));
    } catch (UnknownHostException e) {
      completions.execute(() -> resolved.completeExceptionally(named(host, port, e)));
    } catch (Throwable e) { // any failure must complete the future
      completions.execute(() -> resolved.completeExceptionally(e));
    }
  }

  private static UnknownHostException named(String host, int port, UnknownHostException cause) {
    UnknownHostException named =
        new UnknownHostException(
            "no address found for host '" + host + "', port " + port + ": " + cause.getMessage());
    named.initCause(cause);
    return named;
  }
}
