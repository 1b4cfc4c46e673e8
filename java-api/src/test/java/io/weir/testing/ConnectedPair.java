package io.weir.testing;

import io.weir.AsyncStreams;
import io.weir.ConnectOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;

/**
 * A connection over a real socket, with the test as its peer.
 *
 * @param connection our end
 * @param peer the other end
 */
public record ConnectedPair(StreamConnection connection, BlockingPeer peer)
    implements AutoCloseable {

  /** Connects. */
  public static ConnectedPair open() {
    return open(ConnectOptions.DEFAULTS);
  }

  /** Connects. */
  public static ConnectedPair open(ConnectOptions options) {
    try (BlockingPeer.Listener listener = new BlockingPeer.Listener()) {
      StreamConnection connection =
          Deadline.get(
              AsyncStreams.openConnection(
                  listener.host(), listener.port(), TestRuntime.in(options)));
      return new ConnectedPair(connection, listener.accept());
    }
  }

  /** Our reader. */
  public StreamReader reader() {
    return connection.reader();
  }

  /** Our writer. */
  public StreamWriter writer() {
    return connection.writer();
  }

  @Override
  public void close() {
    connection.writer().transport().abort();
    peer.close();
  }
}
