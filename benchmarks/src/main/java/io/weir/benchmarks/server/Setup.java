package io.weir.benchmarks.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a server.
 *
 * @param port the port to listen on; 0 for any free port
 * @param threads the number of I/O threads
 * @param work what to do with incoming data
 * @param tls the settings of TLS; null for none
 * @param forwardTo the port of the server to which {@link Work#FORWARD} sends
 * @param dispatcher where handlers in Kotlin run
 */
public record Setup(
    int port, int threads, Work work, @Nullable Tls tls, int forwardTo, Dispatcher dispatcher) {

  /** The only address that servers listen on. */
  public static final String HOST = "127.0.0.1";

  /** The size of a buffer, and the maximum of a read; Netty and Vert.x choose their own. */
  public static final int BUFFER = 64 * 1024;

  /** The accept backlog, in connections. */
  public static final int BACKLOG = 4096;

  /** Returns the address to listen on. */
  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }
}
