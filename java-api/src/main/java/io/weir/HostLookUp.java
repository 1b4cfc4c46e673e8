package io.weir;

import io.weir.internal.connect.JdkResolver;
import io.weir.internal.runtime.IoRuntime;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds the addresses of hosts, with whom and of which family the options say. */
final class HostLookUp {

  private final @Nullable Function<String, CompletionStage<List<InetAddress>>> resolver;
  private final AddressFamily family;
  private final JdkResolver jdk;

  /**
   * Makes one.
   *
   * @param resolver who is asked for names, null for the JDK
   * @param runtime the runtime whose threads call the JDK
   */
  HostLookUp(
      @Nullable Function<String, CompletionStage<List<InetAddress>>> resolver,
      AddressFamily family,
      IoRuntime runtime) {
    this.resolver = resolver;
    this.family = family;
    this.jdk = new JdkResolver(runtime.lookups(), runtime.completions());
  }

  /**
   * Finds the addresses of a host; there is at least one. Fails with {@link UnknownHostException},
   * which names the host, or with what the user's resolver failed with.
   */
  CompletableFuture<List<InetSocketAddress>> addresses(String host, int port) {
    CompletableFuture<List<InetSocketAddress>> found =
        resolver == null || JdkResolver.isLiteral(host)
            ? jdk.resolve(host, port)
            : ask(resolver, host, port);
    return found.thenApply(addresses -> ofFamily(addresses, host, port));
  }

  private static CompletableFuture<List<InetSocketAddress>> ask(
      Function<String, CompletionStage<List<InetAddress>>> resolver, String host, int port) {
    CompletionStage<List<InetAddress>> answer;
    try {
      answer = Objects.requireNonNull(resolver.apply(host), "the resolver's answer");
    } catch (Throwable e) { // the resolver is the user's
      return CompletableFuture.failedFuture(e);
    }
    return answer.thenApply(addresses -> withPort(addresses, port)).toCompletableFuture();
  }

  private static List<InetSocketAddress> withPort(List<InetAddress> addresses, int port) {
    return addresses.stream()
        .map(address -> Objects.requireNonNull(address, "an address of the resolver's"))
        .map(address -> new InetSocketAddress(address, port))
        .toList();
  }

  private List<InetSocketAddress> ofFamily(
      List<InetSocketAddress> addresses, String host, int port) {
    List<InetSocketAddress> wanted =
        addresses.stream().filter(address -> family.has(address.getAddress())).toList();
    if (wanted.isEmpty()) {
      String which = addresses.isEmpty() ? "" : " of the family " + family + " among " + addresses;
      throw new CompletionException(
          new UnknownHostException(
              "no address found for host '" + host + "', port " + port + which));
    }
    return wanted;
  }
}
