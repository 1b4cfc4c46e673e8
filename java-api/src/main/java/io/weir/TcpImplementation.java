package io.weir;

/**
 * What carries TCP in an {@link AsyncRuntime}. Streams behave the same on both; they differ in
 * threads and in what a message costs.
 */
public enum TcpImplementation {

  /**
   * Selector loops, one for each I/O thread, each with connections of its own: the default, and the
   * faster. A callback that blocks holds up all connections of its loop.
   */
  SELECTOR_LOOPS,

  /**
   * The JDK's {@link java.nio.channels.AsynchronousSocketChannel}, on a group with a fixed pool of
   * I/O threads, any of which carries any connection. While one is blocked by a callback the others
   * go on.
   */
  JDK_CHANNELS
}
