package io.weir.callbacks;

import static io.weir.testing.Deadline.get;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.RuntimeOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.testing.Loopback;
import io.weir.testing.Multiplicity;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Callbacks that read, and so run callbacks that read, need no more stack for more lines. */
class ReadChainTest {

  private static final int LOOP_ROUNDS = Multiplicity.rounds(1_000_000);
  private static final int COMPOSE_ROUNDS = 20_000;
  private static final int COMPOSE_CHAINS = 5;

  /** Where a chain begins. */
  enum Begin {

    /** In the callback of the future that opens the connection. */
    OPENING {
      @Override
      CompletableFuture<?> begin(
          LineServer feed, ConnectOptions options, Consumer<StreamReader> callback) {
        feed.open();
        CompletableFuture<List<InetAddress>> addresses = new CompletableFuture<>();
        CompletableFuture<?> begun =
            AsyncStreams.openConnection(
                    "feed.test", feed.port(), options.withResolver(host -> addresses))
                .thenAccept(connection -> callback.accept(connection.reader()));
        addresses.complete(List.of(InetAddress.getLoopbackAddress()));
        return begun;
      }
    },

    /** In the callback of a read that has waited. */
    PENDING_READ {
      @Override
      CompletableFuture<?> begin(
          LineServer feed, ConnectOptions options, Consumer<StreamReader> callback) {
        StreamConnection connection = Loopback.connect(feed.port(), options);
        StreamReader reader = connection.reader();
        CompletableFuture<?> begun = reader.readLine().thenAccept(line -> callback.accept(reader));
        feed.open();
        return begun;
      }
    };

    /** Connects to a feed, and runs a callback that the name of the constant tells. */
    abstract CompletableFuture<?> begin(
        LineServer feed, ConnectOptions options, Consumer<StreamReader> callback);
  }

  static Stream<Arguments> cases() {
    return ExecutorKind.available().stream()
        .flatMap(
            executing -> Arrays.stream(Begin.values()).map(each -> Arguments.of(executing, each)));
  }

  @Tag(Multiplicity.TAG)
  @ParameterizedTest
  @MethodSource("cases")
  void a_loop_of_callbacks_reads_very_many_lines(ExecutorKind executing, Begin begin)
      throws IOException {
    CompletableFuture<CallbackChain> chain = new CompletableFuture<>();
    try (ExecutorKind.Open open = executing.open();
        AsyncRuntime runtime = runtime();
        LineServer feed = new LineServer(LOOP_ROUNDS + 1)) {
      begin.begin(
          feed,
          open.with(ConnectOptions.DEFAULTS.withRuntime(runtime)),
          reader -> {
            CallbackChain begun = new CallbackChain(LOOP_ROUNDS, reader::readLine);
            chain.complete(begun);
            begun.again();
          });
      get(chain).awaitEnd();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void a_recursion_of_thenCompose_reads_20_000_lines(ExecutorKind executing, Begin begin)
      throws IOException {
    try (ExecutorKind.Open open = executing.open();
        AsyncRuntime runtime = runtime()) {
      ConnectOptions options = open.with(ConnectOptions.DEFAULTS.withRuntime(runtime));
      for (int i = 0; i < COMPOSE_CHAINS; i++) {
        recurse(options, begin);
      }
    }
  }

  private static void recurse(ConnectOptions options, Begin begin) throws IOException {
    CompletableFuture<Integer> last = new CompletableFuture<>();
    try (LineServer feed = new LineServer(COMPOSE_ROUNDS + 1)) {
      begin.begin(
          feed,
          options,
          reader ->
              CallbackChain.compose(COMPOSE_ROUNDS, reader::readLine)
                  .whenComplete((value, error) -> end(last, error)));
      get(last);
    }
  }

  private static void end(CompletableFuture<Integer> last, Throwable error) {
    if (error == null) {
      last.complete(0);
    } else {
      last.completeExceptionally(error);
    }
  }

  private static AsyncRuntime runtime() {
    return AsyncRuntime.create(RuntimeOptions.DEFAULTS.withIoThreads(1).withThreadNames("chain"));
  }
}
