package io.weir;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections and starts servers: asyncio's {@code open_connection} and {@code start_server}.
 *
 * <p><b>Errors.</b> Arguments that are never right (a port out of range, null) throw at once,
 * {@link IllegalArgumentException} or {@link NullPointerException} that names the argument.
 * Everything else fails the future: {@link java.net.UnknownHostException} and {@link
 * java.net.ConnectException} name host and port, {@link java.net.BindException} the address.
 *
 * <p><b>Threads.</b> Names are resolved off the I/O threads. A future completes on an I/O thread
 * (on a thread of the resolver when a name is unknown, and for a server), or on the executor given
 * with {@code withCallbackExecutor} in the options.
 */
public final class AsyncStreams {

  private AsyncStreams() {}

  /**
   * Connects with {@link ConnectOptions#DEFAULTS}.
   *
   * @param host the peer's name or address
   * @param port the peer's port, from 1 to 65535
   * @see #openConnection(String, int, ConnectOptions)
   */
  public static CompletableFuture<StreamConnection> openConnection(String host, int port) {
    return openConnection(host, port, ConnectOptions.DEFAULTS);
  }

  /**
   * Connects to a peer over TCP. The addresses of the host are tried one after another, and the
   * first that answers counts. There is no delay for small writes (TCP_NODELAY).
   *
   * <p>Cancelling the future, by {@code cancel} or {@code orTimeout}, ends the attempt; no socket
   * stays open, also when the connection succeeds in the same moment.
   *
   * <pre>{@code
   * AsyncStreams.openConnection("localhost", 8888)
   *     .thenCompose(
   *         connection -> {
   *           connection.writer().write("Hello!\n".getBytes(UTF_8));
   *           return connection.reader().readLine().whenComplete((line, error) -> connection.close());
   *         });
   * }</pre>
   *
   * <p>asyncio: {@code open_connection}.
   *
   * @param host the peer's name or address
   * @param port the peer's port, from 1 to 65535
   * @param options how to connect
   */
  public static CompletableFuture<StreamConnection> openConnection(
      String host, int port, ConnectOptions options) {
    Objects.requireNonNull(host, "host");
    if (host.isEmpty()) {
      throw new IllegalArgumentException("host is empty: give the peer's name or address");
    }
    Check.port(port, 1);
    Objects.requireNonNull(options, "options");
    try {
      return new Opening(options, AsyncRuntime.shared()).start(host, port);
    } catch (IOException noThreads) {
      return StreamFuture.failed(noThreads);
    }
  }

  /**
   * Starts a server with {@link ServerOptions#DEFAULTS}.
   *
   * @param handler is called for each connection
   * @param host the interface to listen on, by name or address; null or empty for all
   * @param port the port, from 1 to 65535, or 0 for one that is free
   * @see #startServer(ConnectionHandler, String, int, ServerOptions)
   */
  public static CompletableFuture<Server> startServer(
      ConnectionHandler handler, @Nullable String host, int port) {
    return startServer(handler, host, port, ServerOptions.DEFAULTS);
  }

  /**
   * Starts a server on TCP. It listens on every address of the host; with null or an empty host on
   * all interfaces, with one socket for IPv4 and IPv6. With port 0 the kernel chooses one (the same
   * for all addresses), which {@code server.sockets().get(0).localAddress()} tells.
   *
   * <p>Cancelling the future leaves no server behind.
   *
   * <p>asyncio: {@code start_server}.
   *
   * @param handler is called for each connection
   * @param host the interface to listen on, by name or address; null or empty for all
   * @param port the port, from 1 to 65535, or 0 for one that is free
   * @param options how to serve
   */
  public static CompletableFuture<Server> startServer(
      ConnectionHandler handler, @Nullable String host, int port, ServerOptions options) {
    Objects.requireNonNull(handler, "handler");
    Check.port(port, 0);
    Objects.requireNonNull(options, "options");
    try {
      return new Binding(handler, options, AsyncRuntime.shared()).start(host, port);
    } catch (IOException noThreads) {
      return StreamFuture.failed(noThreads);
    }
  }
}
