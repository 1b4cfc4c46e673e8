package io.weir.internal.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.weir.testing.Deadline;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JdkResolverTest {

  private final ExecutorService oneThread = Executors.newSingleThreadExecutor();
  private final List<String> lookedUp = new CopyOnWriteArrayList<>();
  private final CompletableFuture<InetAddress[]> slowAnswer = new CompletableFuture<>();
  private final JdkResolver resolver = new JdkResolver(oneThread, Runnable::run, this::lookUp);

  private InetAddress[] lookUp(String host) throws UnknownHostException {
    lookedUp.add(host);
    return host.startsWith("slow") ? slowAnswer.join() : addresses();
  }

  private static InetAddress[] addresses() throws UnknownHostException {
    return new InetAddress[] {InetAddress.getByName("192.0.2.1")};
  }

  @AfterEach
  void stop() {
    oneThread.shutdownNow();
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
