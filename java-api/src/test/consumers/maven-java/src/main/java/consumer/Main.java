package consumer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.StreamConnection;

/** Echoes a line over TCP. */
public final class Main {

  private Main() {}

  public static void main(String[] arguments) {
    ConnectionHandler echo =
        (reader, writer) -> reader.readLine().thenAccept(writer::write).thenRun(writer::close);
    try (Server server = AsyncStreams.startServer(echo, "localhost", 0).join();
        StreamConnection client =
            AsyncStreams.openConnection("localhost", server.port()).join()) {
      client.writer().write("hello\n".getBytes(UTF_8));
      System.out.print(new String(client.reader().readLine().join(), UTF_8));
    }
    System.out.println("Weir " + AsyncStreams.class.getPackage().getImplementationVersion());
  }
}
