package io.weir.callbacks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.AsyncRuntime;
import io.weir.ConnectOptions;
import io.weir.RuntimeOptions;
import io.weir.StreamConnection;
import io.weir.StreamWriter;
import io.weir.testing.BlockingSockets;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.Tasks;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Callbacks that write and drain, and so run such callbacks, need no more stack for more bytes. */
class DrainChainTest {

  private static final int LOOP_ROUNDS = 1_000_000;
  private static final int COMPOSE_ROUNDS = 20_000;

  @Tag("matrix")
  @ParameterizedTest
  @MethodSource("io.weir.callbacks.ExecutorKind#available")
  void a_loop_of_callbacks_writes_and_drains_a_million_bytes(ExecutorKind executing)
      throws IOException {
    CompletableFuture<CallbackChain> chain = new CompletableFuture<>();
    int received =
        received(
            executing,
            writer -> {
              CallbackChain begun = new CallbackChain(LOOP_ROUNDS, () -> writeAndDrain(writer));
              chain.complete(begun);
              begun.again();
            },
            () -> Deadline.get(chain).awaitEnd());

    assertEquals(LOOP_ROUNDS, received);
  }

  @ParameterizedTest
  @MethodSource("io.weir.callbacks.ExecutorKind#available")
  void a_recursion_of_thenCompose_writes_and_drains_20_000_bytes(ExecutorKind executing)
      throws IOException {
    CompletableFuture<CompletableFuture<Integer>> last = new CompletableFuture<>();
    int received =
        received(
            executing,
            writer ->
                last.complete(CallbackChain.compose(COMPOSE_ROUNDS, () -> writeAndDrain(writer))),
            () -> Deadline.get(Deadline.get(last)));

    assertEquals(COMPOSE_ROUNDS, received);
  }

  private static CompletableFuture<?> writeAndDrain(StreamWriter writer) {
    writer.write(new byte[1]);
    return writer.drain();
  }

  /** Runs a chain in the callback of a read that has waited, and returns what the peer received. */
  private static int received(
      ExecutorKind executing, Consumer<StreamWriter> begin, Runnable awaitEnd) throws IOException {
    try (ExecutorKind.Open open = executing.open();
        AsyncRuntime runtime =
            AsyncRuntime.create(RuntimeOptions.DEFAULTS.withIoThreads(1).withThreadNames("chain"));
        ServerSocket listening = BlockingSockets.listen()) {
      StreamConnection connection =
          Loopback.connect(
              listening.getLocalPort(), open.with(ConnectOptions.DEFAULTS.withRuntime(runtime)));
      try (Socket peer = BlockingSockets.accept(listening)) {
        Future<Integer> received = Tasks.start(() -> BlockingSockets.countToEnd(peer));
        connection.reader().readLine().thenAccept(line -> begin.accept(connection.writer()));
        peer.getOutputStream().write('\n');
        awaitEnd.run();
        connection.close();
        return Deadline.get(received);
      }
    }
  }
}
