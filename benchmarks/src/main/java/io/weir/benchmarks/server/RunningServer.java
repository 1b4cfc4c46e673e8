package io.weir.benchmarks.server;

import java.io.Closeable;
import java.io.IOException;

/**
 * A server that listens.
 *
 * @param port its port
 * @param stop closes the server, its connections and its threads
 */
public record RunningServer(int port, Closeable stop) implements Closeable {

  @Override
  public void close() throws IOException {
    stop.close();
  }
}
