package io.weir.callbacks;

import static io.weir.testing.Texts.bytes;

import io.weir.AsyncRuntime;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import io.weir.TlsSide;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a call of a program completes, it completes elsewhere: on an I/O thread or on the executor
 * of the options.
 */
class CallersThreadTest {

  private static final String IO = "callers-runtime";
  private static final String EXECUTOR = "callers-executor";
  private static final int MORE_THAN_KERNEL_AND_PEER_HOLD = 32 * 1024 * 1024;

  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(task -> new Thread(task, EXECUTOR));

  /** What the server accepted; it is never read, and stays reachable. */
  private final Queue<StreamWriter> accepted = new ConcurrentLinkedQueue<>();

  private final ConnectionHandler ignore =
      ConnectionHandler.of((reader, writer) -> accepted.add(writer));

  @TempDir Path directory;

  /** The calls that end a connection. */
  enum Ending {
    CLOSE(StreamWriter::close),
    ABORT(writer -> writer.transport().abort()),
    CLOSE_GRACEFULLY(writer -> writer.closeGracefully(Duration.ZERO));

    @SuppressWarnings("ImmutableEnumChecker") // a function without state
    final Consumer<StreamWriter> call;

    Ending(Consumer<StreamWriter> call) {
      this.call = call;
    }
  }

  /** Where callbacks are to run. */
  enum Place {
    IO_THREAD,
    EXECUTOR_OF_THE_OPTIONS
  }

  static Stream<Arguments> places() {
    return Arrays.stream(TransportKind.values())
        .flatMap(
            carrier -> Arrays.stream(Place.values()).map(place -> Arguments.of(carrier, place)));
  }

  static Stream<Arguments> endings() {
    return places()
        .flatMap(
            place ->
                Arrays.stream(Ending.values())
                    .map(ending -> Arguments.of(place.get()[0], place.get()[1], ending)));
  }

  @AfterEach
  void stopTheExecutor() {
    executor.shutdownNow();
  }

  private ConnectOptions client(Place place, AsyncRuntime runtime) {
    ConnectOptions options = ConnectOptions.DEFAULTS.withRuntime(runtime);
    return place == Place.IO_THREAD ? options : options.withCallbackExecutor(executor);
  }

  private ServerOptions server(Place place, AsyncRuntime runtime) {
    ServerOptions options = ServerOptions.DEFAULTS.withRuntime(runtime);
    return place == Place.IO_THREAD ? options : options.withCallbackExecutor(executor);
  }

  private static String names(Place place) {
    return place == Place.IO_THREAD ? IO : EXECUTOR;
  }

