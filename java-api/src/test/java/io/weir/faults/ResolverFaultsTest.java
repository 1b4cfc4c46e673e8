package io.weir.faults;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.AddressResolver;
import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.RuntimeOptions;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.testing.Deadline;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Resolvers of the program that do what a resolver should not do. */
class ResolverFaultsTest {

  /** A stage that cannot become a future, as its interface permits. */
  private static final class Lonely extends CompletableFuture<List<InetAddress>> {

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new CompletableFuture<>() {
        @Override
        public CompletableFuture<U> toCompletableFuture() {
          throw new UnsupportedOperationException("lonely");
        }
      };
    }
  }

  /** A stage to which nothing can be attached. */
  private static final class Broken extends CompletableFuture<List<InetAddress>> {

    private final IllegalStateException mine;

    Broken(IllegalStateException mine) {
      this.mine = mine;
    }

    @Override
    public <U> CompletableFuture<U> thenApply(Function<? super List<InetAddress>, ? extends U> f) {
      throw mine;
    }

    @Override
    public CompletableFuture<List<InetAddress>> whenComplete(
        BiConsumer<? super List<InetAddress>, ? super Throwable> action) {
      throw mine;
    }
  }

  private AsyncRuntime runtime;

  private CompletableFuture<StreamConnection> open(AddressResolver resolver) {
    runtime = AsyncRuntime.create(RuntimeOptions.DEFAULTS.withResolver(resolver));
    return AsyncStreams.openConnection(
        "weir.test", 80, ConnectOptions.DEFAULTS.withRuntime(runtime));
  }

  private CompletableFuture<Server> start(AddressResolver resolver, String... hosts) {
    runtime = AsyncRuntime.create(RuntimeOptions.DEFAULTS.withResolver(resolver));
    return AsyncStreams.startServer(
        (reader, writer) -> new CompletableFuture<>(),
        List.of(hosts),
        0,
        ServerOptions.DEFAULTS.withRuntime(runtime));
  }

  @AfterEach
  void close() {
    runtime.close();
  }

  private void assertNothingRuns() {
    Deadline.await("nothing runs", () -> runtime.toString().contains(", 0 running"));
  }

  @Test
  void a_stage_that_refuses_callbacks_fails_the_future_of_a_connect() {
    IllegalStateException mine = new IllegalStateException("mine");

    assertSame(mine, Deadline.failure(IllegalStateException.class, open(host -> new Broken(mine))));
    assertNothingRuns();
  }

  @Test
  void a_stage_that_refuses_callbacks_fails_the_future_of_a_start() {
    IllegalStateException mine = new IllegalStateException("mine");

    assertSame(
        mine,
        Deadline.failure(
            IllegalStateException.class, start(host -> new Broken(mine), "a.test", "b.test")));
    assertNothingRuns();
  }

  @Test
  void a_stage_that_cannot_become_a_future_is_used_as_a_stage() {
    Lonely answer = new Lonely();
    answer.complete(List.of(InetAddress.getLoopbackAddress()));

    assertTrue(Deadline.get(start(host -> answer, "a.test")).isServing());
  }

  @Test
  void a_look_up_that_was_cancelled_by_others_does_not_pass_for_a_cancelled_connect() {
    CompletableFuture<List<InetAddress>> cancelled = new CompletableFuture<>();
    cancelled.cancel(false);

    CompletableFuture<StreamConnection> opening = open(host -> cancelled);

    Deadline.await("it fails", opening::isDone);
    assertFalse(opening.isCancelled());
    Deadline.failure(UnknownHostException.class, opening);
  }

  @Test
  void a_look_up_that_was_cancelled_by_others_does_not_pass_for_a_cancelled_start() {
    CompletionStage<List<InetAddress>> cancelled =
        CompletableFuture.failedFuture(new CancellationException("of another"));

    CompletableFuture<Server> starting = start(host -> cancelled, "a.test", "b.test");

    Deadline.await("it fails", starting::isDone);
    assertFalse(starting.isCancelled());
    Deadline.failure(UnknownHostException.class, starting);
  }

  @Test
  void a_host_without_an_address_fails_a_start_though_another_look_up_hangs() {
    IllegalStateException mine = new IllegalStateException("mine");
    for (List<String> hosts : List.of(List.of("fails", "hangs"), List.of("hangs", "fails"))) {
      CompletableFuture<Server> starting =
          start(
              host ->
                  host.equals("fails")
                      ? CompletableFuture.failedFuture(mine)
                      : new CompletableFuture<>(),
              hosts.get(0),
              hosts.get(1));

      assertSame(mine, Deadline.failure(IllegalStateException.class, starting));
      assertNothingRuns();
      runtime.close();
    }
  }
}
