package io.weir.internal.server;

import io.weir.CloseReason.Kind;
import io.weir.ShutdownReport;
import io.weir.internal.stream.Connection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How far the shutdown of a server is, and how its connections have closed. Plain data: it knows
 * neither lock nor timer. {@code ServerStateTest} has the table of all phases and events.
 *
 * <pre>
 *   NOT_STARTED --shutdown()--&gt; LEAVING_ALONE --patience is over--&gt; CLOSING --time is up--&gt; ABORTING
 *                                    |                                |                      |
 *                                    +------ all has closed ----------+----------------------+--&gt; OVER
 * </pre>
 *
 * <p>LEAVING_ALONE and CLOSING also wait for handlers that run on after their connection has
 * closed; ABORTING does not.
 */
final class GracefulShutdown {

  /** How far the shutdown is; the order counts. */
  enum Phase {
    NOT_STARTED,
    LEAVING_ALONE,
    CLOSING,
    ABORTING,
    OVER
  }

  /** How a connection closed that is being aborted because the time is up. */
  private enum End {
    UNDECIDED, // neither has it closed, nor has the abort returned
    FINISHED, // it has closed, by itself unless the abort says otherwise
    CLOSED, // it has closed, in order unless the abort says otherwise
    ABORTED // the abort closes it
  }

  private final Map<Connection, End> ends = new LinkedHashMap<>(0); // only in ABORTING
  private Phase phase = Phase.NOT_STARTED;
  private long closingAt; // nanoseconds of the clock; from LEAVING_ALONE on
  private long abortingAt;
  private int finished;
  private int closed;
  private int aborted;

  Phase phase() {
    return phase;
  }

  /** Whether connections are closed when their handlers have returned. */
  boolean isClosing() {
    return phase == Phase.CLOSING || phase == Phase.ABORTING;
  }

  /**
   * Starts the shutdown, or brings its times forward; what is later than before counts for nothing.
   *
   * @param closeAt when handlers have been left alone for long enough, by the clock
   * @param abortAt when the time is up, by the clock
   */
  void start(long closeAt, long abortAt) {
    if (phase == Phase.NOT_STARTED) {
      phase = Phase.LEAVING_ALONE;
      closingAt = closeAt;
      abortingAt = abortAt;
    } else {
      closingAt = earlier(closingAt, closeAt);
      abortingAt = earlier(abortingAt, abortAt);
    }
  }

  private static long earlier(long one, long other) {
    return one - other <= 0 ? one : other; // the clock may have any origin
  }

  /** Whether a phase lies ahead. */
  boolean isBefore(Phase later) {
    return phase.compareTo(later) < 0;
  }

  /** When CLOSING or ABORTING starts, by the clock. */
  long startOf(Phase timed) {
    return timed == Phase.CLOSING ? closingAt : abortingAt;
  }

  /** Reaches CLOSING. */
  void close() {
    phase = Phase.CLOSING;
  }

  /** Reaches ABORTING; each of these connections is counted when its abort has returned. */
  void abort(Iterable<Connection> open) {
    open.forEach(connection -> ends.put(connection, End.UNDECIDED));
    phase = Phase.ABORTING;
  }

  /** The connections whose abort has not returned. */
  List<Connection> aborting() {
    return List.copyOf(ends.keySet());
  }

  /** Counts a connection that has closed, unless its abort is under way. */
  void closed(Connection connection, Kind how) {
    End byItself = how == Kind.SERVER_STOPPING ? End.CLOSED : End.FINISHED;
    if (phase == Phase.NOT_STARTED) {
      return;
    }
    if (ends.get(connection) == End.UNDECIDED) {
      ends.put(connection, byItself);
      return;
    }
    count(ends.remove(connection) == null ? byItself : End.ABORTED);
  }

  /**
   * Counts a connection whose abort has returned, if it has closed.
   *
   * <p>A connection that the peer had broken, and whose last input was being read, keeps its
   * reason, RESET: what came first stands, and says what became of the bytes. It still counts as
   * aborted here when the abort closed it, because it had not closed by itself when the time was
   * up, and its handler lost the rest of the input by the abort. So the count does not go by the
   * reason.
   *
   * @param byAbort whether the abort closes the connection
   */
  void aborted(Connection connection, boolean byAbort) {
    End end = ends.remove(connection);
    if (end == null) {
      return;
    }
    if (end != End.UNDECIDED) {
      count(byAbort ? End.ABORTED : end);
    } else if (byAbort) {
      ends.put(connection, End.ABORTED); // another thread publishes its end in this moment
    }
  }

  private void count(End end) {
    switch (end) {
      case CLOSED -> closed++;
      case ABORTED -> aborted++;
      case FINISHED, UNDECIDED -> finished++;
    }
  }

  /**
   * Notes that no connection is open any more.
   *
   * @param outlived how many handlers run on
   * @return whether the shutdown is over
   */
  boolean allClosed(int outlived) {
    boolean isOver =
        switch (phase) {
          case NOT_STARTED -> false;
          case LEAVING_ALONE, CLOSING -> outlived == 0;
          case ABORTING -> ends.isEmpty();
          case OVER -> true;
        };
    if (isOver) {
      phase = Phase.OVER;
    }
    return isOver;
  }

  ShutdownReport report() {
    return new ShutdownReport(finished, closed, aborted);
  }

  @Override
  public String toString() {
    return phase + " " + finished + "/" + closed + "/" + aborted;
  }
}
