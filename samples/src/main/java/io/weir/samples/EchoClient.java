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
    return server
        .connect(MaybeTls.connecting(tls))
        .thenCompose(connection -> talk(message, connection));
  }

  private static CompletableFuture<@Nullable Void> talk(
      String message, StreamConnection connection) {
    StreamReader reader = connection.reader();
    StreamWriter writer = connection.writer();

    System.out.println("Send: '" + message + "'");
    writer.write(message.getBytes(UTF_8));
    return writer
        .drain()
        .thenCompose(drained -> reader.read(100))
        .thenAccept(data -> System.out.println("Received: '" + new String(data, UTF_8) + "'"))
        .whenComplete(
            (done, error) -> {
              System.out.println("Close the connection");
              writer.close();
            })
        .thenCompose(closed -> writer.waitClosed());
  }
}
