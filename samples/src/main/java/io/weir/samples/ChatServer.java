package io.weir.samples;

// java -jar samples/target/weir-samples.jar chat-server --lang java
// and for each participant: nc localhost 8888
// or, with --tls-cert and --tls-key: openssl s_client -quiet -connect localhost:8888

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.TlsOptions;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Sends each line of a client to all others, after the sender's name.
 *
 * <p>A client that reads slowly delays no other, because lines are written without awaiting {@code
 * drain}. A client with more than {@link #MAX_BEHIND} queued bytes is disconnected, which bounds
 * memory.
 */
final class ChatServer {

  private static final int MAX_BEHIND = 1024 * 1024;

  private final Set<StreamWriter> clients = ConcurrentHashMap.newKeySet();

  private ChatServer() {}

  static void run(Endpoint endpoint, @Nullable TlsOptions tls) {
    ServerOptions options = MaybeTls.serving(tls).withErrorListener(OneLine::print);
    ConnectionHandler chat = ConnectionHandler.closing(new ChatServer()::handleChat);
    Server server = endpoint.listen(chat, options).join();
    System.out.println("Serving on " + Endpoint.of(server));
    UntilStopped.serve(server);
  }

  private CompletionStage<?> handleChat(StreamReader reader, StreamWriter writer) {
    String name = Endpoint.peer(writer);
    clients.add(writer);
    writer.write(("Welcome, " + name + "\n").getBytes(UTF_8));
    return reader
        .forEachLine(
            line -> {
              sendToOthers(writer, (name + ": " + text(line) + "\n").getBytes(UTF_8));
              return CompletableFuture.completedFuture(null);
            })
        .whenComplete((ended, error) -> clients.remove(writer));
  }

  private void sendToOthers(StreamWriter sender, byte[] line) {
    for (StreamWriter client : clients) {
      if (client != sender) {
        client.write(line);
        dropIfBehind(client);
      }
    }
  }

  private void dropIfBehind(StreamWriter client) {
    if (client.transport().getWriteBufferSize() > MAX_BEHIND && clients.remove(client)) {
      String name = Endpoint.peer(client);
      System.out.println("Dropped " + name + ": it does not read fast enough");
      client.transport().abort();
    }
  }

  private static String text(byte[] line) {
    return new String(line, UTF_8).stripTrailing();
  }
}
