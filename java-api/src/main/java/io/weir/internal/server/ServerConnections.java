package io.weir.internal.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.weir.CloseReason;
import io.weir.ErrorStage;
import io.weir.ShutdownReport;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.AsyncServerChannel;
import io.weir.internal.concurrent.CompletionExecutor;
import io.weir.internal.concurrent.FutureList;
import io.weir.internal.concurrent.SerialExecutor;
import io.weir.internal.concurrent.StackRoom;
import io.weir.internal.concurrent.StreamFuture;
import io.weir.internal.observe.Observation;
import io.weir.internal.runtime.IoRuntime;
import io.weir.internal.server.GracefulShutdown.Phase;
import io.weir.internal.server.ServerState.Step;
import io.weir.internal.stream.Connection;
import io.weir.internal.tls.TlsSetup;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A server: accepts connections while there is room, runs the handler on each, and closes them.
 *
 * <p>It owns the server's only lock. Every event has one shape: {@link ServerState} decides under
 * the lock, and the step is performed after it. No future completes and no handler runs under the
 * lock or on the thread of a caller. Futures complete through a {@link CompletionExecutor}, and
 * handlers run on their channel's thread or their executor.
 */
public final class ServerConnections implements AcceptLoop.Owner {

  private final ServerSettings settings;
  private final IoRuntime runtime;
  private final CompletionExecutor completions; // of the server's futures
  private final CompletionExecutor tasks; // of the library
  private final ConnectionSetup setup;
  private final HandlerRunner handlers;
  private final ShutdownTimers timers;
  private final List<AcceptLoop> listening;
  private final Runnable admitMore = this::admitMore; // allocated while there is memory
  private final Observation observation;
  private final Consumer<Connection> serve = this::serve;

  @GuardedBy("this")
  private final ServerState state;

  @GuardedBy("this")
  private @Nullable StreamFuture<@Nullable Void> serving; // the future of serveForever

  @GuardedBy("this")
  private final FutureList<StreamFuture<@Nullable Void>> closeWaiters = new FutureList<>();

  @GuardedBy("this")
  private final FutureList<StreamFuture<ShutdownReport>> reports = new FutureList<>();

  /**
   * Creates a server that does not accept yet. Closing the runtime closes it.
   *
   * @param channels the listening channels, which belong to the server
   * @param handler creates the call of the handler for a connection, see {@link HandlerRunner}
   */
  public ServerConnections(
      List<? extends AsyncServerChannel> channels,
      ServerSettings settings,
      IoRuntime runtime,
      Function<Connection, HandlerCall> handler) {
    this.settings = settings;
    this.runtime = runtime;
    this.completions = runtime.completionsOn(settings.connections().callbackExecutor());
    this.tasks = CompletionExecutor.on(runtime.completions());
    this.handlers =
        new HandlerRunner(handler, settings, this::handlerFailed, this::handlerReturned);
    this.observation = new Observation(settings.observer(), this::closed);
    this.state = new ServerState(settings.maxConnections());
    this.setup = new ConnectionSetup(settings, runtime);
    this.timers = new ShutdownTimers(runtime.timers(), this::startOf, this::enter);
    CompletionExecutor reports = new SerialExecutor(runtime.completions());
    this.listening =
        channels.stream()
            .map(channel -> new AcceptLoop(channel, runtime.timers(), reports, this))
            .toList();
    runtime.register(this, this::close);
  }

  /** Decides under the lock, and performs the step after it. */
  private void event(Function<ServerState, Step> decision) {
    Step step;
    synchronized (this) {
      step = decision.apply(state);
    }
    perform(step);
  }

  /** Decides about a connection under the lock, and performs the step after it. */
  private void event(BiFunction<ServerState, Connection, Step> decision, Connection connection) {
    Step step;
    synchronized (this) {
      step = decision.apply(state, connection);
    }
    switch (step) {
      case END_INPUT -> connection.endInputAsServerStops();
      case CLOSE_CONNECTION -> connection.closeAsServerStops();
      case AWAIT_PEER -> awaitPeer(connection);
      default -> perform(step);
    }
  }

  private void perform(Step step) {
    switch (step) {
      case NOTHING, END_INPUT, CLOSE_CONNECTION, AWAIT_PEER -> {}
      case ADMIT_MORE -> tasks.run(admitMore); // not nested in the handler that has made room
      case STOP_SERVING -> forEach(connection -> event(ServerState::serverStops, connection));
      case ABORT_ALL -> abortAll();
      case CLOSED -> completeClosed();
      case SHUT_DOWN -> {
        completeClosed();
        completeShutdown();
      }
    }
  }

