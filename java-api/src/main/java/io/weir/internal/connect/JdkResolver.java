package io.weir.internal.connect;

import io.weir.internal.channel.IpLiteral;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Turns a host's name into addresses. The JDK blocks for that, so it has threads of its own. */
public final class JdkResolver {

  private final Executor lookUps;
  private final Executor completions;

  /**
   * Makes a resolver.
   *
   * @param lookUps where its calls may block
   * @param completions where its futures complete
   */
  public JdkResolver(Executor lookUps, Executor completions) {
    this.lookUps = lookUps;
    this.completions = completions;
  }

  /**
   * Finds the addresses of a host, in the JDK's order; at once when the host is an address. Fails
   * with {@link UnknownHostException}, which names the host.
   */
  public CompletableFuture<List<InetSocketAddress>> resolve(String host, int port) {
    CompletableFuture<List<InetSocketAddress>> resolved = new CompletableFuture<>();
    if (IpLiteral.matches(host)) {
      lookUp(host, port, resolved, Runnable::run);
      return resolved;
    }
    try {
      lookUps.execute(() -> lookUp(host, port, resolved, completions));
    } catch (Throwable refused) { // no thread could be made, which is an Error
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
    } catch (Throwable e) { // whatever it is, somebody waits
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
