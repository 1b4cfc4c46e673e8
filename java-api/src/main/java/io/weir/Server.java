package io.weir;

import io.weir.internal.channel.AsyncServerChannel;
import io.weir.internal.runtime.IoRuntime;
import io.weir.internal.server.ServerConnections;
import io.weir.internal.stream.Connection;
import io.weir.internal.tls.TlsPeer;
import io.weir.internal.tls.TlsSetup;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Listens, and calls the handler for each connection.
 *
 * <p><b>Threads.</b> Any thread may call, and no callback runs inside the call. Handlers run on the
 * I/O thread of their connection, or on the executor given with {@link
 * ServerOptions#withHandlerExecutor}. The futures of a server complete on a callback thread of the
 * runtime, where {@code join} and {@code get} of an unfinished future throw, or on the executor
 * given with {@link ServerOptions#withCallbackExecutor}.
 *
 * <p>Closing the server ends listening; connections live on, until they are closed, by their
 * handlers or with {@link #closeClients} or {@link #abortClients}. {@link #waitClosed} waits for
 * both.
 *
 * <p>The threads of Weir are daemon threads: a program is over when its main thread ends, and so
 * servers end with {@code server.serveForever().join()}.
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
            connection -> {
              StreamConnection views = StreamFactory.create(connection, TlsPeer.ACCEPTED, runtime);
              return () -> handler.handle(views.reader(), views.writer());
            });
  }

  /**
   * The listening sockets; none once the server is closed. One socket serves all interfaces, IPv4
   * and IPv6, where asyncio has two.
   *
   * <p>asyncio: {@code sockets}.
   */
  public List<TransportSocket> sockets() {
    return connections.listening().stream().map(TransportSocket::new).toList();
  }

  /**
   * Whether the server has begun to serve and is not closed; also while accepting is paused.
   *
   * <p>asyncio: {@code is_serving}.
   */
  public boolean isServing() {
    return connections.isServing();
  }

  /**
   * Accepts connections from now on. Does nothing when the server does already.
   *
   * <p>asyncio: {@code start_serving}.
   *
   * @throws IllegalStateException when the server is closed
   */
  public void startServing() {
    connections.start();
  }

  /**
   * Accepts connections until the future is cancelled (or timed out, or completed), which closes
   * the server. When somebody else closes the server, the future is cancelled. It never completes
   * normally by itself.
   *
   * <p>Fails with {@link IllegalStateException} when the server is closed already, or when somebody
   * serves forever already.
   *
   * <p>asyncio: {@code serve_forever}.
   */
  public CompletableFuture<@Nullable Void> serveForever() {
    return connections.serveForever();
  }

  /**
   * Stops listening and returns at once; connections that were accepted live on. Those still in the
   * kernel's backlog are reset by it. Does nothing the second time.
   *
   * <p>asyncio: {@code close}.
   */
  @Override
  public void close() {
    connections.close();
  }

  /**
   * Accepts no more connections until {@link #resumeAccepting}; those that are open live on. New
   * ones wait in the kernel's backlog, and one for each listening socket may be accepted and wait
   * here, with nothing read of it. Does nothing the second time.
   */
  public void pauseAccepting() {
    connections.pause();
  }

  /** Accepts connections again, those that have waited first. Does nothing when not paused. */
  public void resumeAccepting() {
    connections.resume();
  }

  /**
   * Speaks TLS with other options on connections that come from now on: with the certificate that
   * replaces one about to expire, for instance. Those that are open keep theirs.
   *
   * @param options how to speak TLS, with a certificate
   * @throws IllegalArgumentException when the options have no certificate
   * @throws IllegalStateException when the server does not speak TLS
   */
  public void updateTls(TlsOptions options) {
    Objects.requireNonNull(options, "options");
    if (!connections.updateTls(TlsSetup.forServer(options.settings()))) {
      throw new IllegalStateException(
          this + " does not speak TLS: start it with ServerOptions.withTls");
    }
  }

  /**
   * Closes every connection that was accepted and is still open; what was written to it is still
   * sent. New ones may come unless the server is closed.
   *
   * <p>asyncio: {@code close_clients}.
   */
  public void closeClients() {
    connections.forEach(Connection::close);
  }

  /**
   * Aborts every connection that was accepted and is still open; what was written to it and not
   * sent is dropped.
   *
   * <p>asyncio: {@code abort_clients}.
   */
  public void abortClients() {
    connections.forEach(Connection::abort);
  }

  /**
   * Completes when the server is closed and its last connection has ended. Each caller has a future
   * of its own.
   *
   * <p>asyncio: {@code wait_closed}.
   */
  public CompletableFuture<@Nullable Void> waitClosed() {
    return connections.waitClosed();
  }

  /**
   * Shuts down in a given time, half of which handlers have to end by themselves. The same as
   * {@link #shutdown(Duration, Duration)}.
   *
   * @param grace how long all of it may take, 0 to abort at once
   */
  public CompletableFuture<ShutdownReport> shutdown(Duration grace) {
    return shutdown(Check.notNegative("grace", grace).dividedBy(2), grace);
  }

  /**
   * Shuts down in a given time. The server is closed; connections end in four steps:
   *
   * <ol>
   *   <li>For some time handlers are left alone, to finish what they are at.
   *   <li>Then the input of every connection ends. Behind what has been read already, reads fail
   *       with {@link ConnectionLostException}: what is cut off must not look complete. A handler
   *       can still write its last words; one that fails by that is not reported. What the peer
   *       sends from then on is thrown away.
   *   <li>A connection whose handler has ended is closed in order, as by {@link
   *       StreamWriter#closeGracefully}: the peer gets all that was written.
   *   <li>When time is up, what is left is aborted.
   * </ol>
   *
   * <p>The future completes when all connections have ended, and all handlers too unless time was
   * up before: on the thread that ends the last, or on the callback executor of the options. It
   * never fails, and cancelling it stops nothing. When called again the earlier of the times count,
   * so {@code shutdown(Duration.ZERO)} cuts a long one short.
   *
   * <pre>{@code
   * ShutdownReport report = server.shutdown(Duration.ofSeconds(10)).join();
   * }</pre>
   *
   * @param patience how long handlers are left alone; 0 where they serve until their peer leaves
   * @param grace how long all of it may take, not less than that; 0 to abort at once
   */
  public CompletableFuture<ShutdownReport> shutdown(Duration patience, Duration grace) {
    Check.notNegative("patience", patience);
    if (grace.compareTo(patience) < 0) {
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
