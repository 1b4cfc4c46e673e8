package io.weir.samples;

// java -jar samples/target/weir-samples.jar echo-server --lang java

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.AsyncStreams;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Sends one message back to each client: the echo server of asyncio's documentation. */
final class EchoServer {

  private EchoServer() {}

  static void run(Endpoint endpoint) {
    serve(start(endpoint));
  }

  /** Serves on the socket that a supervisor has bound and passed on as the standard input. */
  static void runInherited() throws IOException {
    if (!(System.inheritedChannel() instanceof ServerSocketChannel channel)) {
      throw new IOException("the standard input is no socket that listens");
    }
    serve(AsyncStreams.startServer(EchoServer::handleEcho, channel));
  }

  static CompletableFuture<Server> start(Endpoint endpoint) {
    return endpoint.listen(EchoServer::handleEcho, ServerOptions.DEFAULTS);
  }

  private static void serve(CompletableFuture<Server> started) {
    try (Server server = started.join()) {
      System.out.println("Serving on " + Endpoint.of(server));
      server.serveForever().join();
    }
  }

  private static CompletionStage<?> handleEcho(StreamReader reader, StreamWriter writer) {
    return reader
        .read(100)
        .thenCompose(
            data -> {
              String message = new String(data, UTF_8);
              String addr = Endpoint.peer(writer);
              System.out.println("Received '" + message + "' from " + addr);

              System.out.println("Send: '" + message + "'");
              writer.write(data);
              return writer.drain();
            })
        .thenCompose(
            drained -> {
              System.out.println("Close the connection");
              writer.close();
              return writer.waitClosed();
            });
  }
}
