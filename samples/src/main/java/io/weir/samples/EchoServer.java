package io.weir.samples;

// java -jar samples/target/weir-samples.jar echo-server --lang java

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Sends one message back to each client: the echo server of asyncio's documentation. */
final class EchoServer {

  private EchoServer() {}

  static void run(Endpoint endpoint, @Nullable TlsOptions tls) {
    serve(start(endpoint, tls).join());
  }

  /** Serves on the socket that a supervisor has bound and passed on as the standard input. */
  static void runInherited(@Nullable TlsOptions tls) throws IOException {
    if (!(System.inheritedChannel() instanceof ServerSocketChannel channel)) {
      throw new IOException("standard input is not a listening socket");
    }
    serve(AsyncStreams.startServer(echo(""), channel, MaybeTls.serving(tls)).join());
  }

  static CompletableFuture<Server> start(Endpoint endpoint, @Nullable TlsOptions tls) {
    return start(endpoint, tls, "");
  }

  /** Starts the server. The prefix precedes each line that it prints about a client. */
  static CompletableFuture<Server> start(
      Endpoint endpoint, @Nullable TlsOptions tls, String prefix) {
    return endpoint.listen(echo(prefix), MaybeTls.serving(tls));
  }

  private static ConnectionHandler echo(String prefix) {
    return (reader, writer) -> handleEcho(reader, writer, prefix);
  }

  private static void serve(Server server) {
    System.out.println("Serving on " + Endpoint.of(server));
    UntilStopped.serve(server);
  }

  private static CompletionStage<?> handleEcho(
      StreamReader reader, StreamWriter writer, String prefix) {
    return reader
        .read(100)
        .thenCompose(
            data -> {
              String message = new String(data, UTF_8);
              String addr = Endpoint.peer(writer);
              System.out.println(prefix + "Received '" + message + "' from " + addr);

              System.out.println(prefix + "Send: '" + message + "'");
              writer.write(data);
              return writer.drain();
            })
        .thenCompose(
            drained -> {
              System.out.println(prefix + "Close the connection");
              writer.close();
              return writer.waitClosed();
            });
  }
}
