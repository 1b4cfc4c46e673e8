package io.weir.callbacks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionHandler;
import io.weir.ServerOptions;
import io.weir.StreamReader;
import io.weir.testing.BlockingPeer;
import io.weir.testing.Deadline;
import io.weir.testing.ErrorReport;
import io.weir.testing.Tasks;
import io.weir.testing.TestServer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** A client that pipelines many short requests ends no handler by the depth of its stack. */
class HandlerChainTest {

  private static final int LOOP_LINES = 300_000;
  private static final int COMPOSE_LINES = 20_000;

  @Test
  void a_loop_of_callbacks_in_a_handler_on_an_executor_reads_300_000_pipelined_lines() {
    CompletableFuture<CallbackChain> chain = new CompletableFuture<>();
    List<ErrorReport> reports =
        pipeline(
            LOOP_LINES,
            reader -> {
              CallbackChain begun = new CallbackChain(LOOP_LINES, reader::readLine);
              chain.complete(begun);
              begun.again();
              return begun.done();
            });

    assertEquals(List.of(), reports);
    Deadline.get(chain).awaitEnd();
  }

  @Test
  void a_recursion_of_thenCompose_in_a_handler_on_an_executor_reads_20_000_pipelined_lines() {
    for (int i = 0; i < 5; i++) {
      assertEquals(
          List.of(),
          pipeline(
              COMPOSE_LINES, reader -> CallbackChain.compose(COMPOSE_LINES, reader::readLine)));
    }
  }

  /** Returns what the error listener has got when the connection is closed. */
  private static List<ErrorReport> pipeline(
      int lines, Function<StreamReader, CompletionStage<?>> body) {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    ConnectionHandler handler =
        (reader, writer) -> {
          reader
              .readLine()
              .get(); // the rest of what has come with it is there when the body begins
          return body.apply(reader).thenRun(writer::close);
        };
    try (TestServer served =
            TestServer.by(handler, ServerOptions.DEFAULTS.withHandlerExecutor(pool));
        BlockingPeer peer = served.connect()) {
      Future<Boolean> sent =
          Tasks.start(
              () -> {
                peer.send("x\n".repeat(lines + 1));
                return true;
              });
      assertTrue(peer.sawEnd(), "the handler closes");
      if (served.reports().isEmpty()) {
        Deadline.get(sent);
      }
      return List.copyOf(served.reports());
    } finally {
      pool.shutdownNow();
    }
  }
}
