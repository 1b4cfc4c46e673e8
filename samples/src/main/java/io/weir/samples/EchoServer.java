package io.weir.samples;

// java -jar samples/target/weir-samples.jar echo-server --lang java

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.AsyncStreams;
import io.weir.ExtraInfo;
import io.weir.Server;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Sends one message back to each client: the echo server of asyncio's documentation. */
final class EchoServer {

  private EchoServer() {}

  static void run(String host, int port) {
    try (Server server = start(host, port).join()) {
      System.out.println("Serving on " + HostPort.of(server));
      server.serveForever().join();
    }
  }

  static CompletableFuture<Server> start(String host, int port) {
    return AsyncStreams.startServer(EchoServer::handleEcho, host, port);
  }

  private static CompletionStage<?> handleEcho(StreamReader reader, StreamWriter writer) {
    return reader
        .read(100)
        .thenCompose(
            data -> {
              String message = new String(data, UTF_8);
              HostPort addr = HostPort.of(writer.getExtraInfo(ExtraInfo.PEER_NAME));
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
