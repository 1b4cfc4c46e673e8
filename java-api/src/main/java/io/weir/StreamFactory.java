package io.weir;

import io.weir.internal.runtime.IoRuntime;
import io.weir.internal.stream.Connection;
import io.weir.internal.tls.TlsPeer;

/** Creates the reader and the writer of a connection, which is closed when both become garbage. */
final class StreamFactory {

  private StreamFactory() {}

  /** Creates the reader and the writer of a connection, which holds no reference to them. */
  static StreamConnection create(Connection connection, TlsPeer peer, IoRuntime runtime) {
    TransportHandle transport = new TransportHandle(connection, peer, runtime.tls());
    LostConnection.watch(transport, connection, runtime.lost());
    return new StreamConnection(
        new StreamReader(connection, transport), new StreamWriter(connection, transport));
  }
}
