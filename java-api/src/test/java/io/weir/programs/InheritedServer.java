package io.weir.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.weir.AsyncStreams;
import io.weir.Server;
import io.weir.StreamConnection;
import io.weir.testing.Echo;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** A program that serves the socket it was given as standard input, or asks its peer. */
public final class InheritedServer {

  private InheritedServer() {}

  /** Serves, or asks. */
  public static void main(String[] args) throws Exception {
    Channel inherited = System.inheritedChannel();
    if (inherited instanceof ServerSocketChannel listening) {
      serve(listening);
    } else if (inherited instanceof SocketChannel connected) {
      ask(connected);
    } else {
      System.out.println("inherited " + inherited);
    }
  }

  private static void serve(ServerSocketChannel listening) {
    Server server = AsyncStreams.startServer(Echo.LINES, listening).join();
    System.out.println("serving");
    server.serveForever().join();
  }

  private static void ask(SocketChannel connected) {
    StreamConnection connection = AsyncStreams.openConnection(connected).join();
    System.out.println("connected");
    connection.writer().write("hello\n".getBytes(US_ASCII));
    String answer = new String(connection.reader().readLine().join(), US_ASCII);
    System.out.println("answer '" + answer.replace("\n", "\\n") + "'");
    connection.close();
    connection.writer().waitClosed().join();
  }
}
