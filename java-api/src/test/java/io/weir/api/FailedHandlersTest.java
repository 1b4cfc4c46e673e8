package io.weir.api;

import static io.weir.testing.Texts.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ConnectionLostException;
import io.weir.Decoder;
import io.weir.Decoders;
import io.weir.IncompleteReadException;
import io.weir.LengthPrefix;
import io.weir.LimitOverrunException;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.ShutdownReport;
import io.weir.StreamConnection;
import io.weir.TlsException;
import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.testing.BlockingPeer;
import io.weir.testing.BlockingSockets;
import io.weir.testing.CapturedLog;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import io.weir.testing.Tasks;
import io.weir.testing.TestServer;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Reports of failed handlers, by the cause: the own connection, another one, or a bug. */
class FailedHandlersTest {

  private static final Duration LONG = Deadline.TIME;

  /** What the default listener logs of a handler that a client has connected to. */
  private static LogRecord logged(ConnectionHandler handler, String sent) {
    try (CapturedLog log = CapturedLog.ofDebugging()) {
      Server server = Loopback.serve(handler);
      try (StreamConnection client = Loopback.connect(server)) {
        client.writer().write(bytes(sent));
        Deadline.await("the failure is logged", () -> record(log) != null);
      }
      Loopback.end(server);
      return record(log);
    }
  }

  private static LogRecord record(CapturedLog log) {
    return log.records().stream()
        .filter(record -> record.getMessage().startsWith("unhandled exception in the handler"))
        .findFirst()
        .orElse(null);
  }

  private static void assertWarns(
      Class<?> failure, TestServer backend, Function<StreamConnection, CompletionStage<?>> use) {
    LogRecord record =
        logged((reader, writer) -> backendOf(backend).thenCompose(use::apply), "hello\n");

    assertEquals(Level.WARNING, record.getLevel());
    assertInstanceOf(failure, record.getThrown());
  }

  private static CompletableFuture<StreamConnection> backendOf(TestServer backend) {
    return AsyncStreams.openConnection("127.0.0.1", backend.address().getPort());
  }

  @Test
  void a_backend_that_closes_too_early_is_worth_a_warning() {
    ConnectionHandler closes =
        (reader, writer) -> {
          writer.write(bytes("half"));
          writer.close();
          return writer.waitClosed();
        };
    try (TestServer backend = TestServer.by(closes)) {
      assertWarns(IncompleteReadException.class, backend, it -> it.reader().readExactly(10));
      assertWarns(IncompleteReadException.class, backend, it -> it.reader().readUntil(bytes("\n")));
    }
  }

  @Test
  void a_backend_that_resets_is_worth_a_warning() throws Exception {
    try (ServerSocket backend = BlockingSockets.listen()) {
      Future<?> resetting = Tasks.start(() -> resetOne(backend));
      LogRecord record =
          logged(
              (reader, writer) ->
                  AsyncStreams.openConnection("127.0.0.1", backend.getLocalPort())
                      .thenCompose(FailedHandlersTest::askAndRead),
              "hello\n");

      assertEquals(Level.WARNING, record.getLevel());
      assertInstanceOf(ConnectionLostException.class, record.getThrown());
      Deadline.get(resetting);
    }
  }

  private static CompletionStage<?> askAndRead(StreamConnection backend) {
    backend.writer().write(bytes("?"));
    return backend.reader().readLine();
  }

  private static boolean resetOne(ServerSocket backend) throws IOException {
    try (Socket accepted = BlockingSockets.accept(backend)) {
      accepted.getInputStream().read();
      accepted.setSoLinger(true, 0); // close() then sends RST
    }
    return true;
  }

  @Test
  void a_backend_whose_line_is_too_long_is_worth_a_warning() {
    ConnectionHandler talks =
        (reader, writer) -> {
          writer.write(new byte[100_000]);
          return new CompletableFuture<>();
        };
    try (TestServer backend = TestServer.by(talks)) {
      assertWarns(LimitOverrunException.class, backend, it -> it.reader().readLine());
    }
  }

  @Test
  void a_backend_whose_certificate_is_not_trusted_is_worth_a_warning() {
    TlsOptions serving =
        TlsOptions.of(CertificateAuthority.create("Test CA").issue().serverContext());
    ConnectOptions checking = ConnectOptions.DEFAULTS.withTls(TlsOptions.defaults());
    try (TestServer backend =
        TestServer.by(
            (reader, writer) -> new CompletableFuture<>(),
            ServerOptions.DEFAULTS.withTls(serving))) {
      LogRecord record =
          logged(
              (reader, writer) ->
                  AsyncStreams.openConnection("localhost", backend.address().getPort(), checking),
              "hello\n");

      assertEquals(Level.WARNING, record.getLevel());
      assertInstanceOf(TlsException.class, record.getThrown());
    }
  }

  @Test
  void a_client_that_sends_too_long_a_line_is_for_the_debug_log() {
    String line = "x".repeat(100_000);

    assertEquals(Level.FINE, logged((reader, writer) -> reader.readLine(), line).getLevel());
    LogRecord inLoop =
        logged(
            (reader, writer) ->
                reader
                    .forEachLine(each -> CompletableFuture.completedFuture(null))
                    .thenRun(writer::close),
            line);
    assertEquals(Level.FINE, inLoop.getLevel());
    assertInstanceOf(LimitOverrunException.class, inLoop.getThrown());
  }

