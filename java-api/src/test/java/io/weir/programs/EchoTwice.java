package io.weir.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.weir.AsyncRuntime;
import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.ExtraInfo;
import io.weir.RuntimeOptions;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Echoes a line over TCP and over a Unix domain socket, on a runtime that it closes, or with the
 * argument {@code shared} on the shared runtime.
 */
public final class EchoTwice {

  private EchoTwice() {}

  public static void main(String[] arguments) throws Exception {
    if (List.of(arguments).contains("shared")) {
      echo(AsyncRuntime.shared());
      return;
    }
    try (AsyncRuntime runtime = AsyncRuntime.create(RuntimeOptions.DEFAULTS)) {
      echo(runtime);
    }
  }

  private static void echo(AsyncRuntime runtime) throws Exception {
    ConnectionHandler echo =
        (reader, writer) -> reader.readLine().thenAccept(writer::write).thenRun(writer::close);
    ServerOptions serving = ServerOptions.DEFAULTS.withRuntime(runtime);
    ConnectOptions connecting = ConnectOptions.DEFAULTS.withRuntime(runtime);
    Path path = Files.createTempDirectory("echo").resolve("s");
    Server tcp = AsyncStreams.startServer(echo, "localhost", 0, serving).join();
    Server unix = AsyncStreams.startUnixServer(echo, path, serving).join();
    int port = tcp.port();
    talk("tcp", AsyncStreams.openConnection("localhost", port, connecting).join());
    talk("unix", AsyncStreams.openUnixConnection(path, connecting).join());
    for (Server server : List.of(tcp, unix)) {
      server.close();
      server.waitClosed().join();
    }
    Files.delete(path.getParent());
  }

  private static void talk(String kind, StreamConnection connection) {
    boolean knowsPeer = connection.writer().getExtraInfo(ExtraInfo.PEER_CREDENTIALS) != null;
    connection.writer().write("hello\n".getBytes(US_ASCII));
    String answer = new String(connection.reader().readLine().join(), US_ASCII).trim();
    System.out.println(kind + " " + answer + (knowsPeer ? ", peer known" : ""));
    connection.close();
    connection.writer().waitClosed().join();
  }
}
