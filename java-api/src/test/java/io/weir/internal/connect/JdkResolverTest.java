package io.weir.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.weir.internal.concurrent.DaemonPool;
import io.weir.internal.concurrent.TurnPool;
import io.weir.testing.Deadline;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JdkResolverTest {

  private static final int MAX_THREADS = 3;

  private final ThreadPoolExecutor pool = DaemonPool.forBlockingCalls("resolver-test", 1);
  private final List<String> lookedUp = new CopyOnWriteArrayList<>();
  private final CompletableFuture<InetAddress[]> slowAnswer = new CompletableFuture<>();
  private final JdkResolver resolver =
      new JdkResolver(new TurnPool(pool, MAX_THREADS), Runnable::run, this::lookUp);

  private InetAddress[] lookUp(String host) throws UnknownHostException {
    lookedUp.add(host);
    if (host.startsWith("unknown")) {
      throw new UnknownHostException(); // a resolver of the program need not have a text
    }
    return host.startsWith("slow") ? slowAnswer.join() : addresses();
  }

  private static InetAddress[] addresses() throws UnknownHostException {
    return new InetAddress[] {InetAddress.getByName("192.0.2.1")};
  }

  @AfterEach
  void stop() {
    slowAnswer.complete(new InetAddress[0]);
    pool.shutdownNow();
  }

  @Test
  void a_host_that_no_future_needs_any_more_is_not_looked_up() throws Exception {
    resolver.resolve("slow.test", 1, new CompletableFuture<>());
    Deadline.await("the look-up has started", () -> lookedUp.contains("slow.test"));
    CompletableFuture<Object> timedOut = new CompletableFuture<>();
    Future<?> abandoned = resolver.resolve("slow-too.test", 2, timedOut);
    CompletableFuture<List<InetSocketAddress>> next =
        resolver.resolve("next.test", 3, new CompletableFuture<>());
    timedOut.cancel(false);
    slowAnswer.complete(addresses());

    assertEquals(List.of(new InetSocketAddress("192.0.2.1", 3)), Deadline.get(next));
    assertEquals(List.of("slow.test", "next.test"), lookedUp);
    assertFalse(abandoned.isDone());
  }

  /** Starts a look-up that hangs, and whose future is done then. */
  private void abandon(String host) {
    CompletableFuture<Object> timedOut = new CompletableFuture<>();
    resolver.resolve(host, 1, timedOut);
    Deadline.await("the look-up has started", () -> lookedUp.contains(host));
    timedOut.cancel(false);
  }

  @Test
  void a_look_up_that_no_future_needs_any_more_holds_up_no_other() throws Exception {
    abandon("slow-1.test");
    abandon("slow-2.test");

    assertEquals(
        List.of(new InetSocketAddress("192.0.2.1", 3)),
        Deadline.get(resolver.resolve("next.test", 3, new CompletableFuture<>())));
    assertEquals(MAX_THREADS, pool.getLargestPoolSize());
  }

  @Test
  void look_ups_that_no_future_needs_occupy_a_limited_number_of_threads() throws Exception {
    for (int i = 1; i <= MAX_THREADS; i++) {
      abandon("slow-" + i + ".test");
    }
    CompletableFuture<List<InetSocketAddress>> next =
        resolver.resolve("next.test", 3, new CompletableFuture<>());
    assertEquals(MAX_THREADS, pool.getPoolSize());
    assertFalse(next.isDone());
    slowAnswer.complete(addresses());

    assertEquals(List.of(new InetSocketAddress("192.0.2.1", 3)), Deadline.get(next));
    assertEquals(MAX_THREADS, pool.getLargestPoolSize());
    Deadline.await("there is one turn again", () -> pool.getCorePoolSize() == 1);
  }

  @Test
  void look_ups_whose_result_is_the_end_of_what_needs_them_take_turns_on_one_thread() {
    List<CompletableFuture<Object>> opening = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      CompletableFuture<Object> needed = new CompletableFuture<>();
      resolver
          .resolve("unknown-" + i + ".test", 1, needed)
          .whenComplete((addresses, error) -> needed.completeExceptionally(error));
      opening.add(needed);
    }
    opening.forEach(needed -> Deadline.failure(UnknownHostException.class, needed));

    assertEquals(1, pool.getLargestPoolSize());
  }

  @Test
  void an_address_waits_for_no_look_up() throws Exception {
    resolver.resolve("slow.test", 1, new CompletableFuture<>());

    for (String literal : List.of("192.0.2.7", "2001:db8::7", "[2001:db8::7]")) {
      Future<List<InetSocketAddress>> answer =
          resolver.resolve(literal, 7, new CompletableFuture<>());
      assertEquals(List.of(new InetSocketAddress(InetAddress.getByName(literal), 7)), answer.get());
    }
    slowAnswer.complete(addresses());
  }

  @Test
  void a_failure_without_a_text_is_named_by_its_class() {
    UnknownHostException unknown =
        Deadline.failure(
            UnknownHostException.class,
            resolver.resolve("unknown.test", 7, new CompletableFuture<>()));

    assertEquals(
        "no address found for host 'unknown.test', port 7: java.net.UnknownHostException",
        unknown.getMessage());
  }

  @Test
  void an_address_of_an_interface_that_is_not_there_fails_by_name() {
    UnknownHostException unknown =
        Deadline.failure(
            UnknownHostException.class,
            resolver.resolve("fe80::1%no-such-if", 7, new CompletableFuture<>()));

    assertEquals(
        "no address found for host 'fe80::1%no-such-if', port 7: no interface of this machine has"
            + " the zone of the address 'fe80::1%no-such-if'",
        unknown.getMessage());
    assertEquals(List.of(), lookedUp);
  }
}
