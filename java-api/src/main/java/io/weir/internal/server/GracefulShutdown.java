package io.weir.internal.server;

import io.weir.CloseReason.Kind;
import io.weir.ShutdownReport;
import io.weir.internal.stream.Connection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How far the shutdown of a server has proceeded, and how its connections have closed. Plain data:
 * it knows neither lock nor timer. {@code ServerStateTest} has the table of all phases and events.
 *
 * <pre>
 *   NOT_STARTED --shutdown()--&gt; LEAVING_ALONE --patience--&gt; CLOSING --grace--&gt; ABORTING
 *                                     |                        |                  |
 *                                     +-- all closed ----------+------------------+--&gt; OVER
 * </pre>
 *
 * <p>LEAVING_ALONE and CLOSING also wait for handlers that still run after their connection has
 * closed; ABORTING does not.
 */
final class GracefulShutdown {

  /** The phases of a shutdown, in their order. */
  enum Phase {
    NOT_STARTED,
    LEAVING_ALONE,
    CLOSING,
    ABORTING,
    OVER
  }

  /** How a connection closed that was open when ABORTING started. */
  private enum End {
    UNDECIDED, // the connection has not closed, and the abort has not returned
    FINISHED, // its handler or the peer closed it, unless aborted() reports otherwise
    FAILED, // its handler had failed, unless aborted() reports otherwise
    CLOSED, // the server closed it, unless aborted() reports otherwise
    ABORTED // the abort closed it
  }

  private final Map<Connection, End> ends = new LinkedHashMap<>(0); // only in ABORTING
  private final Set<Connection> finishedEarly = new HashSet<>(0); // their handlers still ran
  private Phase phase = Phase.NOT_STARTED;
  private long closingAt; // nanoseconds of the clock; from LEAVING_ALONE on
  private long abortingAt;
  private int finished;
  private int closed;
  private int aborted;
  private int failed;

  Phase phase() {
    return phase;
  }

  /**
   * Starts the shutdown, or brings its times forward. A later time than before has no effect.
   *
   * @param closeAt the time at which CLOSING starts, by the clock
   * @param abortAt the time at which ABORTING starts, by the clock
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

  /** Returns whether a phase has not been reached. */
  boolean isBefore(Phase later) {
    return phase.compareTo(later) < 0;
  }

  /** Returns the time at which CLOSING or ABORTING starts, by the clock. */
  long startOf(Phase timed) {
    return timed == Phase.CLOSING ? closingAt : abortingAt;
  }

  /** Enters CLOSING. */
  void close() {
    phase = Phase.CLOSING;
  }

  /** Enters ABORTING. Counts each of these connections when its abort has returned. */
  void abort(Iterable<Connection> open) {
    open.forEach(connection -> ends.put(connection, End.UNDECIDED));
    phase = Phase.ABORTING;
  }

  /** Returns the connections whose abort has not returned. */
  List<Connection> aborting() {
    return List.copyOf(ends.keySet());
  }

  /** Counts a closed connection. If its abort has not returned, {@link #aborted} counts it. */
  void closed(Connection connection, Kind how, boolean handlerFailed) {
    End byServer = how == Kind.SERVER_STOPPING ? End.CLOSED : End.FINISHED;
    End byItself = handlerFailed ? End.FAILED : byServer;
    if (phase == Phase.NOT_STARTED) {
      return;
    }
    if (ends.get(connection) == End.UNDECIDED) {
      ends.put(connection, byItself);
      return;
    }
    count(ends.remove(connection) == null ? byItself : End.ABORTED);
  }

  /** Notes that the handler of a closed connection still runs, and may fail. */
  void outlived(Connection connection, Kind how) {
    boolean isTimed = phase == Phase.LEAVING_ALONE || phase == Phase.CLOSING;
    if (isTimed && how != Kind.SERVER_STOPPING) {
      finishedEarly.add(connection);
    }
  }

  /** Counts as failed a connection that closed before its handler failed. */
  void failedLate(Connection connection) {
    if (finishedEarly.remove(connection)) {
      finished--;
      failed++;
    }
  }

  /**
   * Counts a connection whose abort has returned, if it has closed.
   *
   * <p>A connection that was lost while its last input was read keeps the reason RESET, which
   * explains what happened to the bytes. It still counts as aborted when the abort closed it,
   * because its handler lost the rest of the input. So the count does not depend on the reason.
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
      ends.put(connection, End.ABORTED); // another thread is about to report its close
    }
  }

  private void count(End end) {
    switch (end) {
      case CLOSED -> closed++;
      case ABORTED -> aborted++;
      case FAILED -> failed++;
      case FINISHED, UNDECIDED -> finished++;
    }
  }

  /**
   * Notes that no connection is open any more.
   *
   * @param outlived the number of handlers that still run
   * @return whether the shutdown is complete
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
      finishedEarly.clear();
    }
    return isOver;
  }

  ShutdownReport report() {
    return new ShutdownReport(finished, closed, aborted, failed);
  }

  @Override
  public String toString() {
    String failures = failed == 0 ? "" : ", failed " + failed;
    return phase + " " + finished + "/" + closed + "/" + aborted + failures;
  }
}
