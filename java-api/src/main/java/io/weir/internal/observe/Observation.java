package io.weir.internal.observe;

import io.weir.CloseReason;
import io.weir.ConnectionInfo;
import io.weir.ConnectionObserver;
import io.weir.internal.jfr.FlightEvents;
import io.weir.internal.log.ErrorLog;
import io.weir.internal.stream.Connection;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owns connections for their real owner, and reports what happens to them to the program's observer
 * and to the flight recorder. The observer is user code, so it runs on the connection's I/O thread,
 * outside of all calls, and may throw.
 */
public final class Observation implements Connection.Owner {

  private final @Nullable ConnectionObserver observer;
  private final Consumer<Connection> onClosed;

  /**
   * Creates an observation.
   *
   * @param observer the program's observer; null for none
   * @param onClosed is called once for each connection, when it has closed
   */
  public Observation(@Nullable ConnectionObserver observer, Consumer<Connection> onClosed) {
    this.observer = observer;
    this.onClosed = onClosed;
  }

  /** Reports a new connection, before anything else of it. */
  public void opened(Connection connection) {
    ConnectionObserver present = observer;
    if (present != null) {
      ConnectionInfo info = connection.info();
      run(connection, () -> runSafely(() -> present.onOpen(info)));
    }
  }

  @Override
  public void onHandshake(Connection connection, Duration duration) {
    ConnectionObserver present = observer;
    if (present != null) {
      ConnectionInfo info = connection.info();
      run(connection, () -> runSafely(() -> present.onHandshake(info, duration)));
    }
  }

  /** Calls the observer before the real owner, so that a closed server has reported all closes. */
  @Override
  public void onClosed(Connection connection) {
    Runnable report = null;
    try {
      report = closeReport(connection);
      if (report != null) {
        run(connection, report);
      }
    } catch (Throwable noMemory) { // the real owner must know
      report = null;
    }
    if (report == null) {
      onClosed.accept(connection);
    }
  }

  /**
   * Records a close. Returns the calls of the observer and the real owner; null for no observer.
   */
  private @Nullable Runnable closeReport(Connection connection) {
    ConnectionObserver present = observer;
    boolean isRecorded = FlightEvents.recordsCloses();
    if (present == null && !isRecorded) {
      return null;
    }
    ConnectionInfo info = connection.info();
    CloseReason reason = Objects.requireNonNull(connection.closeReason());
    if (isRecorded) {
      FlightEvents.close(
          info.peer(),
          info.age(),
          info.received(),
          info.sent(),
          reason.unsent(),
          reason.kind().name(),
          reason.cause());
    }
    if (present == null) {
      return null;
    }
    return () -> {
      runSafely(() -> present.onClose(info, reason));
      onClosed.accept(connection);
    };
  }

  /** Reports that a server could not accept a connection. */
  public void acceptFailed(Throwable cause) {
    ConnectionObserver present = observer;
    if (present != null) {
      runSafely(() -> present.onAcceptFailure(cause));
    }
  }

  private static void run(Connection connection, Runnable call) {
    connection.channel().completions().run(call);
  }

  private static void runSafely(Runnable call) {
    try {
      call.run();
    } catch (Throwable thrown) {
      ErrorLog.report(Level.WARNING, "the connection observer failed", thrown);
    }
  }
}
