package io.weir.benchmarks.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * How to serve.
 *
 * @param port where to listen on this machine, 0 for any that is free
 * @param threads how many threads do I/O
 * @param work what to do with what comes
 * @param tls how to speak TLS, null for not at all
 * @param forwardTo the port of the server to which {@link Work#FORWARD} sends
 * @param dispatcher where handlers in Kotlin run
 */
public record Setup(
    int port, int threads, Work work, @Nullable Tls tls, int forwardTo, Dispatcher dispatcher) {

  /** The only address that servers listen on. */
  public static final String HOST = "127.0.0.1";

  /** The size of one read of the peers with a fixed buffer size; Weir chooses its own. */
  public static final int BUFFER = 64 * 1024;

  /** How many connections may wait for being accepted. */
  public static final int BACKLOG = 4096;

  /** Where to listen. */
  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }
}
