package io.weir;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.SocketOptions;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.runtime.IoRuntime;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a server: takes what its listening sockets accept, as far as there is room,
 * has each served by the handler, and knows which are open and whose handler runs.
 *
 * <pre>
 *   WAITING ---- serve() ----> SERVING
 *      |                          |
 *      +-------- close() ---------+----> CLOSED
 * </pre>
 */
final class Clients implements AcceptLoop.Owner, Shutdown.Target {

  private enum State {
    WAITING,
    SERVING,
    CLOSED
  }

  /** What the handler of a connection that is open does. */
  private enum Handling {
    NONE, // it has not begun, or it has ended
    RUNS
  }

  private final Object lock;
  private final HandlerRunner handlers;
  private final ServerOptions options;
  private final ConnectionSettings terms;
  private final CompletionExecutor completions;
  private final IoRuntime runtime;
  private final Runnable acceptMore;
  private final Consumer<Connection> whenLeft = this::left; // made once, not for each
  private final Consumer<Connection> whenHandled = this::handlerEnded;

  private State state = State.WAITING; // guarded by lock
  private @Nullable TlsLayer tls; // of new connections; guarded by lock
  private boolean paused; // accepting, by the user; guarded by lock
  private int admitted; // connections that have not left; guarded by lock
  private final Deque<AsyncByteChannel> held = new ArrayDeque<>(0); // guarded by lock
  private final Map<Connection, Handling> open = new LinkedHashMap<>(); // guarded by lock
  private int outlived; // connections that have ended, and their handler runs; guarded by lock
  private final List<StreamFuture<@Nullable Void>> closeWaiters =
      new ArrayList<>(0); // guarded by lock
  private @Nullable Shutdown shutdown; // guarded by lock

  /**
   * Makes one without connections.
   *
   * @param lock of the server
   * @param acceptMore is run, not under the lock, when there is room again
   */
  Clients(
      Object lock,
      HandlerRunner handlers,
      ServerOptions options,
      IoRuntime runtime,
      Runnable acceptMore) {
    this.lock = lock;
    this.handlers = handlers;
    this.options = options;
    this.terms =
        new ConnectionSettings(
            options.limit(),
            runtime.callbackExecutorOr(options.callbackExecutor()),
            options.timeouts());
    this.completions = runtime.completionsOn(options.callbackExecutor());
    this.runtime = runtime;
    this.acceptMore = acceptMore;
    this.tls = options.tls() == null ? null : TlsLayer.forServer(options.tls());
  }

  // ---- the state; called under the lock ----

  boolean isServing() {
    return state == State.SERVING;
  }

  boolean isClosed() {
    return state == State.CLOSED;
  }

  void serve() {
    state = State.SERVING;
  }

  /**
   * Takes no more.
   *
   * @return who was waiting for room
   */
  List<AsyncByteChannel> close() {
    state = State.CLOSED;
    List<AsyncByteChannel> refused = List.copyOf(held);
    held.clear();
    return refused;
  }

  // ---- who comes in ----

  /** Takes nobody in from now on, or again. */
  void pause(boolean pause) {
    synchronized (lock) {
      paused = pause;
    }
    if (!pause) {
      runtime.completions().execute(this::admitMore); // handlers are not for the caller's thread
    }
  }

  /** Whether one more connection can be served. Called under the lock. */
  private boolean hasRoom() {
    return state == State.SERVING && !paused && admitted < options.maxConnections();
  }

