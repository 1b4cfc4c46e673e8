package io.weir.callbacks;

import io.weir.AsyncRuntime;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.testing.Deadline;
import io.weir.testing.Loopback;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A server that reads all that it receives in small pieces, on blocking threads, and so more slowly
 * than several threads write. It and its clients share a runtime.
 */
final class SlowServer implements AutoCloseable {

  private static final int PIECE = 1_024;

  private final TransportKind carrier;
  private final AsyncRuntime runtime;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Server server;

  SlowServer(TransportKind carrier, Path directory) {
    this.carrier = carrier;
    runtime = carrier.runtime("slow-server");
    ServerOptions options =
        ServerOptions.DEFAULTS
            .withRuntime(runtime)
            .withHandlerExecutor(threads)
            .withLimit(PIECE)
            .withErrorListener((stage, peer, error) -> {});
    ConnectionHandler readAll =
        ConnectionHandler.of(
            (reader, writer) -> {
              while (reader.read(PIECE).get().length > 0) {
                Thread.onSpinWait();
              }
              writer.close();
            });
    server = carrier.serve(readAll, options, directory);
  }

  /** Connects a client. */
  StreamConnection connect() {
    return carrier.connect(server, ConnectOptions.DEFAULTS.withRuntime(runtime));
  }

  @Override
  public void close() {
    Loopback.end(server);
    threads.shutdownNow();
    runtime.close();
  }

  /** Waits until a connection is closed, however. */
  static void awaitEnd(StreamConnection connection) {
    Deadline.await("the end of " + connection, connection.writer().waitClosed()::isDone);
  }
}