  @Test
  void a_client_that_sends_too_long_a_value_of_a_decoder_is_for_the_debug_log() {
    LogRecord record =
        logged(
            (reader, writer) -> reader.read(Decoders.textLine().withLimit(10)),
            "x".repeat(20) + "\n");

    assertEquals(Level.FINE, record.getLevel());
    assertInstanceOf(LimitOverrunException.class, record.getThrown());
  }

  static Stream<Decoder<?>> refusing() {
    Decoder<String> own =
        (received, ended) -> {
          throw new ProtocolException("no such message");
        };
    return Stream.of(own, Decoders.text(1), Decoders.frame(LengthPrefix.ofBytes(8)));
  }

  @ParameterizedTest
  @MethodSource("refusing")
  void a_client_whose_bytes_a_decoder_refuses_is_for_the_debug_log(Decoder<?> decoder) {
    LogRecord record = logged((reader, writer) -> reader.read(decoder), "\u00ff".repeat(20) + "\n");

    assertEquals(Level.FINE, record.getLevel());
    assertInstanceOf(IOException.class, record.getThrown());
  }

  @Test
  void an_error_of_a_file_is_a_warning_though_it_is_an_IOException() {
    LogRecord record =
        logged(
            (reader, writer) ->
                reader
                    .readLine()
                    .thenCompose(
                        line -> CompletableFuture.failedFuture(new IOException("disk full"))),
            "hello\n");

    assertEquals(Level.WARNING, record.getLevel());
  }

  @Test
  void a_connection_that_this_side_aborts_is_for_the_debug_log() {
    LogRecord record =
        logged(
            (reader, writer) -> {
              writer.transport().abort();
              return writer.drain();
            },
            "hello\n");

    assertEquals(Level.FINE, record.getLevel());
    assertInstanceOf(ConnectionLostException.class, record.getThrown());
  }

  // ---- cancellations ----

  private static CompletableFuture<Object> cancelled() {
    CompletableFuture<Object> cancelled = new CompletableFuture<>();
    cancelled.cancel(false);
    return cancelled;
  }

  private static void assertReported(ConnectionHandler handler) {
    try (TestServer server = TestServer.by(handler);
        BlockingPeer client = server.connect()) {
      client.send("hello\n");
      client.receiveAll();
      Deadline.await("the failure is reported", () -> !server.reports().isEmpty());
      assertInstanceOf(CancellationException.class, server.reports().element().error());
    }
  }

  @Test
  void a_cancellation_of_another_future_is_reported() {
    assertReported((reader, writer) -> reader.readLine().thenCompose(line -> cancelled()));
    assertReported((reader, writer) -> reader.forEachLine(line -> cancelled()));
    assertReported(
        (reader, writer) ->
            reader.forEachLine(
                line -> {
                  throw new CancellationException("of another");
                }));
    assertReported(
        (reader, writer) -> {
          throw new CancellationException("of another");
        });
  }

  @Test
  void a_handler_whose_own_stage_is_cancelled_is_not_reported() {
    try (TestServer server =
            TestServer.by(
                (reader, writer) -> {
                  CompletableFuture<Object> own = new CompletableFuture<>();
                  reader.readLine().thenRun(() -> own.cancel(false));
                  return own;
                });
        BlockingPeer client = server.connect()) {
      client.send("hello\n");
      assertEquals(0, client.receiveAll().length);
      assertEquals(0, server.reports().size());
    }
  }

  // ---- shutdown ----

  @Test
  void a_shutdown_counts_a_connection_whose_handler_fails_as_failed() {
    CompletableFuture<Object> result = new CompletableFuture<>();
    try (TestServer server = TestServer.by((reader, writer) -> result);
        BlockingPeer client = server.connect()) {
      Deadline.await("the handler runs", () -> !server.served().isEmpty());
      CompletableFuture<ShutdownReport> report = server.server().shutdown(LONG, LONG);
      result.completeExceptionally(new IllegalStateException("a bug"));
      client.receiveAll();

      assertEquals(new ShutdownReport(0, 0, 0, 1), Deadline.get(report));
    }
  }

  @Test
  void a_shutdown_counts_a_handler_that_fails_because_its_client_has_reset_as_failed()
      throws Exception {
    try (TestServer server = TestServer.by((reader, writer) -> reader.readLine());
        Socket client = BlockingSockets.connect(server.address().getPort())) {
      Deadline.await("the handler runs", () -> !server.served().isEmpty());
      CompletableFuture<ShutdownReport> report = server.server().shutdown(LONG, LONG);
      BlockingSockets.reset(client);

      assertEquals(new ShutdownReport(0, 0, 0, 1), Deadline.get(report));
    }
  }

  @Test
  void a_shutdown_counts_a_handler_that_closes_and_then_fails_as_failed() {
    CompletableFuture<Object> result = new CompletableFuture<>();
    try (TestServer server = TestServer.by((reader, writer) -> result);
        BlockingPeer client = server.connect()) {
      Deadline.await("the handler runs", () -> !server.served().isEmpty());
      CompletableFuture<ShutdownReport> report = server.server().shutdown(LONG, LONG);
      server.served().element().closeGracefully(LONG); // waits for the client
      result.completeExceptionally(new IllegalStateException("a bug"));
      client.receiveAll();
      client.shutdownOutput();

      assertEquals(new ShutdownReport(0, 0, 0, 1), Deadline.get(report));
    }
  }
}
