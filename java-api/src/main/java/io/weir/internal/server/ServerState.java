package io.weir.internal.server;

import io.weir.CloseReason;
import io.weir.internal.server.GracefulShutdown.Phase;
import io.weir.internal.stream.Connection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The connections of a server: which are open, whose handler runs, whether more come in, and how
 * all of it is shut down. Plain data: it knows neither lock nor thread nor timer. Each event
 * changes the state and returns what is to be done after the lock; {@code ServerStateTest} has the
 * table of all states and events.
 *
 * <pre>
 *   admitted --opened()--&gt; open, no handler --handlerStarted()--&gt; open, handler runs
 *                             ^    |                                |        |
 *                             |    +--closed()--&gt; gone              |        | closed()
 *                             +------- handlerReturned() -----------+        v
 *                                                     gone &lt;--handlerReturned()-- outlived
 * </pre>
 */
final class ServerState {

  /** What the handler of an open connection does. */
  private enum HandlerState {
    NONE, // it has not been called, or it has returned
    RUNS
  }

  /** What is to be done after an event. */
  enum Step {
    NOTHING,
    /** There is room: serve connections that are held, and accept more. */
    ADMIT_MORE,
    /** Close the connection in order, because the server stops. */
    CLOSE_CONNECTION,
    /** End the input of connections whose handler runs, and close the others. */
    END_INPUTS,
    /** Abort every open connection, because the time is up. */
    ABORT_ALL,
    /** The server and all connections have closed; a shutdown may still wait for handlers. */
    CLOSED,
    /** The server and all connections have closed, and the shutdown is over. */
    SHUT_DOWN
  }

  private final Admission admission;
  private final GracefulShutdown shutdown = new GracefulShutdown();
  private final Map<Connection, HandlerState> open = new LinkedHashMap<>();
  private int outlived; // handlers that run though their connection has closed

  ServerState(int maxConnections) {
    this.admission = new Admission(maxConnections);
  }

  Admission admission() {
    return admission;
  }

  GracefulShutdown shutdown() {
    return shutdown;
  }

  /** The connections that are open. */
  List<Connection> open() {
    return List.copyOf(open.keySet());
  }

  /** Whether the handler of an open connection runs. */
  boolean isHandled(Connection connection) {
    return open.get(connection) == HandlerState.RUNS;
  }

  /** Whether the server and all connections have closed. */
  boolean isClosed() {
    return admission.isClosed() && open.isEmpty();
  }

  // ---- coming and going ----

  /** Ends a pause. */
  Step resume() {
    return admission.resume() ? Step.ADMIT_MORE : Step.NOTHING;
  }

  /** Closes the server. */
  Step close() {
    admission.close();
    return whenClosed();
  }

  /** An admitted connection is open; false when the server has closed meanwhile. */
  boolean opened(Connection connection) {
    if (!admission.isServing()) {
      return false;
    }
    open.put(connection, HandlerState.NONE);
    return true;
  }

  /** Its handler is about to be called. */
  void handlerStarted(Connection connection) {
    if (open.replace(connection, HandlerState.RUNS) == null) {
      outlived++;
    }
  }

  /** Its handler has returned. */
  Step handlerReturned(Connection connection) {
    if (open.replace(connection, HandlerState.NONE) == null) {
      outlived--;
      return whenClosed();
    }
    return shutdown.isClosing() ? Step.CLOSE_CONNECTION : Step.NOTHING;
  }

  /**
   * An admitted connection has closed.
   *
   * @param how its reason
   */
  Step closed(Connection connection, CloseReason.Kind how) {
    HandlerState handling = open.remove(connection); // null when it has not been opened
    if (handling != null) {
      shutdown.closed(connection, how);
    }
    if (handling == HandlerState.RUNS) {
      outlived++;
    }
    return released();
  }

  /** An admitted connection is gone, or could not be made. */
  Step released() {
    return admission.release() ? Step.ADMIT_MORE : whenClosed();
  }

  private Step whenClosed() {
    if (!isClosed()) {
      return Step.NOTHING;
    }
    return shutdown.allClosed(outlived) ? Step.SHUT_DOWN : Step.CLOSED;
  }

  // ---- shutting down; the server is closed ----

  /**
   * Starts the shutdown, or brings its times forward.
   *
   * @param closeAt when handlers have been left alone for long enough, by the clock
   * @param abortAt when the time is up, by the clock
   */
  Step shutDown(long closeAt, long abortAt) {
    if (shutdown.phase() != Phase.OVER) {
      shutdown.start(closeAt, abortAt);
    }
    return whenClosed();
  }

  /** It is time for a phase, which may have been reached before. */
  Step enter(Phase timed) {
    if (!shutdown.isBefore(timed)) {
      return Step.NOTHING;
    }
    if (timed == Phase.CLOSING) {
      shutdown.close();
      return open.isEmpty() ? Step.NOTHING : Step.END_INPUTS;
    }
    shutdown.abort(open.keySet());
    return open.isEmpty() ? whenClosed() : Step.ABORT_ALL;
  }

  /**
   * The abort of a connection has returned.
   *
   * @param byAbort whether it closes the connection, which had not closed by itself
   */
  Step aborted(Connection connection, boolean byAbort) {
    shutdown.aborted(connection, byAbort);
    return whenClosed();
  }

  @Override
  public String toString() {
    long handled = open.values().stream().filter(handling -> handling == HandlerState.RUNS).count();
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
