package io.weir;

import io.weir.internal.channel.AsyncServerChannel;
import io.weir.internal.runtime.IoRuntime;
import io.weir.internal.server.ServerConnections;
import io.weir.internal.stream.Connection;
import io.weir.internal.tls.TlsSetup;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A server: listens, and calls the handler for each accepted connection.
 *
 * <p>Closing the server stops listening. Accepted connections stay open until their handlers close
 * them, or until {@link #closeClients} or {@link #abortClients}. {@link #waitClosed} waits for the
 * server and its connections.
 *
 * <p><b>Threads.</b> Any thread may call any method, and no callback runs inside the call. Handlers
 * run on the I/O thread of their connection, or on the executor given with {@link
 * ServerOptions#withHandlerExecutor}. The futures of a server complete on a callback thread of the
 * runtime, or on the executor given with {@link ServerOptions#withCallbackExecutor}. On a callback
 * thread {@code join} and {@code get} of an unfinished future throw.
 *
 * <p>The threads of Weir are daemon threads, so the JVM exits when the main thread of the program
 * returns. Keep the main thread in {@code server.serveForever().join()}.
 *
 * <pre>{@code
 * try (Server server = AsyncStreams.startServer(handler, "127.0.0.1", 8888).join()) {
 *   server.serveForever().join();
 * }
 * }</pre>
 *
 * <p>asyncio: {@code Server}.
 */
public final class Server implements AutoCloseable {

  private final ServerConnections connections;

  Server(
      List<? extends AsyncServerChannel> channels,
      ConnectionHandler handler,
      ServerOptions options,
      IoRuntime runtime) {
    this.connections =
        new ServerConnections(
            channels,
            options.settings(),
            runtime,
            connection -> StreamFactory.call(handler, connection, runtime));
  }

  /**
   * Returns the listening sockets; none after {@link #close}. One socket serves all interfaces for
   * IPv4 and IPv6, where asyncio has two.
   *
   * <p>asyncio: {@code sockets}.
   */
  public List<TransportSocket> sockets() {
    return connections.listening().stream().map(TransportSocket::new).toList();
  }

  /**
   * Returns the TCP port that the server listens on, from 1 to 65535. It is the same for all
   * addresses. It stays the same after {@link #close}.
   *
   * <p>asyncio: {@code sockets[0].getsockname()[1]}.
   *
   * @throws IllegalStateException when the server listens on a Unix domain socket
   */
  public int port() {
    if (connections.localAddress() instanceof InetSocketAddress address) {
      return address.getPort();
    }
    throw new IllegalStateException(
        this
            + " has no port, because it listens on a Unix domain socket: its path is in sockets()");
  }

  /**
   * Returns whether the server has started to accept connections and is not closed. Also true while
   * accepting is paused.
   *
   * <p>asyncio: {@code is_serving}.
   */
  public boolean isServing() {
    return connections.isServing();
  }

  /**
   * Starts to accept connections. Does nothing when the server already accepts.
   *
   * <p>asyncio: {@code start_serving}.
   *
   * @throws IllegalStateException when the server is closed
   */
  public void startServing() {
    connections.start();
  }

  /**
   * Accepts connections. The server closes when the program cancels or completes the future, or
   * when the future times out. When {@link #close} or a shutdown closes the server, the future is
   * cancelled. The library never completes it normally.
   *
   * <p>Fails with {@link IllegalStateException} when the server is closed, or when another {@code
   * serveForever} is pending.
   *
   * <p>asyncio: {@code serve_forever}.
   */
  public CompletableFuture<@Nullable Void> serveForever() {
    return connections.serveForever();
  }

  /**
   * Stops listening and returns at once. Accepted connections stay open. The kernel resets the
   * connections in its backlog. Does nothing the second time.
   *
   * <p>asyncio: {@code close}.
   */
  @Override
  public void close() {
    connections.close();
  }

  /**
   * Stops accepting until {@link #resumeAccepting}. Open connections stay open. New ones wait in
   * the kernel's backlog. The server may already have accepted one more connection per listening
   * socket, which it does not read. Does nothing the second time.
   */
  public void pauseAccepting() {
    connections.pause();
  }

  /** Accepts connections again, waiting ones first. Does nothing when accepting is not paused. */
  public void resumeAccepting() {
    connections.resume();
  }

  /**
   * Uses other TLS options for new connections, for example to replace a certificate that expires.
   * Open connections keep their options.
   *
   * @param options the TLS options with a certificate
   * @throws IllegalArgumentException when the options have no certificate
   * @throws IllegalStateException when the server does not use TLS
   */
  public void updateTls(TlsOptions options) {
    Objects.requireNonNull(options, "options");
    if (!connections.updateTls(TlsSetup.forServer(options.settings()))) {
      throw new IllegalStateException(
          this + " does not use TLS: start it with ServerOptions.withTls");
    }
  }

  /**
   * Describes the accepted connections that are open, in the order in which they were accepted, for
   * example for metrics. The list contains connections whose TLS handshake is under way, and those
   * that are closing. Takes time in proportion to the number of connections.
   */
  public List<ConnectionInfo> connections() {
    return connections.open().stream().map(Connection::info).toList();
  }

  /**
   * Closes every accepted connection that is open, as {@link StreamWriter#close} does. New
   * connections are still accepted unless the server is closed.
   *
   * <p>asyncio: {@code close_clients}.
   */
  public void closeClients() {
    connections.forEach(Connection::close);
  }

  /**
   * Aborts every accepted connection that is open, as {@link Transport#abort} does.
   *
   * <p>asyncio: {@code abort_clients}.
   */
  public void abortClients() {
    connections.forEach(Connection::abort);
  }

  /**
   * Completes when the server and all its connections are closed. Each call returns a new future,
   * and cancelling it has no effect on the server.
   *
   * <p>asyncio: {@code wait_closed}.
   */
  public CompletableFuture<@Nullable Void> waitClosed() {
    return connections.waitClosed();
  }

  /**
   * Shuts down within a time limit, with half of the time for handlers to finish. Equivalent to
   * {@link #shutdown(Duration, Duration)} with {@code grace / 2} as the patience.
   *
   * @param grace the maximum time of the shutdown; 0 aborts at once
   */
  public CompletableFuture<ShutdownReport> shutdown(Duration grace) {
    return shutdown(Check.notNegative("grace", grace).dividedBy(2), grace);
  }

  /**
   * Closes the server and then its connections, within a time limit, in four steps:
   *
   * <ol>
   *   <li>For {@code patience}, handlers continue undisturbed. A connection whose handler is done
   *       (its stage has completed) and whose peer has closed its half is closed at once, as in
   *       step 3.
   *   <li>Then the input of every connection is cut off. After the buffered bytes, reads fail with
   *       {@link ConnectionLostException}, because a truncated message must not look complete. A
   *       handler can still write. Its failure with that exception is not reported. Bytes that the
   *       peer sends later are discarded.
   *   <li>A connection whose handler is done is closed as {@link StreamWriter#closeGracefully} does
   *       it, so the peer receives all outgoing bytes.
   *   <li>When {@code grace} expires, the open connections are aborted.
   * </ol>
   *
   * <p>The future completes when all connections are closed and, unless {@code grace} expired, all
   * handlers are done. It never fails, and cancelling it has no effect on the shutdown. After
   * several calls the earliest limits apply, so {@code shutdown(Duration.ZERO)} shortens an earlier
   * shutdown.
   *
   * <pre>{@code
   * ShutdownReport report = server.shutdown(Duration.ofSeconds(10)).join();
   * }</pre>
   *
   * @param patience how long handlers continue undisturbed; use 0 when handlers run until their
   *     peer closes
   * @param grace the maximum time of the shutdown, at least {@code patience}; 0 aborts at once
   */
  public CompletableFuture<ShutdownReport> shutdown(Duration patience, Duration grace) {
    Check.notNegative("patience", patience);
    if (Check.notNegative("grace", grace).compareTo(patience) < 0) {
      throw new IllegalArgumentException(
          "grace is " + grace + ": it cannot be less than the patience, " + patience);
    }
    return connections.shutDown(patience, grace);
  }

  @Override
  public String toString() {
    return connections.toString();
  }
}
