package io.weir.samples.cookbook;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Decoder;
import io.weir.Decoders;
import io.weir.Encoders;
import io.weir.Server;
import io.weir.ServerOptions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A server that answers each line of text with another. */
public final class LineServer {

  private static final Decoder<@Nullable String> LINE = Decoders.textLine().withLimit(1024);

  private LineServer() {}

  /** Starts a server. It disconnects a client that sends a line over the limit or is idle. */
  public static CompletableFuture<Server> start(
      String host, int port, Function<String, String> answer) {
    ConnectionHandler handler =
        (reader, writer) ->
            reader.forEach(LINE, line -> writer.send(Encoders.textLine(), answer.apply(line)));
    ServerOptions options = ServerOptions.DEFAULTS.withIdleTimeout(Duration.ofMinutes(5));
    return AsyncStreams.startServer(ConnectionHandler.closing(handler), host, port, options);
  }

  public static void main(String[] args) {
    try (Server server = start("127.0.0.1", 8888, line -> "You said " + line).join()) {
      server.serveForever().join();
    }
  }
}
