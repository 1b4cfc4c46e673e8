package io.weir;

import io.weir.internal.log.Printable;
import io.weir.internal.runtime.IoRuntime;
import io.weir.internal.stream.Connection;
import io.weir.internal.tls.TlsPeer;
import java.lang.System.Logger.Level;

/**
 * Creates the reader and the writer of a connection. When both become garbage before the connection
 * is closed, the connection is closed and a WARNING is logged.
 *
 * <p>asyncio: the {@code ResourceWarning} of a writer that was not closed.
 */
final class StreamFactory {

  private static final System.Logger LOG = System.getLogger("io.weir");

  private StreamFactory() {}

  /** Creates the reader and the writer of a connection, which holds no reference to them. */
  static StreamConnection create(Connection connection, TlsPeer peer, IoRuntime runtime) {
    TransportHandle transport = new TransportHandle(connection, peer, runtime.tls());
    IoRuntime.cleaner().register(transport, () -> closeForgotten(connection));
    return new StreamConnection(
        new StreamReader(connection, transport), new StreamWriter(connection, transport));
  }

  private static void closeForgotten(Connection connection) {
    if (!connection.isClosing()) {
      LOG.log(
          Level.WARNING,
          () ->
              "closing a connection that the program dropped without closing it: "
                  + Printable.text(connection.toString()));
      connection.closeAndLinger(); // the peer may not have read yet what was written
    }
  }
}
