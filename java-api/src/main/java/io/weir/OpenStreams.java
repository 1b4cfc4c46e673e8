package io.weir;

import io.weir.internal.channel.AsyncByteChannel;
import io.weir.internal.log.Printable;
import io.weir.internal.runtime.IoRuntime;
import io.weir.internal.stream.Connection;
import io.weir.internal.stream.ConnectionSettings;
import io.weir.internal.tls.TlsPeer;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;

/**
 * A connection and the views that are handed out of it. When a program has forgotten all of the
 * views without closing, the connection is closed, and the log says so.
 *
 * <p>asyncio: the {@code ResourceWarning} of a writer that was not closed.
 *
 * @param connection the connection, which does not hold its views
 * @param views the reader and the writer
 */
record OpenStreams(Connection connection, StreamConnection views) {

  private static final System.Logger LOG = System.getLogger("io.weir");

  /**
   * Makes the streams of a channel.
   *
   * @param onClosed is called once, when the connection has closed
   */
  static OpenStreams over(
      AsyncByteChannel channel,
      TlsPeer origin,
      ConnectionSettings terms,
      IoRuntime runtime,
      Consumer<Connection> onClosed) {
    Connection connection = new Connection(channel, terms, runtime.timers(), onClosed);
    return new OpenStreams(connection, viewsOf(connection, origin, runtime));
  }

  /** Makes the reader and the writer of a connection, which is closed when both are garbage. */
  static StreamConnection viewsOf(Connection connection, TlsPeer origin, IoRuntime runtime) {
    CurrentTransport transport = new CurrentTransport(connection, origin, runtime.tls());
    IoRuntime.cleaner().register(transport, () -> closeForgotten(connection));
    return new StreamConnection(
        new StreamReader(connection, transport), new StreamWriter(connection, transport));
  }

  private static void closeForgotten(Connection connection) {
    if (!connection.isClosing()) {
      LOG.log(
          Level.WARNING,
          () ->
              "closing a connection that nobody has closed: "
                  + Printable.text(connection.toString()));
      connection.close();
    }
  }
}
