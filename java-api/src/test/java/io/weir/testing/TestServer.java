package io.weir.testing;

import io.weir.AsyncStreams;
import io.weir.ConnectionHandler;
import io.weir.ErrorListener;
import io.weir.Server;
import io.weir.ServerOptions;
import io.weir.StreamConnection;
import io.weir.StreamWriter;
import java.net.InetSocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A server on the loopback interface, and what its error listener was told. Closing it aborts its
 * clients and waits for the end.
 *
 * @param server the server
 * @param address where it listens
 * @param reports what its error listener was told
 * @param served the writers that the handler got, kept: a connection that a handler leaves open is
 *     closed when its streams are garbage
 */
public record TestServer(
    Server server,
    InetSocketAddress address,
    Queue<ErrorReport> reports,
    Queue<StreamWriter> served)
    implements AutoCloseable {

  /** Serves. */
  public static TestServer by(ConnectionHandler handler) {
    return by(handler, ServerOptions.DEFAULTS);
  }

  /** Serves; the error listener of the options is replaced. */
  public static TestServer by(ConnectionHandler handler, ServerOptions options) {
    Queue<ErrorReport> reports = new ConcurrentLinkedQueue<>();
    ErrorListener listener =
        (stage, peer, error) -> {
          CallbackCheck.assertOutsideCalls();
          reports.add(new ErrorReport(stage, peer, error));
        };
    Queue<StreamWriter> served = new ConcurrentLinkedQueue<>();
    ConnectionHandler keeping =
        (reader, writer) -> {
          served.add(writer);
          return handler.handle(reader, writer);
        };
    Server server =
        Deadline.get(
            AsyncStreams.startServer(
                CallbackCheck.checked(keeping),
                "127.0.0.1",
                0,
                TestRuntime.in(options.withErrorListener(listener))));
    InetSocketAddress address = (InetSocketAddress) server.sockets().get(0).localAddress();
    return new TestServer(server, address, reports, served);
  }

  /** A blocking client. */
  public BlockingPeer connect() {
    return BlockingPeer.connect(address);
  }

  /** A client of ours. */
  public StreamConnection open() {
    return Loopback.connect(address.getPort());
  }

  @Override
  public void close() {
    server.close();
    server.abortClients();
    Deadline.get(server.waitClosed());
  }
}
