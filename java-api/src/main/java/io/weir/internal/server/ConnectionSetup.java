package io.weir.internal.server;

import io.weir.ConnectionLostException;
import io.weir.ErrorStage;
import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.channel.SocketOptions;
import io.weir.internal.runtime.IoRuntime;
import io.weir.internal.stream.Connection;
import io.weir.internal.tls.TlsSetup;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes the connections of a server from accepted channels: sets the socket options, and performs
 * the TLS handshake.
 */
final class ConnectionSetup {

  private final ServerSettings settings;
  private final IoRuntime runtime;
  private volatile @Nullable TlsSetup tls; // of new connections; null for ever, or never

  ConnectionSetup(ServerSettings settings, IoRuntime runtime) {
    this.settings = settings;
    this.runtime = runtime;
    this.tls = settings.tls();
  }

  /** Sets the TLS of new connections; false when the server does not use TLS. */
  boolean updateTls(TlsSetup updated) {
    if (tls == null) {
      return false;
    }
    tls = updated;
    return true;
  }

  /**
   * Makes a connection, which has not started.
   *
   * @param onClosed is called once, when it has closed
   * @throws IOException when a socket option cannot be set
   */
  Connection connectionOver(AsyncByteChannel channel, Consumer<Connection> onClosed)
      throws IOException {
    SocketOptions.set(channel, settings.socketOptions());
    return new Connection(channel, settings.connections(), runtime.timers(), onClosed);
  }

  /**
   * Makes a connection ready. Never throws: an error aborts the connection and is reported.
   *
   * @param onReady is called with the connection, on its channel's thread, behind the TLS handshake
   */
  void start(Connection connection, AsyncByteChannel channel, Consumer<Connection> onReady) {
    TlsSetup layer = tls;
    try {
      closeWithRuntime(connection);
      if (layer == null) {
        onReady.accept(connection);
      } else {
        connection
            .startTls(layer, runtime.tls(), channel.completions()) // not on a program's executor
            .whenComplete((nothing, error) -> onHandshakeDone(connection, error, onReady));
      }
    } catch (Throwable broken) {
      abort(connection, broken);
    }
  }

  private void closeWithRuntime(Connection connection) {
    runtime.register(connection, connection::abort);
    if (connection.closeReason() != null) { // it was closed before the runtime knew it
      runtime.unregister(connection);
    }
  }

  private void onHandshakeDone(
      Connection connection, @Nullable Throwable error, Consumer<Connection> onReady) {
    try {
      if (error == null) {
        onReady.accept(connection);
      } else if (!isClosedHere(error)) {
        settings.report(ErrorStage.TLS_HANDSHAKE, connection.channel().remoteAddress(), error);
      }
    } catch (Throwable broken) {
      abort(connection, broken);
    }
  }

  /** Whether a handshake failed because the connection was closed or aborted on this side. */
  private static boolean isClosedHere(Throwable error) {
    return error instanceof ConnectionLostException && error.getCause() == null;
  }

  /** Aborts a connection because of an error that is no handler's. */
  private void abort(Connection connection, Throwable error) {
    connection.abort();
    settings.report(ErrorStage.ACCEPT, connection.channel().remoteAddress(), error);
  }
}
