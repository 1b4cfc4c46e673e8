package io.weir;

import io.weir.internal.connect.ConnectAttempt;
import io.weir.internal.runtime.IoRuntime;
import io.weir.internal.tls.TlsPeer;
import io.weir.internal.tls.TlsSetup;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections and starts servers, over TCP and over Unix domain sockets.
 *
 * <p><b>Threads.</b> Name resolution and other blocking calls run off the I/O threads. A future
 * completes on an I/O thread or a callback thread of the runtime, neither of which may block. With
 * {@code withCallbackExecutor} in the options it completes on that executor. A call that needs no
 * I/O, such as adopting a connected channel, returns a completed future.
 *
 * <p><b>Errors.</b> An argument that is never valid, such as a port out of range, throws {@link
 * IllegalArgumentException} or {@link NullPointerException} that names the argument. A channel in
 * the same call is then not adopted and stays open. Every other error fails the future. {@link
 * java.net.UnknownHostException} and {@link java.net.ConnectException} name host and port, {@link
 * java.net.BindException} names the address.
 *
 * <p>asyncio: {@code open_connection}, {@code start_server}, {@code open_unix_connection}, {@code
 * start_unix_server}.
 */
public final class AsyncStreams {

  private AsyncStreams() {}

  /**
   * Waits for a future and returns its value, so that blocking code reads like asyncio code:
   *
   * <pre>{@code
   * import static io.weir.AsyncStreams.await;
   *
   * byte[] line = await(reader.readLine());
   * await(writer.send(line));
   * }</pre>
   *
   * <p>Made for virtual threads; works on every thread that may block. On an I/O thread, and in a
   * callback that does not run on an executor of the program, it throws {@link
   * IllegalStateException} unless the future is complete, because that thread may have to complete
   * it. {@link ServerOptions#withHandlerExecutor} runs handlers where they may block.
   *
   * <p>When the thread is interrupted, the future is cancelled. A read then consumes nothing. The
   * thread stays interrupted. If the future has completed meanwhile, its value is returned. Pass
   * the future that a method of this library has returned: a future derived from it, with {@code
   * thenApply} for example, does not pass the cancellation on.
   *
   * <p>asyncio: {@code await}.
   *
   * @param future the future
   * @throws InterruptedIOException when the thread was interrupted
   * @throws IOException when the future has failed with it, not wrapped. Unchecked exceptions and
   *     errors are not wrapped either. Any other exception is the cause of a {@link
   *     CompletionException}
   */
  public static <T extends @Nullable Object> T await(CompletableFuture<T> future)
      throws IOException {
    return BlockingWait.on(Objects.requireNonNull(future, "future"));
  }

  /**
   * Runs a body repeatedly until its stage completes with false. Stack and memory do not grow with
   * the number of rounds, whether stages complete at once or later.
   *
   * <pre>{@code
   * loop(() -> reader.read(1024).thenCompose(
   *     chunk -> chunk.length == 0
   *         ? completedFuture(false)
   *         : writer.send(chunk).thenApply(drained -> true)));
   * }</pre>
   *
   * <p>The first round runs on the calling thread, every later one on the thread that completes the
   * previous stage, or that ran the previous round. Cancelling the future stops the loop before the
   * next round. The future fails with the exception of the body or of its stage.
   *
   * @param body starts a round; the value of its stage says whether another round follows
   */
  public static CompletableFuture<@Nullable Void> loop(
      Supplier<? extends CompletionStage<Boolean>> body) {
    return new StageLoop(Objects.requireNonNull(body, "body")).start();
  }

