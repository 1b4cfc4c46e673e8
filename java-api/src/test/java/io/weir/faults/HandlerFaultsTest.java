package io.weir.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.ConnectionHandler;
import io.weir.ErrorStage;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.testing.BlockingSockets;
import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import io.weir.testing.Echo;
import io.weir.testing.ErrorReport;
import io.weir.testing.Loopback;
import io.weir.testing.RecordingErrorListener;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HandlerFaultsTest {

  /** As many clients go wrong as there could be I/O threads, and more. */
  private static final int BAD_CLIENTS = 20;

  private final RecordingErrorListener reports = new RecordingErrorListener();
  private final ServerOptions reporting = ServerOptions.DEFAULTS.withErrorListener(reports);
  private final ExecutorService executor = Executors.newCachedThreadPool();

  @AfterEach
  void endThreads() {
    executor.shutdownNow();
  }

  // ---- F13 ----

  static Stream<Failing> failing() {
    return Stream.of(
        new Failing("throws an exception", new IOException("no"), true),
        new Failing("throws a runtime exception", new IllegalStateException("no"), true),
        new Failing("throws an error", new AssertionError("no"), true),
        new Failing("throws a stack overflow", new StackOverflowError(), true),
        new Failing("throws out of memory", new OutOfMemoryError("no"), true),
        new Failing("throws a linkage error", new NoClassDefFoundError("no"), true),
        new Failing("returns a stage that fails", new IOException("no"), false),
        new Failing("returns a stage that fails with an error", new AssertionError("no"), false));
  }

  @ParameterizedTest
  @MethodSource("failing")
  void F13_a_handler_that_fails_is_reported_once_and_only_its_connection_is_closed(Failing bad)
      throws Exception {
    Server server = Loopback.serve(firstComes(Echo.LINES, BAD_CLIENTS, bad), reporting);
    assertOnlyTheBadAreClosed(server);

    assertEquals(BAD_CLIENTS, reports.all().size());
    for (ErrorReport report : reports.all()) {
      assertSame(bad.error(), report.error());
    }
  }

  @ParameterizedTest
  @MethodSource("failing")
  void F13_a_handler_that_fails_on_an_executor_is_reported_once(Failing bad) throws Exception {
    Server server =
        Loopback.serve(
            firstComes(Echo.LINES, BAD_CLIENTS, bad), reporting.withHandlerExecutor(executor));
    assertOnlyTheBadAreClosed(server);

    assertEquals(BAD_CLIENTS, reports.all().size());
  }

  @Test
  void F13_a_handler_that_returns_null_is_told_what_to_do_instead() throws Exception {
    Server server =
        Loopback.serve(firstComes(Echo.LINES, BAD_CLIENTS, (reader, writer) -> null), reporting);
    assertOnlyTheBadAreClosed(server);

    assertEquals(BAD_CLIENTS, reports.all().size());
    String text = String.valueOf(reports.all().get(0).error().getMessage());
    assertTrue(text.contains("null") && text.contains("ConnectionHandler.of"), text);
  }

  @Test
  void F13_a_handler_that_waits_on_the_io_thread_is_told_what_to_do_instead() throws Exception {
    ConnectionHandler waits = ConnectionHandler.of((reader, writer) -> reader.readLine().join());
    Server server = Loopback.serve(firstComes(Echo.LINES, BAD_CLIENTS, waits), reporting);
    assertOnlyTheBadAreClosed(server);

    assertEquals(BAD_CLIENTS, reports.all().size());
    String text = String.valueOf(reports.all().get(0).error().getMessage());
    assertTrue(text.contains("withHandlerExecutor"), text);
  }

  /** One good client before, bad ones, one good client after. */
  private void assertOnlyTheBadAreClosed(Server server) throws Exception {
    int port = Loopback.port(server);
    try (Socket early = BlockingSockets.connect(port)) {
      Echo.assertFrom(early);
      Set<String> bad = beBad(port);
      Echo.assertFrom(early);
      Echo.assertFrom(port);
      assertEquals(
          bad,
          reports.all().stream()
              .map(report -> String.valueOf(report.peer()))
              .collect(Collectors.toSet()));
      assertTrue(reports.all().stream().allMatch(report -> report.stage() == ErrorStage.HANDLER));
    }
    Loopback.endInOrder(server);
  }

  /** Each of the bad is closed by the server; returns their addresses. */
  private static Set<String> beBad(int port) throws IOException {
    List<Socket> clients = new ArrayList<>();
    for (int i = 0; i < BAD_CLIENTS; i++) {
      clients.add(BlockingSockets.connect(port));
    }
    Set<String> addresses =
        clients.stream()
            .map(client -> String.valueOf(client.getLocalSocketAddress()))
            .collect(Collectors.toSet());
    for (Socket client : clients) {
      assertEquals(0, BlockingSockets.countToEnd(client));
      client.close();
    }
    return addresses;
  }

  @Test
  void F13_a_handler_that_never_ends_keeps_its_connection_and_disturbs_nobody() throws Exception {
    AtomicInteger called = new AtomicInteger();
    ConnectionHandler never =
        (reader, writer) -> {
          called.incrementAndGet();
          return new CompletableFuture<>();
        };
    Server server = Loopback.serve(firstComes(Echo.LINES, BAD_CLIENTS, never), reporting);
    Echo.assertFrom(Loopback.port(server));
    List<Socket> waiting = new ArrayList<>();
    for (int i = 0; i < BAD_CLIENTS; i++) {
      waiting.add(BlockingSockets.connect(Loopback.port(server)));
    }
    Deadline.await("all handlers were called", () -> called.get() == BAD_CLIENTS);
    Echo.assertFrom(Loopback.port(server));
    server.close();
    assertFalse(server.waitClosed().isDone());
    server.abortClients();

    Deadline.get(server.waitClosed());
    for (Socket client : waiting) {
      assertTrue(reports.all().stream().noneMatch(report -> isOf(client, report)));
      assertEquals(0, BlockingSockets.countToEnd(client));
      client.close();
    }
  }

  private static boolean isOf(Socket client, ErrorReport report) {
    return client.getLocalSocketAddress().equals(report.peer());
  }

  @Test
  void F13_handlers_that_block_on_an_executor_disturb_nobody() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger blocked = new AtomicInteger();
    ConnectionHandler blocks =
        (reader, writer) -> {
          blocked.incrementAndGet();
          release.await();
          writer.close();
          return writer.waitClosed();
        };
    Server server =
        Loopback.serve(
            firstComes(Echo.LINES, BAD_CLIENTS, blocks), reporting.withHandlerExecutor(executor));
    int port = Loopback.port(server);
    try (Socket early = BlockingSockets.connect(port)) {
      Echo.assertFrom(early);
      List<Socket> clients = new ArrayList<>();
      for (int i = 0; i < BAD_CLIENTS; i++) {
        clients.add(BlockingSockets.connect(port));
      }
      Deadline.await("all block", () -> blocked.get() == BAD_CLIENTS);
      Echo.assertFrom(early);
      Echo.assertFrom(port);
      release.countDown();
      for (Socket client : clients) {
        assertEquals(0, BlockingSockets.countToEnd(client));
        client.close();
      }
    }
    Loopback.endInOrder(server);
    assertEquals(List.of(), reports.all());
  }

  @Test
  void F13_a_handler_that_interrupts_its_thread_disturbs_nobody() throws Exception {
    ConnectionHandler interrupts =
        (reader, writer) -> {
          Thread.currentThread().interrupt();
          return Echo.LINES.handle(reader, writer);
        };
    Server server = Loopback.serve(interrupts, reporting);
    try (Socket early = BlockingSockets.connect(Loopback.port(server))) {
      for (int i = 0; i < BAD_CLIENTS; i++) {
        Echo.assertFrom(early);
        Echo.assertFrom(Loopback.port(server));
      }
    }
    Loopback.endInOrder(server);
    assertEquals(List.of(), reports.all());
  }

  @Test
  void F13_a_callback_that_interrupts_its_thread_disturbs_nobody() throws Exception {
    ConnectionHandler interrupts =
        (reader, writer) ->
            reader
                .forEachLine(
                    line -> {
                      Thread.currentThread().interrupt();
                      writer.write(line);
                      return writer.drain();
                    })
                .thenRun(writer::close);
    Server server = Loopback.serve(interrupts, reporting);
    try (Socket early = BlockingSockets.connect(Loopback.port(server))) {
      for (int i = 0; i < BAD_CLIENTS; i++) {
        Echo.assertFrom(early);
        Echo.assertFrom(Loopback.port(server));
      }
    }
    Loopback.endInOrder(server);
    assertEquals(List.of(), reports.all());
  }

  @Test
  void F13_a_handler_whose_stage_is_cancelled_is_closed_and_not_reported() throws Exception {
    ConnectionHandler cancelled =
        (reader, writer) -> CompletableFuture.failedFuture(new CancellationException());
    Server server = Loopback.serve(cancelled, reporting);
    try (Socket client = BlockingSockets.connect(Loopback.port(server))) {
      assertEquals(0, BlockingSockets.countToEnd(client));
    }
    Loopback.endInOrder(server);
    assertEquals(List.of(), reports.all());
  }

  @Test
  void F13_an_executor_that_refuses_closes_the_connection_and_is_reported() throws Exception {
    ExecutorService ended = Executors.newSingleThreadExecutor();
    ended.shutdown();
    Server server = Loopback.serve(Echo.LINES, reporting.withHandlerExecutor(ended));
    for (int i = 0; i < BAD_CLIENTS; i++) {
      try (Socket client = BlockingSockets.connect(Loopback.port(server))) {
        assertEquals(0, BlockingSockets.countToEnd(client));
      }
    }
    Loopback.endInOrder(server);
    assertEquals(BAD_CLIENTS, reports.all().size());
    assertEquals(RejectedExecutionException.class, reports.all().get(0).error().getClass());
  }

  @Test
  void F13_an_error_listener_that_fails_disturbs_nobody() throws Exception {
    ServerOptions failing =
        ServerOptions.DEFAULTS.withErrorListener(
            (stage, peer, error) -> {
              throw new AssertionError("the listener fails as well");
            });
    ConnectionHandler bad =
        (reader, writer) -> {
          throw new IOException("no");
        };
    Server server = Loopback.serve(firstComes(Echo.LINES, BAD_CLIENTS, bad), failing);
    try (CapturedLog log = new CapturedLog()) {
      Echo.assertFrom(Loopback.port(server));
      assertEquals(BAD_CLIENTS, beBad(Loopback.port(server)).size());
      Echo.assertFrom(Loopback.port(server));
      assertEquals(BAD_CLIENTS, log.messages().size());
    }
    Loopback.endInOrder(server);
  }

  // ---- F61 ----

  @Test
  void F61_io_threads_outlive_errors_from_callbacks() throws Exception {
    ConnectionHandler bad =
        (reader, writer) -> {
          reader.readLine().thenRun(HandlerFaultsTest::fail);
          writer.drain().thenRun(HandlerFaultsTest::fail);
          writer.waitClosed().whenComplete((nothing, error) -> fail());
          return reader.readLine().thenRun(HandlerFaultsTest::fail);
        };
    assertIoThreadsOutlive(firstComes(Echo.LINES, BAD_CLIENTS, bad), reporting);
  }

  @Test
  void F61_io_threads_outlive_an_error_from_the_handlers_executor() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    ServerOptions options =
        reporting.withHandlerExecutor(
            task -> {
              if (isBad(calls)) {
                throw new OutOfMemoryError("unable to create native thread");
              }
              task.run();
            });
    assertIoThreadsOutlive(Echo.LINES, options);
    assertEquals(BAD_CLIENTS, reports.all().size());
  }

  @Test
  void F61_io_threads_outlive_an_error_from_the_callbacks_executor() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    ServerOptions options =
        reporting.withCallbackExecutor(
            task -> {
              if (isBad(calls)) {
                throw new OutOfMemoryError("unable to create native thread");
              }
              task.run();
            });
    assertIoThreadsOutlive(Echo.LINES, options);
  }

  /** All but the first, until enough have been. */
  private static boolean isBad(AtomicInteger calls) {
    int call = calls.getAndIncrement();
    return call > 0 && call <= BAD_CLIENTS;
  }

  private static void assertIoThreadsOutlive(ConnectionHandler handler, ServerOptions options)
      throws Exception {
    Server server = Loopback.serve(handler, options);
    int port = Loopback.port(server);
    Set<String> before = ioThreads();
    Echo.assertFrom(port);
    for (int i = 0; i < BAD_CLIENTS; i++) {
      try (Socket client = BlockingSockets.connect(port)) {
        client.getOutputStream().write('\n');
        client.shutdownOutput();
        BlockingSockets.countToEnd(client);
      }
    }
    for (int i = 0; i < BAD_CLIENTS; i++) {
      Echo.assertFrom(port);
    }
    Loopback.endInOrder(server);
    assertEquals(before, ioThreads());
  }

  private static Set<String> ioThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("weir-io"))
        .collect(Collectors.toSet());
  }

  private static void fail() {
    throw new AssertionError("an error of the user's");
  }

  /** One connection for the first handler, some for the second, all others for the first. */
  private static ConnectionHandler firstComes(
      ConnectionHandler good, int count, ConnectionHandler bad) {
    AtomicInteger connections = new AtomicInteger();
    return (reader, writer) -> {
      int number = connections.getAndIncrement();
      return (number > 0 && number <= count ? bad : good).handle(reader, writer);
    };
  }

  /** A handler that fails in one way. */
  record Failing(String name, Throwable error, boolean thrown) implements ConnectionHandler {

    @Override
    public CompletionStage<?> handle(StreamReader reader, StreamWriter writer) throws Exception {
      if (!thrown) {
        return CompletableFuture.failedFuture(error);
      }
      if (error instanceof Error fatal) {
        throw fatal;
      }
      throw (Exception) error;
    }

    @Override
    public String toString() {
      return name;
    }
  }
}
