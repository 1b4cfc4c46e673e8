package io.weir.samples.docs;

import static io.weir.AsyncStreams.openConnection;
import static io.weir.AsyncStreams.startServer;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.Server;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The echo of the README with futures. */
public class EchoFutures {

  static CompletionStage<?> handleEcho(StreamReader reader, StreamWriter writer) {
    return reader.readLine().thenCompose(writer::send).thenRun(writer::close);
  }

  static CompletableFuture<byte[]> talk(StreamConnection connection) {
    return connection
        .writer()
        .send("Hello World!\n".getBytes(UTF_8))
        .thenCompose(drained -> connection.reader().readLine())
        .whenComplete((line, error) -> connection.close());
  }

  public static void main(String[] args) {
    try (Server server = startServer(EchoFutures::handleEcho, "127.0.0.1", 0).join()) {
      byte[] line =
          openConnection("127.0.0.1", server.port()).thenCompose(EchoFutures::talk).join();
      System.out.print(new String(line, UTF_8));
    }
  }
}
