package io.weir.samples.readme;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.AsyncStreams;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import java.util.concurrent.CompletableFuture;

public class EchoClient {
  public static void main(String[] args) {
    AsyncStreams.openConnection("127.0.0.1", 8888).thenCompose(EchoClient::talk).join();
  }

  private static CompletableFuture<?> talk(StreamConnection connection) {
    StreamReader reader = connection.reader();
    StreamWriter writer = connection.writer();

    System.out.println("Send: 'Hello World!'");
    writer.write("Hello World!".getBytes(UTF_8));
    return writer
        .drain()
        .thenCompose(drained -> reader.read(100))
        .thenCompose(
            data -> {
              System.out.println("Received: '" + new String(data, UTF_8) + "'");

              System.out.println("Close the connection");
              writer.close();
              return writer.waitClosed();
            });
  }
}
