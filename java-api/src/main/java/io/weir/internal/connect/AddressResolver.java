package io.weir.internal.connect;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Turns a host's name into addresses. The JDK blocks for that, so it happens on threads of its own,
 * which end when they have had nothing to do for a while.
 */
public final class AddressResolver {

  private static final int MAX_THREADS = 8;
  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor executor;

  /** Makes a resolver whose threads bear names that begin with the given one. */
  public AddressResolver(String threadName) {
    AtomicInteger count = new AtomicInteger();
    executor =
        new ThreadPoolExecutor(
            MAX_THREADS,
            MAX_THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, threadName + "-" + count.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
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