  // ---- serving ----

  /** Returns the listening channels; none after they have been closed. */
  public synchronized List<AsyncServerChannel> listening() {
    return state.admission().isClosed()
        ? List.of()
        : listening.stream().map(AcceptLoop::channel).toList();
  }

  /** Returns the address of one listening channel, also after it has been closed. */
  public SocketAddress localAddress() {
    return listening.get(0).channel().localAddress();
  }

  public synchronized boolean isServing() {
    return state.admission().isServing();
  }

  /**
   * Starts to accept connections.
   *
   * @throws IllegalStateException when the server is closed
   */
  public void start() {
    StackRoom.require();
    synchronized (this) {
      if (state.admission().isStopped()) {
        throw whyClosed();
      }
      state.admission().start();
    }
    accept();
  }

  /**
   * Accepts until the server is closed, which cancels the future. Completing the future closes the
   * server.
   */
  public CompletableFuture<@Nullable Void> serveForever() {
    StackRoom.require();
    StreamFuture<@Nullable Void> forever = new StreamFuture<>();
    synchronized (this) {
      if (state.admission().isStopped()) {
        return StreamFuture.failed(whyClosed());
      }
      if (serving != null) {
        return StreamFuture.failed(
            new IllegalStateException(
                this + " is already being awaited on serveForever(): use the first future"));
      }
      serving = forever;
      state.admission().start();
    }
    accept();
    forever.whenComplete((nothing, ended) -> close());
    return forever;
  }

  private IllegalStateException whyClosed() {
    return new IllegalStateException(this + " is closed: start another");
  }

  public synchronized void pause() {
    state.admission().pause();
  }

  public void resume() {
    StackRoom.require();
    event(ServerState::resume);
  }

  /** Sets the TLS of new connections. Returns false when this server does not use TLS. */
  public boolean updateTls(TlsSetup updated) {
    return setup.updateTls(updated);
  }

  // ---- accepting ----

  private void accept() {
    listening.forEach(AcceptLoop::run);
  }

  private void admitMore() {
    AsyncByteChannel held = admitHeld();
    while (held != null) {
      try {
        accepted(held);
      } catch (Throwable noMemory) {
        setup.abort(held, noMemory);
      }
      held = admitHeld();
    }
    if (wantsMore()) {
      accept();
    }
  }

  private synchronized @Nullable AsyncByteChannel admitHeld() {
    return state.admission().admitHeld();
  }

  @Override
  public boolean admit(AsyncByteChannel channel) {
    Admission.Decision decision;
    synchronized (this) {
      decision = state.admission().admit(channel);
    }
    if (decision == Admission.Decision.REFUSE) {
      channel.abort();
    }
    return decision == Admission.Decision.SERVE;
  }

  @Override
  public synchronized boolean wantsMore() {
    return state.admission().hasRoom();
  }

  @Override
  public void acceptFailed(Throwable cause) {
    observation.acceptFailed(cause);
    settings.report(CompletionExecutor.IN_CALLER, ErrorStage.ACCEPT, null, cause);
  }

  @Override
  public void accepted(AsyncByteChannel channel) {
    try {
      channel.completions().run(() -> open(channel));
    } catch (Throwable noMemory) {
      event(ServerState::released);
      throw noMemory;
    }
  }

  // ---- serving one connection ----

  private void open(AsyncByteChannel channel) {
    Connection connection = setup.connectionOver(channel, observation);
    if (connection == null) { // the server continues without it
      event(ServerState::released);
      return;
    }
    boolean opened;
    synchronized (this) {
      opened = state.opened(connection);
    }
    if (opened) {
      setup.start(connection, channel, serve);
    } else {
      connection.abort();
    }
  }

  private void serve(Connection connection) {
    connection.watch();
    synchronized (this) {
      state.handlerStarted(connection);
    }
    handlers.run(connection);
    connection.start();
  }

  private synchronized void handlerFailed(Connection connection) {
    state.handlerFailed(connection);
  }

  private void handlerReturned(Connection connection) {
    event(ServerState::handlerReturned, connection);
  }