  /**
   * Sends to each of two connections what the other receives, as a proxy does. When one direction
   * reaches a clean EOF, the EOF is passed on with {@link StreamWriter#writeEof}, and the other
   * direction continues. A receiver without half-close, such as a TLS connection, is closed
   * instead. When both have reached EOF, both connections are closed and the future completes.
   *
   * <p>An error in either direction aborts both connections, and fails the future. Cancelling the
   * future stops both directions and leaves the connections open.
   *
   * @param one a connection
   * @param other another one
   */
  public static CompletableFuture<@Nullable Void> join(
      StreamConnection one, StreamConnection other) {
    return JoinedConnections.join(one, other);
  }

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
   * Connects over TCP. The addresses of the host are tried 250 milliseconds apart, IPv6 and IPv4
   * alternating, and the first established connection is used ("happy eyeballs", RFC 8305). {@link
   * ConnectOptions#withHappyEyeballsDelay} changes the delay. At most 64 addresses are tried. The
   * socket has TCP_NODELAY set.
   *
   * <p>Cancelling the future, with {@code cancel} or {@code orTimeout}, stops the attempt. No
   * socket stays open, even if the connection is established at the same moment.
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
   * @param host the peer's name or address; {@link AddressResolver} says what an address is
   * @param port the peer's port, from 1 to 65535
   * @param options the options of the connection
   * @throws IllegalArgumentException when the host contains a colon and is not an IPv6 address,
   *     such as {@code "localhost:8080"}, or when the port is out of range
   */
  public static CompletableFuture<StreamConnection> openConnection(
      String host, int port, ConnectOptions options) {
    Check.host("host", host);
    Check.port(port, 1);
    Objects.requireNonNull(options, "options");
    return attempt(options, TlsPeer.openedTo(host, port)).toHost(host, port);
  }

  /**
   * Starts a server on TCP with {@link ServerOptions#DEFAULTS}.
   *
   * @param handler serves each connection
   * @param host the interface to listen on, by name or address; null or empty for all interfaces
   * @param port the port, from 1 to 65535, or 0 for a free port
   * @see #startServer(ConnectionHandler, String, int, ServerOptions)
   */
  public static CompletableFuture<Server> startServer(
      ConnectionHandler handler, @Nullable String host, int port) {
    return startServer(handler, host, port, ServerOptions.DEFAULTS);
  }

  /**
   * Starts a server on TCP. It listens on every address of the host. With a null or empty host it
   * listens on all interfaces, with one socket for IPv4 and IPv6. With port 0 the kernel chooses
   * one port for all addresses, see {@link Server#port}.
   *
   * <p>Addresses that this machine does not have are skipped if another one can be bound. {@link
   * Server#sockets} returns the bound ones. If an address is in use or not permitted, none stays
   * bound, and the future fails.
   *
   * <p>Cancelling the future leaves no server behind.
   *
   * <p>asyncio: {@code start_server}.
   *
   * @param handler serves each connection
   * @param host the interface to listen on, by name or address; null or empty for all interfaces (a
   *     null literal needs a cast to String)
   * @param port the port, from 1 to 65535, or 0 for a free port
   * @param options the options of the server
   * @throws IllegalArgumentException when a host contains a colon and is not an IPv6 address, when
   *     the port is out of range, or when the options contain an address family and the server is
   *     to listen on all interfaces
   */
  public static CompletableFuture<Server> startServer(
      ConnectionHandler handler, @Nullable String host, int port, ServerOptions options) {
    return startServer(handler, Collections.singletonList(host), port, options);
  }

  /**
   * Starts a server on several hosts, as {@link #startServer(ConnectionHandler, String, int,
   * ServerOptions)} does on one. It listens on every address of each host, and binds a common
   * address once. Addresses that this machine does not have are skipped if any other one can be
   * bound. If an address is in use or not permitted, none stays bound. With port 0 all addresses
   * get the same port.
   *
   * <p>asyncio: {@code start_server} with a sequence of hosts.
   *
   * @param handler serves each connection
   * @param hosts the interfaces to listen on, at least one, by name or address; null or empty for
   *     all interfaces
   * @param port the port, from 1 to 65535, or 0 for a free port
   * @param options the options of the server
   * @throws IllegalArgumentException when there is no host, when a host contains a colon and is not
   *     an IPv6 address, when the port is out of range, or when the options contain an address
   *     family and a host stands for all interfaces
   */
  public static CompletableFuture<Server> startServer(
      ConnectionHandler handler, List<@Nullable String> hosts, int port, ServerOptions options) {
    Objects.requireNonNull(handler, "handler");
    Check.port(port, 0);
    Objects.requireNonNull(options, "options");
    if (Objects.requireNonNull(hosts, "hosts").isEmpty()) {
      throw new IllegalArgumentException(
          "hosts is empty: give at least one host, or null for all interfaces");
    }
    hosts.stream().filter(Objects::nonNull).forEach(host -> Check.nameOrAddress("host", host));
    if (options.family() != AddressFamily.ANY
        && hosts.stream().anyMatch(ServerStart::isAllInterfaces)) {
      throw new IllegalArgumentException(
          "family is "
              + options.family()
              + ": on all interfaces the JDK has one socket for both families, so name a host");
    }
    return new ServerStart(handler, options).atHosts(hosts, port);
  }

  /**
   * Connects to a Unix domain socket with {@link ConnectOptions#DEFAULTS}.
   *
   * @param path the file of the socket
   * @see #openUnixConnection(Path, ConnectOptions)
   */
  public static CompletableFuture<StreamConnection> openUnixConnection(Path path) {
    return openUnixConnection(path, ConnectOptions.DEFAULTS);
  }

  /**
   * Connects to a Unix domain socket. While the backlog of the server is full, the attempt is
   * repeated, about 20 times a second; {@link ConnectOptions#withConnectTimeout} limits the time.
   * Cancelling the future stops the attempt, and no socket stays open.
   *
   * <p>Fails with {@link java.nio.file.NoSuchFileException} when the path does not exist. Fails
   * with {@link java.net.ConnectException} when no server listens at the path, when the path is not
   * a socket or is too long, or when permission is missing. Both exceptions name the path.
   *
   * <p>asyncio: {@code open_unix_connection}.
   *
   * @param path the file of the socket
   * @param options the options of the connection
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
   * @param handler serves each connection
   * @param path the file of the socket, which is created
   * @see #startUnixServer(ConnectionHandler, Path, ServerOptions)
   */
  public static CompletableFuture<Server> startUnixServer(ConnectionHandler handler, Path path) {
    return startUnixServer(handler, path, ServerOptions.DEFAULTS);
  }

  /**
   * Starts a server on a Unix domain socket. Replaces a stale socket at the path, on which no
   * server listens. Anything else at the path is kept: a socket with a server, any other file, a
   * symbolic link. The future then fails with a {@link java.net.BindException} that names the path
   * and the obstacle. Closing the server deletes the file if it is still the server's own.
   *
   * <p>When several servers start on one path at the same time, one of them succeeds. For this, the
   * start briefly locks the file {@code .NAME.lock} beside the socket file {@code NAME}. It creates
   * and deletes the lock file. When another program holds that lock for three seconds, or something
   * else has that name, the future fails with a {@link java.net.BindException} that names the lock
   * file. To find out whether a server listens, the start connects to the path and disconnects at
   * once. An existing server sees a client that sends nothing.
   *
   * <p>asyncio: {@code start_unix_server}.
   *
   * @param handler serves each connection
   * @param path the file of the socket, which is created
   * @param options the options of the server; {@link ServerOptions#withSocketMode} restricts access
   */
  public static CompletableFuture<Server> startUnixServer(
      ConnectionHandler handler, Path path, ServerOptions options) {
    Objects.requireNonNull(handler, "handler");
    Check.path("path", path);
    Objects.requireNonNull(options, "options");
    return new ServerStart(handler, options).atPath(path);
  }

  /**
   * Adopts a connected channel, with {@link ConnectOptions#DEFAULTS}.
   *
   * @param channel a connected channel
   * @see #openConnection(AsynchronousSocketChannel, ConnectOptions)
   */
  public static CompletableFuture<StreamConnection> openConnection(
      AsynchronousSocketChannel channel) {
    return openConnection(channel, ConnectOptions.DEFAULTS);
  }

  /**
   * Adopts a connected channel. The channel belongs to the connection from now on: do not use or
   * close it. When the future fails, the channel is closed. Its I/O runs on the threads of its own
   * channel group, and completes futures there unless the options contain a callback executor.
   *
   * <p>Fails with {@link IllegalArgumentException} when the channel is not connected. Fails with
   * {@link IllegalStateException} when the channel was adopted before; its owner keeps it open.
   *
   * <p>asyncio: {@code open_connection(sock=…)}.
   *
   * @param channel a connected channel
   * @param options the options of the connection
   */
  public static CompletableFuture<StreamConnection> openConnection(
      AsynchronousSocketChannel channel, ConnectOptions options) {
    Objects.requireNonNull(channel, "channel");
    Objects.requireNonNull(options, "options");
    return attempt(options, TlsPeer.OPENED).adopt(channel);
  }

  /**
   * Adopts a connected channel, with {@link ConnectOptions#DEFAULTS}.
   *
   * @param channel a connected channel, of TCP or of a Unix domain socket
   * @see #openConnection(SocketChannel, ConnectOptions)
   */
  public static CompletableFuture<StreamConnection> openConnection(SocketChannel channel) {
    return openConnection(channel, ConnectOptions.DEFAULTS);
  }

  /**
   * Adopts a connected channel, and sets it to non-blocking mode. The channel belongs to the
   * connection from now on: do not use or close it. When the future fails, the channel is closed.
   *
   * <p>Fails with {@link IllegalArgumentException} when the channel is not connected. Fails with
   * {@link IllegalStateException} when the channel was adopted before; its owner keeps it open.
   *
   * <p>asyncio: {@code open_connection(sock=…)}.
   *
   * @param channel a connected channel, of TCP or of a Unix domain socket
   * @param options the options of the connection
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
   * @param handler serves each connection
   * @param channel a bound channel
   * @see #startServer(ConnectionHandler, AsynchronousServerSocketChannel, ServerOptions)
   */
  public static CompletableFuture<Server> startServer(
      ConnectionHandler handler, AsynchronousServerSocketChannel channel) {
    return startServer(handler, channel, ServerOptions.DEFAULTS);
  }

  /**
   * Starts a server on a bound channel. The channel belongs to the server from now on: do not use
   * or close it. When the future fails, the channel is closed. Its I/O runs on the threads of its
   * own channel group. {@link ConnectionHandler} describes where handlers run.
   *
   * <p>Fails with {@link IllegalArgumentException} when the channel is not bound. Fails with {@link
   * IllegalStateException} when the channel was adopted before; its owner keeps it open.
   *
   * <p>asyncio: {@code start_server(sock=…)}.
   *
   * @param handler serves each connection
   * @param channel a bound channel
   * @param options the options of the server; backlog and socket mode have no effect
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
   * @param handler serves each connection
   * @param channel a bound channel, of TCP or of a Unix domain socket
   * @see #startServer(ConnectionHandler, ServerSocketChannel, ServerOptions)
   */
  public static CompletableFuture<Server> startServer(
      ConnectionHandler handler, ServerSocketChannel channel) {
    return startServer(handler, channel, ServerOptions.DEFAULTS);
  }

  /**
   * Starts a server on a bound channel. The channel belongs to the server from now on: do not use
   * or close it. When the future fails, the channel is closed. Closing the server keeps the file of
   * a Unix domain socket, unless {@link ServerOptions#withCleanupSocket} is true.
   *
   * <p>With {@code System.inheritedChannel()} this is socket activation: a supervisor binds the
   * socket and passes it as the standard input, to one process after another.
   *
   * <p>Fails with {@link IllegalArgumentException} when the channel is not bound. Fails with {@link
   * IllegalStateException} when the channel was adopted before; its owner keeps it open.
   *
   * <p>asyncio: {@code start_server(sock=…)}, {@code start_unix_server(sock=…)}.
   *
   * @param handler serves each connection
   * @param channel a bound channel, of TCP or of a Unix domain socket
   * @param options the options of the server; backlog and socket mode have no effect
   */
  public static CompletableFuture<Server> startServer(
      ConnectionHandler handler, ServerSocketChannel channel, ServerOptions options) {
    Objects.requireNonNull(handler, "handler");
    Objects.requireNonNull(channel, "channel");
    Objects.requireNonNull(options, "options");
    return new ServerStart(handler, options).adopt(channel);
  }

  private static ConnectAttempt<StreamConnection> attempt(ConnectOptions options, TlsPeer peer) {
    IoRuntime runtime = options.runtime().io();
    TlsSetup tls =
        options.tls() == null ? null : new TlsSetup(options.tls().settings(), TlsSide.CLIENT, peer);
    return new ConnectAttempt<>(
        options.settings(),
        runtime,
        tls,
        connection -> StreamFactory.create(connection, peer, runtime));
  }
}
