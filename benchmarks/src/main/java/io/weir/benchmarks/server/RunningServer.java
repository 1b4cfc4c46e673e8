package io.weir.benchmarks.server;

import java.io.Closeable;
import java.io.IOException;

/**
 * A server that listens.
 *
 * @param port where
 * @param stop ends it, its connections and its threads
 */
public record RunningServer(int port, Closeable stop) implements Closeable {

  @Override
  public void close() throws IOException {
    stop.close();
  }
}
