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
 * Reports what happens to connections to the program's observer and to the flight recorder, and
 * passes closes on to the real owner. The observer is user code, so it runs on the connection's I/O
 * thread, outside of all calls of the library, and may throw.
 */
public final class Observation implements Connection.Owner {

  private final @Nullable ConnectionObserver observer;
  private final Consumer<Connection> onClosed;

  /**
   * Creates an observation.
   *
   * @param observer the program's observer; null for none
   * @param onClosed the real owner; called once for each connection, when it has closed
   */
  public Observation(@Nullable ConnectionObserver observer, Consumer<Connection> onClosed) {
    this.observer = observer;
    this.onClosed = onClosed;
  }

  /** Reports a new connection, before any other event of it. */
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

  /**
   * Calls the observer before the real owner, so that a server closes after all closes are
   * reported.
   */
  @Override
  public void onClosed(Connection connection) {
    if (!reportClose(connection)) {
      onClosed.accept(connection);
    }
  }

  /** Reports a close. Returns whether the real owner is called after the observer. */
  private boolean reportClose(Connection connection) {
    try {
      CloseReason reason = Objects.requireNonNull(connection.closeReason());
      FlightEvents.close(connection::info, reason);
      ConnectionObserver present = observer;
      if (present == null) {
        return false;
      }
      ConnectionInfo info = connection.info();
      run(
          connection,
          () -> {
            runSafely(() -> present.onClose(info, reason));
            onClosed.accept(connection);
          });
      return true;
    } catch (Throwable noMemory) { // for the report
      return false;
    }
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
