package io.weir.samples.docs;

import static io.weir.AsyncStreams.await;
import static io.weir.AsyncStreams.openConnection;
import static io.weir.AsyncStreams.startServer;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import java.io.IOException;

/** The echo of the README in blocking style. */
public class EchoAwait {

  static void handleEcho(StreamReader reader, StreamWriter writer) throws IOException {
    writer.write(await(reader.readLine()));
    await(writer.drain());
    writer.close();
  }

  public static void main(String[] args) throws IOException {
    ConnectionHandler handler = ConnectionHandler.of(EchoAwait::handleEcho);
    ServerOptions options = ServerOptions.DEFAULTS.withHandlerExecutor(r -> new Thread(r).start());
    try (Server server = await(startServer(handler, "127.0.0.1", 0, options));
        StreamConnection connection = await(openConnection("127.0.0.1", server.port()))) {
      connection.writer().write("Hello World!\n".getBytes(UTF_8));
      await(connection.writer().drain());
      System.out.print(new String(await(connection.reader().readLine()), UTF_8));
    }
  }
}
