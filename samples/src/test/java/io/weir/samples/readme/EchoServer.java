package io.weir.samples.readme;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.AsyncStreams;
import io.weir.ExtraInfo;
import io.weir.Server;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import java.util.concurrent.CompletionStage;

public class EchoServer {
  public static void main(String[] args) {
    try (Server server =
        AsyncStreams.startServer(EchoServer::handleEcho, "127.0.0.1", 8888).join()) {
      System.out.println("Serving on " + server.sockets().get(0).localAddress());
      server.serveForever().join();
    }
  }

  private static CompletionStage<?> handleEcho(StreamReader reader, StreamWriter writer) {
    return reader
        .read(100)
        .thenCompose(
            data -> {
              String message = new String(data, UTF_8);
              Object addr = writer.getExtraInfo(ExtraInfo.PEER_NAME);
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
