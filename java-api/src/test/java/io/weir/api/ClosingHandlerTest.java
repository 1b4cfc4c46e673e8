package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.weir.CloseReason;
import io.weir.ConnectionHandler;
import io.weir.ErrorStage;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamWriter;
import io.weir.testing.Deadline;
import io.weir.testing.ErrorReport;
import io.weir.testing.Loopback;
import io.weir.testing.TestServer;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** Handlers that close their connection when they have completed. */
class ClosingHandlerTest {

  private static final int MANY = 4 * 1024 * 1024;

  /** What the server did with the connection of a handler that fails. */
  private record Outcome(ErrorReport report, CloseReason reason) {}

  private static Outcome outcome(ConnectionHandler handler) {
    try (TestServer server = TestServer.by(handler);
        StreamConnection client = server.open()) {
      assertEquals(0, Deadline.get(client.reader().read()).length);
      Deadline.await("the failure is reported", () -> !server.reports().isEmpty());
      StreamWriter served = server.served().element();
      Deadline.await("the connection is closed", () -> served.closeReason() != null);
      return new Outcome(server.reports().peek(), served.closeReason());
    }
  }

  @Test
  void a_connection_closes_when_the_stage_of_its_handler_completes() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    try (TestServer server = TestServer.by(ConnectionHandler.closing((reader, writer) -> done));
        StreamConnection client = server.open()) {
      client.writer().write(bytes("hello"));
      Deadline.await("the handler is called", () -> !server.served().isEmpty());
      StreamWriter served = server.served().element();
      assertFalse(served.isClosing());

      done.complete(null);

      assertEquals(0, Deadline.get(client.reader().read()).length);
      Deadline.get(served.waitClosed());
      assertEquals(CloseReason.Kind.CLOSED, served.closeReason().kind());
    }
  }

  @Test
  void what_the_handler_has_written_is_still_sent() {
    byte[] many = new byte[MANY];
    Arrays.fill(many, (byte) 'x');
    ConnectionHandler handler =
        ConnectionHandler.closing(ConnectionHandler.of((reader, writer) -> writer.write(many)));
    try (TestServer server = TestServer.by(handler);
        StreamConnection client = server.open()) {
      assertArrayEquals(many, Deadline.get(client.reader().read()));
    }
  }

  @Test
  void a_handler_may_close_its_connection_and_block_on_an_executor() {
    ExecutorService threads = Executors.newCachedThreadPool();
    ConnectionHandler handler =
        ConnectionHandler.closing(
            ConnectionHandler.of(
                (reader, writer) -> {
                  writer.write(reader.readLine().join());
                  writer.close();
                }));
    try (TestServer server =
            TestServer.by(handler, ServerOptions.DEFAULTS.withHandlerExecutor(threads));
        StreamConnection client = server.open()) {
      client.writer().write(bytes("hello\n"));
      assertArrayEquals(bytes("hello\n"), Deadline.get(client.reader().read()));
      assertEquals(0, server.reports().size());
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void a_failure_is_reported_as_that_of_any_handler() {
    IOException mine = new IOException("my own");
    for (ConnectionHandler handler :
        Arrays.<ConnectionHandler>asList(
            (reader, writer) -> {
              throw mine;
            },
            (reader, writer) -> CompletableFuture.failedFuture(mine),
            (reader, writer) -> CompletableFuture.failedFuture(mine).thenApply(none -> none))) {
      Outcome plain = outcome(handler);
      Outcome closing = outcome(ConnectionHandler.closing(handler));

      assertEquals(ErrorStage.HANDLER, closing.report().stage());
      assertEquals(mine, closing.report().error());
      assertEquals(plain.reason(), closing.reason());
    }
  }

  @Test
  void a_cancelled_stage_is_not_reported_but_one_that_passes_a_cancellation_on_is() {
    CompletableFuture<Integer> cancelled = new CompletableFuture<>();
    cancelled.cancel(false);
    try (TestServer server =
            TestServer.by(ConnectionHandler.closing((reader, writer) -> cancelled));
        StreamConnection client = server.open()) {
      assertEquals(0, Deadline.get(client.reader().read()).length);
      Loopback.end(server.server());
      assertEquals(0, server.reports().size());
    }

    CompletionStage<?> after = cancelled.thenApply(number -> number);
    assertEquals(
        CancellationException.class,
        outcome(ConnectionHandler.closing((reader, writer) -> after)).report().error().getClass());
  }

  @Test
  void a_null_instead_of_a_stage_is_reported_as_that_of_any_handler() {
    ConnectionHandler none = (reader, writer) -> null;

    assertEquals(
        outcome(none).report().error().getMessage(),
        outcome(ConnectionHandler.closing(none)).report().error().getMessage());
  }
}