  @ParameterizedTest
  @MethodSource("endings")
  void the_end_of_a_connection_completes_what_is_pending_on_it_elsewhere(
      TransportKind carrier, Place place, Ending ending) {
    try (AsyncRuntime runtime = carrier.runtime(IO)) {
      Server server = carrier.serve(ignore, ServerOptions.DEFAULTS, directory);
      StreamConnection connection = carrier.connect(server, client(place, runtime));
      StreamWriter writer = connection.writer();
      CallbackThreads where = new CallbackThreads();
      where.add("read", connection.reader().readLine());
      where.add("whenPeerGone", connection.whenPeerGone());
      where.add("waitClosed", writer.waitClosed());
      if (ending != Ending.CLOSE) { // which would first send all that is queued
        writer.write(new byte[MORE_THAN_KERNEL_AND_PEER_HOLD]);
        where.add("drain", writer.drain());
      }

      InCall.run(ending.name(), () -> ending.call.accept(writer));

      where.assertOnThreadsNamed(names(place));
      Loopback.end(server);
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void the_end_of_a_handshake_completes_what_is_pending_on_the_connection_elsewhere(
      TransportKind carrier, Place place) {
    try (AsyncRuntime runtime = carrier.runtime(IO)) {
      Server server = carrier.serve(ignore, ServerOptions.DEFAULTS, directory);
      TlsOptions tls = TlsOptions.defaults().dangerouslyAcceptingAnyHostname();
      for (boolean cancels : new boolean[] {false, true}) {
        StreamConnection connection = carrier.connect(server, client(place, runtime));
        CallbackThreads where = new CallbackThreads();
        where.add("read", connection.reader().readLine());
        where.add("waitClosed", connection.writer().waitClosed());
        CompletableFuture<?> handshake = connection.writer().startTls(tls, TlsSide.CLIENT);
        if (cancels) {
          InCall.run("cancel", () -> handshake.cancel(true));
        } else {
          where.add("startTls", handshake);
          InCall.run("abort", connection.writer().transport()::abort);
        }
        where.assertOnThreadsNamed(names(place));
      }
      Loopback.end(server);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TCP", "TLS", "UNIX"})
  void all_that_completes_on_a_connection_of_a_selector_loop_completes_on_one_thread(
      TransportKind carrier) {
    try (AsyncRuntime runtime = carrier.runtime(IO)) {
      Server server = carrier.serve(ignore, ServerOptions.DEFAULTS, directory);
      StreamConnection connection =
          carrier.connect(
              server, client(Place.IO_THREAD, runtime).withIdleTimeout(Duration.ofSeconds(1)));
      CallbackThreads where = new CallbackThreads();
      where.add("read of data", connection.reader().readLine());
      Deadline.await("the server accepts", () -> !accepted.isEmpty());
      accepted.element().write(bytes("line\n"));
      where.await("read of data");
      where.add("read that an idle timeout fails", connection.reader().readLine());
      where.add("waitClosed after an idle timeout", connection.writer().waitClosed());

      where.assertOnThreadsNamed(IO + "-io");
      where.assertOnOneThread();
      Loopback.end(server);
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void close_of_a_server_completes_what_is_pending_on_it_elsewhere(
      TransportKind carrier, Place place) {
    try (AsyncRuntime runtime = carrier.runtime(IO)) {
      Server server = carrier.serve(ignore, server(place, runtime), directory);
      CallbackThreads where = new CallbackThreads();
      where.add("serveForever", server.serveForever());
      where.add("waitClosed", server.waitClosed());

      InCall.run("close", server::close);

      where.assertOnThreadsNamed(names(place));
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void abortClients_completes_a_shutdown_and_waitClosed_elsewhere(
      TransportKind carrier, Place place) {
    try (AsyncRuntime runtime = carrier.runtime(IO)) {
      CallbackThreads where = serveOneClient(carrier, place, runtime, Server::abortClients);
      where.assertOnThreadsNamed(names(place));
    }
  }

  @ParameterizedTest
  @MethodSource("places")
  void a_shorter_shutdown_completes_a_longer_one_and_waitClosed_elsewhere(
      TransportKind carrier, Place place) {
    try (AsyncRuntime runtime = carrier.runtime(IO)) {
      CallbackThreads where =
          serveOneClient(carrier, place, runtime, server -> server.shutdown(Duration.ZERO));
      where.assertOnThreadsNamed(names(place));
    }
  }

  /** Ends a server that shuts down, in a call, while one client is still connected. */
  private CallbackThreads serveOneClient(
      TransportKind carrier, Place place, AsyncRuntime runtime, Consumer<Server> end) {
    CompletableFuture<Void> served = new CompletableFuture<>();
    ConnectionHandler untilClosed =
        (reader, writer) -> {
          accepted.add(writer);
          return writer.waitClosed().whenComplete((nothing, error) -> served.complete(null));
        };
    Server server = carrier.serve(untilClosed, server(place, runtime), directory);
    StreamConnection client = carrier.connect(server, ConnectOptions.DEFAULTS);
    Deadline.await("the server accepts", () -> !accepted.isEmpty());
    CallbackThreads where = new CallbackThreads();
    where.add("waitClosed of the connection", accepted.element().waitClosed());
    where.add("waitClosed of the server", server.waitClosed());
    where.add("shutdown", server.shutdown(Deadline.TIME, Deadline.TIME));

    InCall.run("end", () -> end.accept(server));

    Deadline.get(served);
    client.writer().transport().abort();
    return where;
  }
}
