package io.weir;

/**
 * The implementation of TCP in an {@link AsyncRuntime}. Streams behave the same on both. They
 * differ in threads and in the cost of a message.
 */
public enum TcpImplementation {

  /**
   * Selector loops, one per I/O thread. Each connection belongs to one loop. This is the default,
   * and faster. A callback that blocks delays all connections of its loop.
   */
  SELECTOR_LOOPS,

  /**
   * The JDK's {@link java.nio.channels.AsynchronousSocketChannel}, on a channel group with a fixed
   * pool of I/O threads. Any thread of the group can serve any connection, so a blocked callback
   * delays no others while a thread is free.
   */
  JDK_CHANNELS
}
