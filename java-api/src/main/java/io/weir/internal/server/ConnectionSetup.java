package io.weir.internal.server;

import io.weir.ConnectionLostException;
import io.weir.ErrorStage;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.SocketOptions;
import io.weir.internal.jfr.FlightEvents;
import io.weir.internal.observe.Observation;
import io.weir.internal.runtime.IoRuntime;
import io.weir.internal.stream.Connection;
import io.weir.internal.tls.TlsSetup;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Creates the connections of a server from accepted channels: sets the socket options, and performs
 * the TLS handshake.
 */
final class ConnectionSetup {

  private final ServerSettings settings;
  private final IoRuntime runtime;
  private volatile @Nullable TlsSetup tls; // of new connections; a server with TLS always has it

  ConnectionSetup(ServerSettings settings, IoRuntime runtime) {
    this.settings = settings;
    this.runtime = runtime;
    this.tls = settings.tls();
  }

  /** Sets the TLS of new connections. Returns false when the server does not use TLS. */
  boolean updateTls(TlsSetup updated) {
    if (tls == null) {
      return false;
    }
    tls = updated;
    return true;
  }

  /**
   * Creates a connection, which has not started. Returns null after an error, for example when a
   * socket option cannot be set. The error aborts the channel and is reported.
   *
   * @param observation the owner of the connection
   */
  @Nullable Connection connectionOver(AsyncByteChannel channel, Observation observation) {
    try {
      FlightEvents.accept(channel::localAddress, channel::remoteAddress);
      SocketOptions.set(channel, settings.socketOptions());
      Connection connection =
          new Connection(channel, settings.connections(), runtime.timers(), observation);
      observation.opened(connection);
      return connection;
    } catch (Throwable broken) { // or an OutOfMemoryError
      abort(channel, broken);
      return null;
    }
  }

  /** Aborts a channel that cannot be served, and reports the error. */
  void abort(AsyncByteChannel channel, Throwable error) {
    channel.abort();
    settings.report(channel.completions(), ErrorStage.ACCEPT, channel.remoteAddress(), error);
  }

  /**
   * Prepares a connection. Never throws: an error aborts the connection and is reported.
   *
   * @param onReady receives the connection, on its channel's thread, after the TLS handshake
   */
  void start(Connection connection, AsyncByteChannel channel, Consumer<Connection> onReady) {
    TlsSetup layer = tls;
    try {
      closeWithRuntime(connection);
      if (layer == null) {
        onReady.accept(connection);
      } else {
        connection
            .startTls(layer, runtime.tls(), channel.completions()) // not on the program's executor
            .whenComplete((nothing, error) -> onHandshakeDone(connection, error, onReady));
      }
    } catch (Throwable broken) {
      abort(connection, broken);
    }
  }

  private void closeWithRuntime(Connection connection) {
    runtime.register(connection, connection::abortAsRuntimeCloses);
    if (connection.closeReason() != null) { // it closed before it was registered
      runtime.unregister(connection);
    }
  }

  private void onHandshakeDone(
      Connection connection, @Nullable Throwable error, Consumer<Connection> onReady) {
    try {
      if (error == null) {
        onReady.accept(connection);
      } else if (!isClosedHere(error)) {
        settings.report(connection, ErrorStage.TLS_HANDSHAKE, error);
      }
    } catch (Throwable broken) {
      abort(connection, broken);
    }
  }

  /** Returns whether a handshake failed because this side closed or aborted the connection. */
  private static boolean isClosedHere(Throwable error) {
    return error instanceof ConnectionLostException && error.getCause() == null;
  }

  /** Aborts a connection because of an error outside its handler. */
  private void abort(Connection connection, Throwable error) {
    connection.abort();
    settings.report(connection, ErrorStage.ACCEPT, error);
  }
}
