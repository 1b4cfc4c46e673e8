package io.weir;

import io.weir.internal.runtime.IoRuntime;
import io.weir.internal.server.HandlerCall;
import io.weir.internal.stream.Connection;
import io.weir.internal.tls.TlsPeer;
import java.util.concurrent.CompletionStage;

/** Creates the reader and the writer of a connection, which is closed when both become garbage. */
final class StreamFactory {

  private StreamFactory() {}

  /** Creates the reader and the writer of a connection, which holds no reference to them. */
  static StreamConnection create(Connection connection, TlsPeer peer, IoRuntime runtime) {
    TransportHandle transport = handle(connection, peer, runtime);
    LostConnection.watch(transport, connection, runtime.lost());
    return views(connection, transport);
  }

  /** Creates the call of the handler of an accepted connection. */
  static HandlerCall call(ConnectionHandler handler, Connection connection, IoRuntime runtime) {
    TransportHandle transport = handle(connection, TlsPeer.ACCEPTED, runtime);
    LostConnection watched = LostConnection.watch(transport, connection, runtime.lost());
    StreamConnection views = views(connection, transport);
    return new HandlerCall() {
      @Override
      public Runnable hold() {
        return watched == null ? () -> {} : watched.holding(transport);
      }

      @Override
      public CompletionStage<?> start() throws Exception {
        return handler.handle(views.reader(), views.writer());
      }
    };
  }

  private static TransportHandle handle(Connection connection, TlsPeer peer, IoRuntime runtime) {
    return new TransportHandle(connection, peer, runtime.tls(), runtime.files());
  }

  private static StreamConnection views(Connection connection, TransportHandle transport) {
    return new StreamConnection(
        new StreamReader(connection, transport), new StreamWriter(connection, transport));
  }
}
