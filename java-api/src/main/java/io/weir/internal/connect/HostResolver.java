package io.weir.internal.connect;

import io.weir.internal.channel.IpLiteral;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.runtime.IoRuntime;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Resolves host names to addresses of one family or of both. */
public final class HostResolver {

  private final @Nullable Function<String, CompletionStage<List<InetAddress>>> resolver;
  private final Class<? extends InetAddress> family;
  private final JdkResolver jdk;
  private final CompletableFuture<?> needed;

  /**
   * Creates a resolver.
   *
   * @param resolver the program's resolver, which is called for names but not for literal
   *     addresses; null for the JDK's
   * @param family the type of the addresses to return
   * @param runtime the runtime whose threads call the JDK's resolver
   * @param needed the future that needs the addresses; once it is done, no look-up starts, and a
   *     running one delays no other
   */
  public HostResolver(
      @Nullable Function<String, CompletionStage<List<InetAddress>>> resolver,
      Class<? extends InetAddress> family,
      IoRuntime runtime,
      CompletableFuture<?> needed) {
    this.resolver = resolver;
    this.family = family;
    this.jdk = new JdkResolver(runtime.lookups(), runtime.completions());
    this.needed = needed;
  }

  /**
   * Resolves a host to at least one address. Fails with an {@link UnknownHostException} that names
   * the host, or with the failure of the program's resolver.
   */
  public CompletableFuture<List<InetSocketAddress>> resolve(String host, int port) {
    CompletableFuture<List<InetSocketAddress>> found =
        resolver == null || IpLiteral.matches(host)
            ? jdk.resolve(host, port, needed)
            : call(resolver, host, port);
    return found.thenApply(addresses -> ofFamily(addresses, host, port));
  }

  private static CompletableFuture<List<InetSocketAddress>> call(
      Function<String, CompletionStage<List<InetAddress>>> resolver, String host, int port) {
    CompletableFuture<List<InetAddress>> found = new CompletableFuture<>();
    try { // the resolver is the program's, and so is its stage
      present(resolver.apply(host), "null", host)
          .whenComplete(
              (addresses, error) -> {
                if (error == null) {
                  found.complete(addresses);
                } else {
                  found.completeExceptionally(failureOf(error, host));
                }
              });
    } catch (Throwable e) {
      found.completeExceptionally(failureOf(e, host));
    }
    return found.thenApply(addresses -> withPort(addresses, host, port));
  }

  /**
   * Returns the failure of the program's resolver. A cancellation of its look-up is a failure of
   * the caller's future, which nothing has cancelled.
   */
  private static Throwable failureOf(Throwable failure, String host) {
    Throwable cause = StreamFuture.causeOf(failure);
    if (!(cause instanceof CancellationException)) {
      return cause;
    }
    UnknownHostException cancelled =
        new UnknownHostException("the resolver cancelled the look-up of host '" + host + "'");
    cancelled.initCause(cause);
    return cancelled;
  }

  /** Returns a part of the answer of the program's resolver, which the program may leave null. */
  private static <T> T present(@Nullable T part, String what, String host) {
    return Objects.requireNonNull(
        part, () -> "the resolver returned " + what + " for host '" + host + "'");
  }

  private static List<InetSocketAddress> withPort(
      List<InetAddress> addresses, String host, int port) {
    return present(addresses, "a stage that completed with null", host).stream()
        .map(address -> present(address, "a null address", host))
        .map(address -> new InetSocketAddress(address, port))
        .toList();
  }

  private List<InetSocketAddress> ofFamily(
      List<InetSocketAddress> addresses, String host, int port) {
    List<InetSocketAddress> wanted =
        addresses.stream().filter(address -> family.isInstance(address.getAddress())).toList();
    if (wanted.isEmpty()) {
      String name = family == Inet4Address.class ? "IPV4" : "IPV6";
      String why =
          addresses.isEmpty() ? "" : ": none of " + addresses + " is of the family " + name;
      throw new CompletionException(
          new UnknownHostException("no address found for host '" + host + "', port " + port + why));
    }
    return wanted;
  }
}