  /** Serves who has been held back, and accepts on, as far as there is room. */
  private void admitMore() {
    AsyncByteChannel next = takeHeld();
    while (next != null) {
      accepted(next);
      next = takeHeld();
    }
    if (wantsMore()) {
      acceptMore.run();
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
  public void acceptFailed(Throwable cause) {
    handlers.report(ErrorStage.ACCEPT, null, cause);
  }

  private void makeRoom() {
    boolean wasFull;
    synchronized (lock) {
      wasFull = admitted-- >= options.maxConnections();
    }
    if (wasFull) { // elsewhere: a handler that ends at once must not nest in the one before
      runtime.completions().execute(this::admitMore);
    }
  }

  // ---- serving them ----

  @Override
  public void accepted(AsyncByteChannel channel) {
    try {
      channel.completions().run(() -> begin(channel));
    } catch (Throwable noMemory) { // who has accepted it closes it
      makeRoom();
      throw noMemory;
    }
  }

  private void begin(AsyncByteChannel channel) {
    OpenStreams streams;
    try {
      SocketOptions.set(channel, options.socketOptions());
      streams = OpenStreams.over(channel, Origin.ACCEPTED, terms, runtime, whenLeft);
    } catch (Throwable broken) { // or no memory: one connection less, and the server goes on
      channel.abort();
      handlers.report(ErrorStage.ACCEPT, channel.remoteAddress(), broken);
      makeRoom();
      return;
    }
    if (joined(streams.connection())) {
      streams.endWith(runtime);
      beginOrAbort(channel, streams);
    } else {
      streams.connection().abort(); // accepted in the moment of closing
    }
  }

  private boolean joined(Connection connection) {
    synchronized (lock) {
      if (state != State.SERVING) {
        return false;
      }
      open.put(connection, Handling.NONE);
      return true;
    }
  }

  /** Whatever is thrown, by no handler but by what surrounds them, ends this one connection. */
  private void beginOrAbort(AsyncByteChannel channel, OpenStreams streams) {
    try {
      begin(channel, streams, tls());
    } catch (Throwable broken) {
      streams.connection().abort();
      handlers.report(ErrorStage.ACCEPT, peerOf(streams.connection()), broken);
    }
  }

  private void begin(AsyncByteChannel channel, OpenStreams streams, @Nullable TlsLayer layer) {
    if (layer == null) {
      serve(streams);
    } else {
      streams
          .connection()
          .startTls(layer, runtime.tls(), channel.completions()) // not on the callbacks' executor
          .whenComplete((nothing, error) -> shakenHands(streams, error));
    }
  }

  private void shakenHands(OpenStreams streams, @Nullable Throwable error) {
    if (error == null) {
      serve(streams);
    } else if (!isOurWish(error)) {
      handlers.report(ErrorStage.TLS_HANDSHAKE, peerOf(streams.connection()), error);
    }
  }

  /** Whether a handshake ended as the connection was closed or aborted here. */
  private boolean isOurWish(Throwable error) {
    return error instanceof ConnectionLostException && error.getCause() == null;
  }

  private void serve(OpenStreams streams) {
    Connection connection = streams.connection();
    synchronized (lock) {
      if (open.replace(connection, Handling.RUNS) == null) {
        outlived++;
      }
    }
    connection.watch();
    handlers.run(streams, whenHandled);
    connection.start();
  }

  private void handlerEnded(Connection connection) {
    boolean close;
    synchronized (lock) {
      if (open.replace(connection, Handling.NONE) == null) {
        outlived--;
      }
      close = shutdown != null && shutdown.isClosing();
    }
    if (close) {
      connection.closeAsServerStops();
    }
    endShutdownIfOver();
  }

  private void left(Connection connection) {
    CloseReason.Kind how = Objects.requireNonNull(connection.closeReason()).kind();
    runtime.unregister(connection);
    synchronized (lock) {
      Handling handling = open.remove(connection); // none, if it came in the moment of closing
      if (handling != null && shutdown != null) {
        shutdown.ended(how);
      }
      if (handling == Handling.RUNS) {
        outlived++;
      }
    }
    IOException untold = connection.untoldLoss();
    if (untold != null) {
      handlers.report(ErrorStage.CLOSE, peerOf(connection), untold);
    }
    makeRoom();
    completeIfOver();
    endShutdownIfOver();
  }

  private static @Nullable SocketAddress peerOf(Connection connection) {
    return connection.channel().remoteAddress();
  }

  // ---- TLS ----

  private @Nullable TlsLayer tls() {
    synchronized (lock) {
      return tls;
    }
  }

  /** Speaks TLS otherwise on new connections; false when this server does not speak it. */
  boolean updateTls(TlsLayer updated) {
    synchronized (lock) {
      if (tls == null) {
        return false;
      }
      tls = updated;
      return true;
    }
  }

  // ---- ending them ----

  /** Does something to each that is open. */
  void forEach(Consumer<Connection> action) {
    List<Connection> all;
    synchronized (lock) {
      all = List.copyOf(open.keySet());
    }
    all.forEach(action);
  }

  /** Completes when no more can come, and the last has ended. */
  CompletableFuture<@Nullable Void> waitClosed() {
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
    return state == State.CLOSED && open.isEmpty();
  }

  /** Tells those who wait, if that was the last. */
  void completeIfOver() {
    List<StreamFuture<@Nullable Void>> waiters;
    synchronized (lock) {
      if (!isOver()) {
        return;
      }
      waiters = List.copyOf(closeWaiters);
      closeWaiters.clear();
    }
    for (StreamFuture<@Nullable Void> waiter : waiters) {
      completions.run(() -> waiter.complete(null));
    }
  }

  /** Ends all within a time; the server has been closed. */
  CompletableFuture<ShutdownReport> shutDown(Duration patience, Duration grace) {
    Shutdown begun;
    synchronized (lock) {
      if (shutdown == null) {
        shutdown = new Shutdown(lock, runtime.timers(), completions, this);
      }
      begun = shutdown;
    }
    CompletableFuture<ShutdownReport> report = begun.within(patience, grace);
    runtime.register(report, () -> endNow(begun)); // it may outlive all connections, and the server
    report.whenComplete((told, ended) -> runtime.unregister(report));
    endShutdownIfOver();
    return report;
  }

  /** The runtime has closed, and its clock has stopped: a shutdown under way is out of time. */
  private void endNow(Shutdown begun) {
    begun.within(Duration.ZERO, Duration.ZERO);
    endShutdownIfOver();
  }

  @Override
  public void endAll() {
    forEach(
        connection -> {
          if (isHandled(connection)) {
            connection.endInputAsServerStops();
          } else {
            connection.closeAsServerStops();
          }
        });
  }

  private boolean isHandled(Connection connection) {
    synchronized (lock) {
      return open.get(connection) == Handling.RUNS;
    }
  }

  @Override
  public void abortAll() {
    forEach(Connection::abortAsServerStops);
    endShutdownIfOver();
  }

  private void endShutdownIfOver() {
    Shutdown ending;
    synchronized (lock) {
      boolean waits = shutdown != null && shutdown.waitsForHandlers() && outlived > 0;
      ending = isOver() && !waits ? shutdown : null;
    }
    if (ending != null) {
      ending.over();
    }
  }
}
