package io.weir.samples;

// java -jar samples/target/weir-samples.jar echo-client --lang java --message "Hello World!"

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Sends a message and shows the answer: the echo client of asyncio's documentation. */
final class EchoClient {

  private EchoClient() {}

  static CompletableFuture<@Nullable Void> run(
      String message, Endpoint server, @Nullable TlsOptions tls) {
    return run(message, server, tls, "");
  }

  /** Runs the client. The prefix precedes each line that it prints. */
  static CompletableFuture<@Nullable Void> run(
      String message, Endpoint server, @Nullable TlsOptions tls, String prefix) {
    return server
        .connect(MaybeTls.connecting(tls))
        .thenCompose(connection -> talk(message, connection, prefix));
  }

  private static CompletableFuture<@Nullable Void> talk(
      String message, StreamConnection connection, String prefix) {
    StreamReader reader = connection.reader();
    StreamWriter writer = connection.writer();

    System.out.println(prefix + "Send: '" + message + "'");
    writer.write(message.getBytes(UTF_8));
    return writer
        .drain()
        .thenCompose(drained -> reader.read(100))
        .thenAccept(
            data -> System.out.println(prefix + "Received: '" + new String(data, UTF_8) + "'"))
        .whenComplete(
            (done, error) -> {
              System.out.println(prefix + "Close the connection");
              writer.close();
            })
        .thenCompose(closed -> writer.waitClosed());
  }
}
