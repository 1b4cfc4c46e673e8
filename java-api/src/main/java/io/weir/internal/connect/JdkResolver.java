package io.weir.internal.connect;

import io.weir.internal.channel.IpLiteral;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Resolves host names with the JDK, which blocks. */
public final class JdkResolver {

  private final Executor lookUps;
  private final Executor completions;

  /**
   * Creates a resolver.
   *
   * @param lookUps runs the blocking calls
   * @param completions completes the futures
   */
  public JdkResolver(Executor lookUps, Executor completions) {
    this.lookUps = lookUps;
    this.completions = completions;
  }

  /**
   * Returns the addresses of a host, in the JDK's order. The future is complete when the host is an
   * IP address. Fails with {@link UnknownHostException}, which names the host.
   */
  public CompletableFuture<List<InetSocketAddress>> resolve(String host, int port) {
    CompletableFuture<List<InetSocketAddress>> resolved = new CompletableFuture<>();
    if (IpLiteral.matches(host)) {
      lookUp(host, port, resolved, Runnable::run);
      return resolved;
    }
    try {
      lookUps.execute(() -> lookUp(host, port, resolved, completions));
    } catch (Throwable refused) { // an OutOfMemoryError: no thread can be started
      resolved.completeExceptionally(refused);
    }
    return resolved;
  }

  private static void lookUp(
      String host,
      int port,
      CompletableFuture<List<InetSocketAddress>> resolved,
      Executor completions) {
    try {
      List<InetSocketAddress> addresses =
          Arrays.stream(InetAddress.getAllByName(host))
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
