package io.weir.faults;

import io.weir.ConnectOptions;
import io.weir.StreamConnection;
import io.weir.StreamReader;
import io.weir.StreamWriter;
import io.weir.testing.Loopback;
import io.weir.testing.Raw;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;

/** A connection of ours whose other end is a blocking socket of the JDK. */
record Link(StreamConnection ours, Socket peer) implements AutoCloseable {

  static Link open() throws Exception {
    return open(ConnectOptions.DEFAULTS);
  }

  static Link open(ConnectOptions options) throws Exception {
    try (ServerSocket server = Raw.listen()) {
      StreamConnection ours = Loopback.connect(server.getLocalPort(), options);
      return new Link(ours, Raw.accept(server));
    }
  }

  StreamReader reader() {
    return ours.reader();
  }

  StreamWriter writer() {
    return ours.writer();
  }

  /** The peer sends. */
  void send(byte[] data) throws IOException {
    OutputStream out = peer.getOutputStream();
    out.write(data);
    out.flush();
  }

  void reset() throws IOException {
    Raw.reset(peer);
  }

  @Override
  public void close() throws IOException {
    peer.close();
    writer().transport().abort();
  }
}
