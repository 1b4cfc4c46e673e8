package io.weir.internal.connect;

import io.weir.internal.channel.IpLiteral;
import io.weir.internal.concurrent.TurnPool;
import io.weir.internal.log.Reason;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Resolves host names with the JDK, which blocks. */
public final class JdkResolver {

  /** The blocking call of the JDK. */
  interface Lookup {
    InetAddress[] addressesOf(String host) throws UnknownHostException;
  }

  private final TurnPool lookUps;
  private final Executor completions;
  private final Lookup lookup;

  /**
   * Creates a resolver.
   *
   * @param lookUps runs the blocking calls
   * @param completions completes the futures
   */
  public JdkResolver(TurnPool lookUps, Executor completions) {
    this(lookUps, completions, InetAddress::getAllByName);
  }

  JdkResolver(TurnPool lookUps, Executor completions, Lookup lookup) {
    this.lookUps = lookUps;
    this.completions = completions;
    this.lookup = lookup;
  }

  /**
   * Returns the addresses of a host, in the JDK's order. For an IP address the returned future is
   * complete. Fails with {@link UnknownHostException}, which names the host.
   *
   * @param needed the future that needs the addresses. Once it is done, a look-up that has not
   *     started is dropped, and the returned future stays pending. A running look-up loses its
   *     turn, so that others can start.
   */
  public CompletableFuture<List<InetSocketAddress>> resolve(
      String host, int port, CompletableFuture<?> needed) {
    CompletableFuture<List<InetSocketAddress>> resolved = new CompletableFuture<>();
    try {
      InetAddress literal = IpLiteral.parse(host);
      if (literal != null) {
        return CompletableFuture.completedFuture(List.of(new InetSocketAddress(literal, port)));
      }
      lookUps.execute(
          needed,
          () -> {
            Runnable completion = lookUp(host, port, resolved);
            return () -> completions.execute(completion);
          });
    } catch (UnknownHostException e) {
      resolved.completeExceptionally(named(host, port, e));
    } catch (Throwable refused) { // an OutOfMemoryError: no thread can be started
      resolved.completeExceptionally(refused);
    }
    return resolved;
  }

  /** Looks up a host. Returns the action that completes the future. */
  private Runnable lookUp(
      String host, int port, CompletableFuture<List<InetSocketAddress>> resolved) {
    try {
      List<InetSocketAddress> addresses =
          Arrays.stream(lookup.addressesOf(host))
              .map(address -> new InetSocketAddress(address, port))
              .toList();
      return () -> resolved.complete(addresses);
    } catch (UnknownHostException e) {
      return () -> resolved.completeExceptionally(named(host, port, e));
    } catch (Throwable e) { // any failure must complete the future
      return () -> resolved.completeExceptionally(e);
    }
  }

  private static UnknownHostException named(String host, int port, UnknownHostException cause) {
    UnknownHostException named =
        new UnknownHostException(
            "no address found for host '" + host + "', port " + port + ": " + Reason.of(cause));
    named.initCause(cause);
    return named;
  }
}
