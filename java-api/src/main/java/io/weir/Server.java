package io.weir;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.AsyncServerChannel;
import io.weir.internal.channel.SocketOptions;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Listens, and hands each connection to its handler. Any thread may call.
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

  /**
   *
   *
   * <pre>
   *   BOUND ---- startServing(), serveForever() ----> SERVING
   *     |                                                |
   *     +------------------- close() --------------------+----> CLOSED
   * </pre>
   */
  private enum State {
    BOUND,
    SERVING,
    CLOSED
  }

  private final HandlerRunner handlers;
  private final ServerOptions options;
  private final Callbacks callbacks;
  private final AsyncRuntime runtime;
  private final List<AcceptLoop> listening;
  private final Clients clients = new Clients();

  private final Object lock = new Object();
  private State state = State.BOUND; // guarded by lock
  private final Set<Connection> connections = new LinkedHashSet<>(); // guarded by lock
  private final List<StreamFuture<@Nullable Void>> closeWaiters =
      new ArrayList<>(0); // guarded by lock
  private @Nullable StreamFuture<@Nullable Void>
      serving; // while somebody serves forever; guarded by lock
  private @Nullable TlsLayer tls; // of new connections; guarded by lock
  private boolean paused; // accepting, by the user; guarded by lock
  private int admitted; // connections that have not left; guarded by lock
  private final Deque<AsyncByteChannel> held = new ArrayDeque<>(0); // guarded by lock

  Server(
      List<? extends AsyncServerChannel> channels,
      ConnectionHandler handler,
      ServerOptions options,
      AsyncRuntime runtime) {
    this.handlers = new HandlerRunner(handler, options);
    this.options = options;
    this.callbacks = new Callbacks(options.callbackExecutor());
    this.runtime = runtime;
    this.tls = options.tls() == null ? null : TlsLayer.forServer(options.tls());
    this.listening =
        channels.stream()
            .map(channel -> new AcceptLoop(channel, runtime.timers(), clients))
            .toList();
  }

  /**
   * The listening sockets; none once the server is closed. One socket serves all interfaces, IPv4
   * and IPv6, where asyncio has two.
   *
   * <p>asyncio: {@code sockets}.
   */
  public List<TransportSocket> sockets() {
    synchronized (lock) {
      return state == State.CLOSED
          ? List.of()
          : listening.stream().map(loop -> new TransportSocket(loop.channel())).toList();
    }
  }

  /**
   * Whether connections are accepted.
   *
   * <p>asyncio: {@code is_serving}.
   */
  public boolean isServing() {
    synchronized (lock) {
      return state == State.SERVING;
    }
  }

  /**
   * Accepts connections from now on. Does nothing when the server does already.
   *
   * <p>asyncio: {@code start_serving}.
   *
   * @throws IllegalStateException when the server is closed
   */
  public void startServing() {
    synchronized (lock) {
      if (state == State.CLOSED) {
        throw isClosed();
      }
      state = State.SERVING;
    }
    listening.forEach(AcceptLoop::run);
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
    StreamFuture<@Nullable Void> forever = new StreamFuture<>();
    synchronized (lock) {
      if (state == State.CLOSED) {
        return StreamFuture.failed(isClosed());
      }
      if (serving != null) {
        return StreamFuture.failed(
            new IllegalStateException(
                this + " is already being awaited on serveForever(): use the future it returned"));
      }
      serving = forever;
      state = State.SERVING;
    }
    listening.forEach(AcceptLoop::run);
    forever.whenComplete((nothing, ended) -> close());
    return forever;
  }

  /**
   * Stops listening and returns at once; connections that were accepted live on. Those still in the
   * kernel's backlog are reset by it. Does nothing the second time.
   *
   * <p>asyncio: {@code close}.
   */
  @Override
  public void close() {
    StreamFuture<@Nullable Void> forever;
    List<AsyncByteChannel> refused;
    synchronized (lock) {
      if (state == State.CLOSED) {
        return;
      }
      state = State.CLOSED;
      forever = serving;
      serving = null;
      refused = List.copyOf(held);
      held.clear();
    }
    listening.forEach(AcceptLoop::close);
    refused.forEach(AsyncByteChannel::abort);
    if (forever != null) {
      callbacks.run(
          () -> forever.completeExceptionally(new CancellationException(this + " closed")));
    }
    completeIfOver();
  }

  /**
   * Accepts no more connections until {@link #resumeAccepting}; those that are open live on. New
   * ones wait in the kernel's backlog, and one for each listening socket may be accepted and wait
   * here, with nothing read of it. Does nothing the second time.
   */
  public void pauseAccepting() {
    synchronized (lock) {
      paused = true;
    }
  }

  /** Accepts connections again, those that have waited first. Does nothing when not paused. */
  public void resumeAccepting() {
    synchronized (lock) {
      paused = false;
    }
    admitMore();
  }

  /** Whether one more connection can be served. Called under the lock. */
  private boolean hasRoom() {
    return state == State.SERVING && !paused && admitted < options.maxConnections();
  }

  /** Serves who has been held back, and accepts on, as far as there is room. */
  private void admitMore() {
    AsyncByteChannel next = takeHeld();
    while (next != null) {
      clients.accepted(next);
      next = takeHeld();
    }
    boolean goOn;
    synchronized (lock) {
      goOn = hasRoom();
    }
    if (goOn) {
      listening.forEach(AcceptLoop::run);
    }
  }

  private @Nullable AsyncByteChannel takeHeld() {
    synchronized (lock) {
      if (held.isEmpty() || !hasRoom()) {
        return null;
      }
      admitted++;
      return held.remove();
    }
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
    TlsLayer updated = TlsLayer.forServer(options);
    synchronized (lock) {
      if (tls == null) {
        throw new IllegalStateException(
            this + " does not speak TLS: start it with ServerOptions.withTls");
      }
      tls = updated;
    }
  }

  private @Nullable TlsLayer tls() {
    synchronized (lock) {
      return tls;
    }
  }

  /**
   * Closes every connection that was accepted and is still open; what was written to it is still
   * sent. New ones may come unless the server is closed.
   *
   * <p>asyncio: {@code close_clients}.
   */
  public void closeClients() {
    forEachConnection(Connection::close);
  }

  /**
   * Aborts every connection that was accepted and is still open; what was written to it and not
   * sent is dropped.
   *
   * <p>asyncio: {@code abort_clients}.
   */
  public void abortClients() {
    forEachConnection(Connection::abort);
  }

  private void forEachConnection(Consumer<Connection> action) {
    List<Connection> open;
    synchronized (lock) {
      open = List.copyOf(connections);
    }
    open.forEach(action);
  }

  /**
   * Completes when the server is closed and its last connection has ended. Each caller has a future
   * of its own.
   *
   * <p>asyncio: {@code wait_closed}.
   */
  public CompletableFuture<@Nullable Void> waitClosed() {
    synchronized (lock) {
      if (isOver()) {
        return StreamFuture.done();
      }
      closeWaiters.removeIf(StreamFuture::isDone);
      StreamFuture<@Nullable Void> waiter = new StreamFuture<>();
      closeWaiters.add(waiter);
      return waiter;
    }
  }

  private boolean isOver() {
    return state == State.CLOSED && connections.isEmpty();
  }

  private void completeIfOver() {
    List<StreamFuture<@Nullable Void>> waiters;
    synchronized (lock) {
      if (!isOver()) {
        return;
      }
      waiters = List.copyOf(closeWaiters);
      closeWaiters.clear();
    }
    for (StreamFuture<@Nullable Void> waiter : waiters) {
      callbacks.run(() -> waiter.complete(null));
    }
  }

  private IllegalStateException isClosed() {
    return new IllegalStateException(this + " is closed: start another");
  }

  @Override
  public String toString() {
    return "Server" + listening.stream().map(loop -> loop.channel().localAddress()).toList();
  }

  /** Takes what the listening sockets accept. */
  private final class Clients implements AcceptLoop.Owner {

    @Override
    public boolean admit(AsyncByteChannel channel) {
      synchronized (lock) {
        if (state == State.SERVING && !hasRoom()) {
          held.add(channel);
          return false;
        }
        admitted++;
        return true;
      }
    }

    @Override
    public boolean wantsMore() {
      synchronized (lock) {
        return hasRoom();
      }
    }

    @Override
    public void accepted(AsyncByteChannel channel) {
      OpenStreams streams;
      try {
        SocketOptions.set(channel, options.socketOptions());
        streams =
            OpenStreams.over(
                channel, Origin.ACCEPTED, options.limit(), callbacks, runtime, this::left);
      } catch (Throwable broken) { // or no memory: one connection less, and the server goes on
        channel.abort();
        handlers.report(ErrorStage.ACCEPT, channel.remoteAddress(), broken);
        makeRoom();
        return;
      }
      if (joined(streams.connection())) {
        beginOrAbort(streams);
      } else {
        streams.connection().abort(); // accepted in the moment of closing
      }
    }

    /** Whatever is thrown, by no handler but by what surrounds them, ends this one connection. */
    private void beginOrAbort(OpenStreams streams) {
      try {
        begin(streams, tls());
      } catch (Throwable broken) {
        streams.connection().abort();
        SocketAddress peer = streams.connection().channel().remoteAddress();
        handlers.report(ErrorStage.ACCEPT, peer, broken);
      }
    }

    private void begin(OpenStreams streams, @Nullable TlsLayer layer) {
      if (layer == null) {
        serve(streams);
      } else {
        streams
            .connection()
            .startTls(layer, runtime.tls())
            .whenComplete((nothing, error) -> shakenHands(streams, error));
      }
    }

    private void shakenHands(OpenStreams streams, @Nullable Throwable error) {
      if (error == null) {
        serve(streams);
      } else if (!isOurWish(error)) {
        SocketAddress peer = streams.connection().channel().remoteAddress();
        handlers.report(ErrorStage.TLS_HANDSHAKE, peer, error);
      }
    }

    /** Whether a handshake ended as the connection was closed or aborted here. */
    private boolean isOurWish(Throwable error) {
      return error instanceof ConnectionLostException && error.getCause() == null;
    }

    private void serve(OpenStreams streams) {
      handlers.run(streams.views());
      streams.connection().start();
    }

    private boolean joined(Connection connection) {
      synchronized (lock) {
        return state == State.SERVING && connections.add(connection);
      }
    }

    private void left(Connection connection) {
      synchronized (lock) {
        connections.remove(connection);
      }
      makeRoom();
      completeIfOver();
    }

    private void makeRoom() {
      boolean wasFull;
      synchronized (lock) {
        wasFull = admitted-- >= options.maxConnections();
      }
      if (wasFull) { // elsewhere: a handler that ends at once must not nest in the one before
        runtime.completions().execute(Server.this::admitMore);
      }
    }

    @Override
    public void acceptFailed(Throwable cause) {
      handlers.report(ErrorStage.ACCEPT, null, cause);
    }
  }
}