  private void awaitPeer(Connection connection) {
    connection
        .whenEnded(connection)
        .whenComplete((nothing, error) -> event(ServerState::peerClosed, connection));
  }

  private void closed(Connection connection) {
    CloseReason.Kind how = Objects.requireNonNull(connection.closeReason()).kind();
    runtime.unregister(connection);
    Step step;
    synchronized (this) {
      step = state.closed(connection, how);
    }
    settings.reportLoss(connection, () -> perform(step));
  }

  // ---- closing ----

  /** Stops listening. Open connections stay open. */
  public void close() {
    StackRoom.require();
    List<AsyncByteChannel> held;
    StreamFuture<@Nullable Void> forever;
    synchronized (this) {
      if (state.admission().isStopped()) {
        return;
      }
      state.admission().stop();
      held = state.admission().removeHeld();
      forever = serving;
      serving = null;
    }
    try {
      AcceptLoop.closeAll(listening.iterator());
    } finally { // also after an OutOfMemoryError: a second close() does nothing
      try {
        held.forEach(AsyncByteChannel::abort);
        if (forever != null) {
          completions.run(
              () -> forever.completeExceptionally(new CancellationException(this + " closed")));
        }
      } finally {
        event(ServerState::close);
      }
    }
  }

  /** Calls a method of each open connection. */
  public void forEach(Consumer<Connection> action) {
    open().forEach(action);
  }

  /** Returns the open connections, including those in a TLS handshake. */
  public synchronized List<Connection> open() {
    return state.open();
  }

  /** Returns a future that completes when the server and all connections have closed. */
  public synchronized CompletableFuture<@Nullable Void> waitClosed() {
    if (state.isClosed()) {
      return StreamFuture.done();
    }
    StreamFuture<@Nullable Void> waiter = new StreamFuture<>();
    closeWaiters.add(waiter);
    return waiter;
  }

  private void completeClosed() {
    runtime.unregister(this);
    List<StreamFuture<@Nullable Void>> waiters;
    synchronized (this) {
      waiters = closeWaiters.removeAll();
    }
    waiters.forEach(waiter -> completions.run(() -> waiter.complete(null)));
  }

  // ---- shutting down ----

  /**
   * Closes the server and its connections within a time limit. After several calls the earliest
   * times apply.
   *
   * @param patience how long handlers continue undisturbed
   * @param grace the maximum time of the shutdown
   */
  public CompletableFuture<ShutdownReport> shutDown(Duration patience, Duration grace) {
    close();
    long closeAt = timers.after(patience);
    long abortAt = timers.after(grace);
    StreamFuture<ShutdownReport> report = new StreamFuture<>();
    List<Connection> returned;
    synchronized (this) {
      if (state.shutDown(closeAt, abortAt) == Step.SHUT_DOWN) {
        return StreamFuture.completed(state.shutdown().report());
      }
      reports.add(report);
      returned = state.returned();
    }
    runtime.register(report, this::shutDownNow); // it may outlive all connections, and the server
    report.whenComplete((result, ended) -> runtime.unregister(report));
    timers.start();
    returned.forEach(this::awaitPeer);
    return report;
  }

  /** Ends a shutdown when the runtime closes, because the runtime's clock stops. */
  private void shutDownNow() {
    long now = timers.after(Duration.ZERO);
    synchronized (this) {
      state.shutDown(now, now);
    }
    timers.start();
  }

  private synchronized @Nullable Long startOf(Phase phase) {
    GracefulShutdown shutdown = state.shutdown();
    return shutdown.isBefore(phase) ? shutdown.startOf(phase) : null;
  }

  private void enter(Phase phase) {
    event(server -> server.enter(phase));
  }

  private void abortAll() {
    List<Connection> aborting;
    synchronized (this) {
      aborting = state.shutdown().aborting();
    }
    for (Connection connection : aborting) {
      boolean byAbort = connection.abortAsServerStops();
      event(server -> server.aborted(connection, byAbort));
    }
  }

  private void completeShutdown() {
    timers.close();
    List<StreamFuture<ShutdownReport>> waiters;
    ShutdownReport report;
    synchronized (this) {
      waiters = reports.removeAll();
      report = state.shutdown().report();
    }
    waiters.forEach(waiter -> completions.run(() -> waiter.complete(report)));
  }

  @Override
  public String toString() {
    return "Server" + listening.stream().map(loop -> loop.channel().localAddress()).toList();
  }
}
