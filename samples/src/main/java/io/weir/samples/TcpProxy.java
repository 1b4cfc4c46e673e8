package io.weir.samples;

// java -jar samples/target/weir-samples.jar tcp-proxy --lang java 8080 localhost:8888

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import java.util.concurrent.CompletionStage;

/**
 * Forwards connections to another server. A side that reads slowly slows the other down. EOF in one
 * direction is passed on while the other continues. An error on either side aborts both.
 */
final class TcpProxy {

  private TcpProxy() {}

  static void run(Endpoint listen, Endpoint target) {
    ConnectionHandler proxy = (reader, writer) -> handleClient(reader, writer, target);
    ServerOptions options = ServerOptions.DEFAULTS.withErrorListener(OneLine::print);
    Server server = listen.listen(proxy, options).join();
    System.out.println("Proxying " + Endpoint.of(server) + " -> " + target);
    UntilStopped.serve(server);
  }

  private static CompletionStage<?> handleClient(
      StreamReader reader, StreamWriter writer, Endpoint target) {
    return target
        .connect(ConnectOptions.DEFAULTS)
        .thenCompose(there -> AsyncStreams.join(new StreamConnection(reader, writer), there));
  }
}
