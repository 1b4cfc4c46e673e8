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
public record Connected(StreamConnection connection, Peer peer) implements AutoCloseable {

  /** Connects. */
  public static Connected open() {
    return open(ConnectOptions.DEFAULTS);
  }

  /** Connects. */
  public static Connected open(ConnectOptions options) {
    try (Peer.Listener listener = new Peer.Listener()) {
      StreamConnection connection =
          Deadline.get(AsyncStreams.openConnection(listener.host(), listener.port(), options));
      return new Connected(connection, listener.accept());
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
