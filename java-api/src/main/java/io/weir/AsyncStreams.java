package io.weir;

import io.weir.internal.connect.ConnectAttempt;
import io.weir.internal.runtime.IoRuntime;
import io.weir.internal.tls.TlsPeer;
import io.weir.internal.tls.TlsSetup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections and starts servers: asyncio's {@code open_connection}, {@code start_server} and
 * their twins for Unix domain sockets.
 *
 * <p><b>Errors.</b> Arguments that are never right (a port out of range, null) throw at once,
 * {@link IllegalArgumentException} or {@link NullPointerException} that names the argument; a
 * channel that was to be handed over is then still the caller's. Everything else fails the future:
 * {@link java.net.UnknownHostException} and {@link java.net.ConnectException} name host and port,
 * {@link java.net.BindException} the address.
 *
 * <p><b>Threads.</b> Names are resolved, and what else blocks is done, off the I/O threads. A
 * future completes on a thread of the runtime that must not block (an I/O thread, or a callback
 * thread where no I/O thread has found the answer), or on the executor given with {@code
 * withCallbackExecutor} in the options; it is complete already where there is nothing to wait for,
 * as with a server at an address.
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
   * Connects to a peer over TCP. The addresses of the host are dialled 250 milliseconds after one
   * another, IPv6 and IPv4 in turns, and the first that answers counts ("happy eyeballs", RFC
   * 8305); {@link ConnectOptions#withHappyEyeballsDelay} says otherwise. There is no delay for
   * small writes (TCP_NODELAY).
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
    Check.host("host", host);
    Check.port(port, 1);
    Objects.requireNonNull(options, "options");
    return attempt(options, TlsPeer.openedTo(host, port)).toHost(host, port);
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
   * <p>An address that this machine does not have is left out as long as another can be bound;
   * {@link Server#sockets} tells which are. When one is taken or refused, none is bound.
   *
   * <p>Cancelling the future leaves no server behind.
   *
   * <p>asyncio: {@code start_server}.
   *
   * @param handler is called for each connection
   * @param host the interface to listen on, by name or address; empty for all (so is null, which as
   *     a literal needs a cast to String)
   * @param port the port, from 1 to 65535, or 0 for one that is free
   * @param options how to serve
   * @throws IllegalArgumentException when the port is out of range, or when the options name a
   *     family and it is all interfaces
   */
  public static CompletableFuture<Server> startServer(
      ConnectionHandler handler, @Nullable String host, int port, ServerOptions options) {
    return startServer(handler, Collections.singletonList(host), port, options);
  }

  /**
   * Starts a server on several hosts, as {@link #startServer(ConnectionHandler, String, int,
   * ServerOptions)} does on one. It listens on every address of each; an address that two of them
   * have is bound once. One that this machine does not have is left out as long as any other can be
   * bound; when one is taken or refused, none is bound. With port 0 all get the same port.
   *
   * <p>asyncio: {@code start_server} with a sequence of hosts.
   *
   * @param handler is called for each connection
   * @param hosts the interfaces to listen on, one at least, by name or address; null or empty for
   *     all interfaces
   * @param port the port, from 1 to 65535, or 0 for one that is free
   * @param options how to serve
   * @throws IllegalArgumentException when there is no host, when the port is out of range, or when
   *     the options name a family and one of the hosts is all interfaces
   */
  public static CompletableFuture<Server> startServer(
      ConnectionHandler handler, List<@Nullable String> hosts, int port, ServerOptions options) {
    Objects.requireNonNull(handler, "handler");
    Check.port(port, 0);
    Objects.requireNonNull(options, "options");
    if (hosts.isEmpty()) {
      throw new IllegalArgumentException("hosts is empty: give one at least, null for all");
    }
    if (options.family() != AddressFamily.ANY
        && hosts.stream().anyMatch(ServerStart::isAllInterfaces)) {
      throw new IllegalArgumentException(
          "family is "
              + options.family()
              + ": on all interfaces the JDK has one socket for both, so name the host");
    }
    return new ServerStart(handler, options).atHosts(hosts, port);
  }

  /**
   * Connects to a Unix domain socket with {@link ConnectOptions#DEFAULTS}.
   *
   * @param path the socket's file
   * @see #openUnixConnection(Path, ConnectOptions)
   */
  public static CompletableFuture<StreamConnection> openUnixConnection(Path path) {
    return openUnixConnection(path, ConnectOptions.DEFAULTS);
  }

  /**
   * Connects to a Unix domain socket. Cancelling the future ends the attempt; no socket stays open.
   *
   * <p>Fails with {@link java.nio.file.NoSuchFileException} when there is nothing at the path, and
   * with {@link java.net.ConnectException} when nobody listens there, the path is no socket or too
   * long, or permission is missing. Both name the path.
   *
   * <p>asyncio: {@code open_unix_connection}.
   *
   * @param path the socket's file
   * @param options how to connect
   */
  public static CompletableFuture<StreamConnection> openUnixConnection(
      Path path, ConnectOptions options) {
    Check.path("path", path);
    Objects.requireNonNull(options, "options");
    return attempt(options, TlsPeer.OPENED).toPath(path);
  }

  /**
   * Starts a server on a Unix domain socket with {@link ServerOptions#DEFAULTS}.
   *
   * @param handler is called for each connection
   * @param path where to make the socket's file
   * @see #startUnixServer(ConnectionHandler, Path, ServerOptions)
   */
  public static CompletableFuture<Server> startUnixServer(ConnectionHandler handler, Path path) {
    return startUnixServer(handler, path, ServerOptions.DEFAULTS);
  }

  /**
   * Starts a server on a Unix domain socket. A socket that is at the path already is replaced if
   * nobody answers on it. One on which somebody answers, and anything that is no socket (a symbolic
   * link neither), is kept, and the future fails with a {@link java.net.BindException} that names
   * the path and what is in the way. Closing the server removes the file if it is still the
   * server's own.
   *
   * <p>Starting takes a lock, for a moment, on a file beside the socket whose name is the socket's
   * between {@code .} and {@code .lock}: of servers that start on one path at once, one serves. To
   * learn whether somebody answers, a start connects to the path and leaves at once; a server there
   * sees a client that says nothing.
   *
   * <p>asyncio: {@code start_unix_server}.
   *
   * @param handler is called for each connection
   * @param path where to make the socket's file
   * @param options how to serve; {@link ServerOptions#withSocketMode} sets who may connect
   */
  public static CompletableFuture<Server> startUnixServer(
      ConnectionHandler handler, Path path, ServerOptions options) {
    Objects.requireNonNull(handler, "handler");
    Check.path("path", path);
    Objects.requireNonNull(options, "options");
    return new ServerStart(handler, options).atPath(path);
  }

  /**
   * Makes a connection of a connected channel, with {@link ConnectOptions#DEFAULTS}.
   *
   * @param channel a connected channel
   * @see #openConnection(AsynchronousSocketChannel, ConnectOptions)
   */
  public static CompletableFuture<StreamConnection> openConnection(
      AsynchronousSocketChannel channel) {
    return openConnection(channel, ConnectOptions.DEFAULTS);
  }

  /**
   * Makes a connection of a connected channel, which belongs to the connection from then on, also
   * when this fails: do not use or close it. Futures complete on the threads of the channel's own
   * group.
   *
   * <p>Fails with {@link IllegalArgumentException} when the channel is not connected, and with
   * {@link IllegalStateException}, which leaves it alone, when it has been handed over before.
   *
   * <p>asyncio: {@code open_connection(sock=…)}.
   *
   * @param channel a connected channel
   * @param options how to read from it
   */
  public static CompletableFuture<StreamConnection> openConnection(
      AsynchronousSocketChannel channel, ConnectOptions options) {
    Objects.requireNonNull(channel, "channel");
    Objects.requireNonNull(options, "options");
    return attempt(options, TlsPeer.OPENED).adopt(channel);
  }

  /**
   * Makes a connection of a connected channel, with {@link ConnectOptions#DEFAULTS}.
   *
   * @param channel a connected channel, of TCP or of a Unix domain socket
   * @see #openConnection(SocketChannel, ConnectOptions)
   */
  public static CompletableFuture<StreamConnection> openConnection(SocketChannel channel) {
    return openConnection(channel, ConnectOptions.DEFAULTS);
  }

  /**
   * Makes a connection of a connected channel, which belongs to the connection from then on, also
   * when this fails: do not use or close it. It is made non-blocking.
   *
   * <p>Fails with {@link IllegalArgumentException} when the channel is not connected, and with
   * {@link IllegalStateException}, which leaves it alone, when it has been handed over before.
   *
   * <p>asyncio: {@code open_connection(sock=…)}.
   *
   * @param channel a connected channel, of TCP or of a Unix domain socket
   * @param options how to read from it
   */
  public static CompletableFuture<StreamConnection> openConnection(
      SocketChannel channel, ConnectOptions options) {
    Objects.requireNonNull(channel, "channel");
    Objects.requireNonNull(options, "options");
    return attempt(options, TlsPeer.OPENED).adopt(channel);
  }

  /**
   * Starts a server on a bound channel, with {@link ServerOptions#DEFAULTS}.
   *
   * @param handler is called for each connection
   * @param channel a bound channel
   * @see #startServer(ConnectionHandler, AsynchronousServerSocketChannel, ServerOptions)
   */
  public static CompletableFuture<Server> startServer(
      ConnectionHandler handler, AsynchronousServerSocketChannel channel) {
    return startServer(handler, channel, ServerOptions.DEFAULTS);
  }

  /**
   * Starts a server on a bound channel, which belongs to the server from then on, also when this
   * fails. Handlers run, and futures complete, on the threads of the channel's own group.
   *
   * <p>Fails with {@link IllegalArgumentException} when the channel is not bound, and with {@link
   * IllegalStateException}, which leaves it alone, when it has been handed over before.
   *
   * <p>asyncio: {@code start_server(sock=…)}.
   *
   * @param handler is called for each connection
   * @param channel a bound channel
   * @param options how to serve; backlog and socket mode have no effect on a channel that is bound
   */
  public static CompletableFuture<Server> startServer(
      ConnectionHandler handler, AsynchronousServerSocketChannel channel, ServerOptions options) {
    Objects.requireNonNull(handler, "handler");
    Objects.requireNonNull(channel, "channel");
    Objects.requireNonNull(options, "options");
    return new ServerStart(handler, options).adopt(channel);
  }

  /**
   * Starts a server on a bound channel, with {@link ServerOptions#DEFAULTS}.
   *
   * @param handler is called for each connection
   * @param channel a bound channel, of TCP or of a Unix domain socket
   * @see #startServer(ConnectionHandler, ServerSocketChannel, ServerOptions)
   */
  public static CompletableFuture<Server> startServer(
      ConnectionHandler handler, ServerSocketChannel channel) {
    return startServer(handler, channel, ServerOptions.DEFAULTS);
  }

  /**
   * Starts a server on a bound channel, which belongs to the server from then on, also when this
   * fails. Closing the server removes the file of a Unix domain socket, unless {@link
   * ServerOptions#withCleanupSocket} says otherwise.
   *
   * <p>With {@code System.inheritedChannel()} this is socket activation: a supervisor that has
   * bound the socket passes it on as the standard input.
   *
   * <p>Fails with {@link IllegalArgumentException} when the channel is not bound, and with {@link
   * IllegalStateException}, which leaves it alone, when it has been handed over before.
   *
   * <p>asyncio: {@code start_server(sock=…)}, {@code start_unix_server(sock=…)}.
   *
   * @param handler is called for each connection
   * @param channel a bound channel, of TCP or of a Unix domain socket
   * @param options how to serve; backlog and socket mode have no effect on a channel that is bound
   */
  public static CompletableFuture<Server> startServer(
      ConnectionHandler handler, ServerSocketChannel channel, ServerOptions options) {
    Objects.requireNonNull(handler, "handler");
    Objects.requireNonNull(channel, "channel");
    Objects.requireNonNull(options, "options");
    return new ServerStart(handler, options).adopt(channel);
  }

  private static ConnectAttempt<StreamConnection> attempt(ConnectOptions options, TlsPeer origin) {
    IoRuntime runtime = options.runtime().io();
    TlsSetup tls =
        options.tls() == null
            ? null
            : new TlsSetup(options.tls().settings(), TlsSide.CLIENT, origin);
    return new ConnectAttempt<>(
        options.settings(),
        runtime,
        tls,
        connection -> StreamFactory.create(connection, origin, runtime));
  }
}
