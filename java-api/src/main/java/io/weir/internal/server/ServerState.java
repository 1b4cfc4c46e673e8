package io.weir.internal.server;

import io.weir.CloseReason;
import io.weir.internal.server.GracefulShutdown.Phase;
import io.weir.internal.stream.Connection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The connections of a server: which are open, which have a running handler, whether more are
 * admitted, and the shutdown. Plain data: it knows neither lock nor thread nor timer. Each event
 * changes the state and returns the step to perform after the lock is released. {@code
 * ServerStateTest} has the table of all states and events.
 *
 * <pre>
 *   admitted --opened()--&gt; open, no handler --handlerStarted()--&gt; open, handler runs
 *                             ^    |                                |        |
 *                             |    +--closed()--&gt; gone              |        | closed()
 *                             +------- handlerReturned() -----------+        v
 *                                                     gone &lt;--handlerReturned()-- outlived
 * </pre>
 *
 * <p>{@link #handlerFailed} may precede {@link #handlerReturned}. The connection then counts as
 * failed.
 */
final class ServerState {

  /** The progress of the handler of an open connection. */
  private enum HandlerState {
    NOT_CALLED,
    RUNS,
    FAILS, // has failed, and is about to return
    RETURNED,
    FAILED; // has failed and returned

    boolean isRunning() {
      return this == RUNS || this == FAILS;
    }

    boolean hasReturned() {
      return this == RETURNED || this == FAILED;
    }

    boolean hasFailed() {
      return this == FAILS || this == FAILED;
    }
  }

  /** What to do after an event. */
  enum Step {
    NOTHING,
    /** There is room: serve connections that are held, and accept more. */
    ADMIT_MORE,
    /** Cut off the input of the connection, because the server stops. */
    END_INPUT,
    /** Close the connection in an orderly way, because the server stops. */
    CLOSE_CONNECTION,
    /** Call {@link #peerClosed} when the peer of the connection has closed its half. */
    AWAIT_PEER,
    /** Call {@link #serverStops} for each open connection. */
    STOP_SERVING,
    /** Abort every open connection, because the time expired. */
    ABORT_ALL,
    /** The server and all connections have closed; a shutdown may still wait for handlers. */
    CLOSED,
    /** The server and all connections have closed, and the shutdown is complete. */
    SHUT_DOWN
  }

  private final Admission admission;
  private final GracefulShutdown shutdown = new GracefulShutdown();
  private final Map<Connection, HandlerState> open = new LinkedHashMap<>();
  private int outlived; // running handlers whose connection has closed

  ServerState(int maxConnections) {
    this.admission = new Admission(maxConnections);
  }

  Admission admission() {
    return admission;
  }

  GracefulShutdown shutdown() {
    return shutdown;
  }

  /** Returns the open connections. */
  List<Connection> open() {
    return List.copyOf(open.keySet());
  }

  /** Returns the open connections whose handler has returned. */
  List<Connection> returned() {
    return open.entrySet().stream()
        .filter(entry -> entry.getValue().hasReturned())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Returns whether the server and all connections have closed. */
  boolean isClosed() {
    return admission.isClosed() && open.isEmpty();
  }

  // ---- connections ----

  /** Ends a pause. */
  Step resume() {
    return admission.resume() ? Step.ADMIT_MORE : Step.NOTHING;
  }

  /**
   * Notes that the listening sockets have been closed. Until then the server has not closed, even
   * when no connection is open, because its addresses are in use.
   */
  Step close() {
    admission.close();
    return whenClosed();
  }

  /**
   * Adds an admitted connection.
   *
   * @return false when the server has been stopped meanwhile, and the connection is not added
   */
  boolean opened(Connection connection) {
    if (!admission.isServing()) {
      return false;
    }
    open.put(connection, HandlerState.NOT_CALLED);
    return true;
  }

  /** Notes that the handler of a connection is about to be called. */
  void handlerStarted(Connection connection) {
    if (open.replace(connection, HandlerState.RUNS) == null) {
      outlived++;
    }
  }

  /** Notes that the handler of a connection has failed, and is about to return. */
  void handlerFailed(Connection connection) {
    if (open.replace(connection, HandlerState.FAILS) == null) {
      shutdown.failedLate(connection);
    }
  }

  /** Notes that the handler of a connection has returned. */
  Step handlerReturned(Connection connection) {
    HandlerState before = open.get(connection);
    if (before == null) {
      outlived--;
      return whenClosed();
    }
    open.put(connection, before.hasFailed() ? HandlerState.FAILED : HandlerState.RETURNED);
    return switch (shutdown.phase()) {
      case NOT_STARTED, OVER -> Step.NOTHING;
      case LEAVING_ALONE -> Step.AWAIT_PEER;
      case CLOSING, ABORTING -> Step.CLOSE_CONNECTION;
    };
  }

  /**
   * Notes that the peer of a connection has closed its half. When the handler has returned too, a
   * shutdown closes the connection without waiting for CLOSING.
   */
  Step peerClosed(Connection connection) {
    HandlerState handling = open.get(connection);
    boolean isAbandoned = handling != null && handling.hasReturned();
    return isAbandoned && shutdown.phase() == Phase.LEAVING_ALONE
        ? Step.CLOSE_CONNECTION
        : Step.NOTHING;
  }

  /**
   * Notes that an admitted connection has closed.
   *
   * @param how the kind of its close reason
   */
  Step closed(Connection connection, CloseReason.Kind how) {
    HandlerState handling = open.remove(connection); // null when it was never open
    if (handling != null) {
      shutdown.closed(connection, how, handling.hasFailed());
    }
    if (handling == HandlerState.RUNS) {
      shutdown.outlived(connection, how);
    }
    if (handling != null && handling.isRunning()) {
      outlived++;
    }
    return released();
  }

  /** Notes that an admitted connection has closed, or could not be created. */
  Step released() {
    return admission.release() ? Step.ADMIT_MORE : whenClosed();
  }

  private Step whenClosed() {
    if (!isClosed()) {
      return Step.NOTHING;
    }
    return shutdown.allClosed(outlived) ? Step.SHUT_DOWN : Step.CLOSED;
  }

  // ---- shutting down; the server has been stopped ----

  /**
   * Starts the shutdown, or brings its times forward.
   *
   * @param closeAt the time at which connections close, by the clock
   * @param abortAt the time at which connections are aborted, by the clock
   */
  Step shutDown(long closeAt, long abortAt) {
    if (shutdown.phase() != Phase.OVER) {
      shutdown.start(closeAt, abortAt);
    }
    return whenClosed();
  }

  /**
   * Decides how a connection is closed when the server stops. A handler that runs may still write
   * to it.
   */
  Step serverStops(Connection connection) {
    HandlerState handling = open.get(connection);
    if (handling == null) { // it has closed meanwhile
      return Step.NOTHING;
    }
    return handling.isRunning() ? Step.END_INPUT : Step.CLOSE_CONNECTION;
  }

  /** Enters a phase at its time. Does nothing when the phase was reached before. */
  Step enter(Phase timed) {
    if (!shutdown.isBefore(timed)) {
      return Step.NOTHING;
    }
    if (timed == Phase.CLOSING) {
      shutdown.close();
      return open.isEmpty() ? Step.NOTHING : Step.STOP_SERVING;
    }
    shutdown.abort(open.keySet());
    return open.isEmpty() ? whenClosed() : Step.ABORT_ALL;
  }

  /**
   * Notes that the abort of a connection has returned.
   *
   * @param byAbort whether the abort closed the connection
   */
  Step aborted(Connection connection, boolean byAbort) {
    shutdown.aborted(connection, byAbort);
    return whenClosed();
  }

  @Override
  public String toString() {
    long handled = open.values().stream().filter(HandlerState::isRunning).count();
    return admission
        + ", open "
        + open.size()
        + ", handled "
        + handled
        + ", outlived "
        + outlived
        + ", "
        + shutdown;
  }
}
