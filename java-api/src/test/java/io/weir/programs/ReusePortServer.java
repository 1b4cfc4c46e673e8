package io.weir.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.weir.AsyncStreams;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.testing.Loopback;

/**
 * A program that shares a port with others, and tells each client its process id. Argument: the
 * port, 0 for any.
 */
public final class ReusePortServer {

  private ReusePortServer() {}

  /** Serves until it is ended. */
  public static void main(String[] args) {
    Server server =
        AsyncStreams.startServer(
                (reader, writer) -> {
                  writer.write((ProcessHandle.current().pid() + "\n").getBytes(US_ASCII));
                  writer.close();
                  return writer.waitClosed();
                },
                Loopback.HOST,
                Integer.parseInt(args[0]),
                ServerOptions.DEFAULTS.withReusePort(true))
            .join();
    System.out.println("port " + Loopback.port(server));
    server.serveForever().join();
  }
}
