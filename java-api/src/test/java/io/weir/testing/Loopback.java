package io.weir.testing;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.ConnectionHandler;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import java.net.InetSocketAddress;

/** Servers and connections inside this machine, on ports that the kernel picks. */
public final class Loopback {

  /** The interface for everything. */
  public static final String HOST = "127.0.0.1";

  private Loopback() {}

  /** Starts a server. */
  public static Server serve(ConnectionHandler handler) {
    return serve(handler, ServerOptions.DEFAULTS);
  }

  /** Starts a server. */
  public static Server serve(ConnectionHandler handler, ServerOptions options) {
    return Deadline.get(
        AsyncStreams.startServer(CallbackCheck.checked(handler), HOST, 0, TestRuntime.in(options)));
  }

  /** The port of a server. */
  public static int port(Server server) {
    return server.port();
  }

  /** The address of a server. */
  public static InetSocketAddress address(Server server) {
    return (InetSocketAddress) server.sockets().get(0).localAddress();
  }

  /** Connects to a server. */
  public static StreamConnection connect(Server server) {
    return connect(port(server));
  }

  /** Connects to a port. */
  public static StreamConnection connect(int port) {
    return connect(port, ConnectOptions.DEFAULTS);
  }

  /** Connects to a port. */
  public static StreamConnection connect(int port, ConnectOptions options) {
    return Deadline.get(AsyncStreams.openConnection(HOST, port, TestRuntime.in(options)));
  }

  /** Closes a server whose clients have gone, and waits until it has noticed. */
  public static void endInOrder(Server server) {
    server.close();
    Deadline.get(server.waitClosed());
  }

  /** Closes a server, aborts what is left of its clients, and waits for the end of both. */
  public static void end(Server server) {
    server.close();
    server.abortClients();
    Deadline.get(server.waitClosed());
  }
}
