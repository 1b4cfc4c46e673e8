package io.weir.benchmarks.server;

/** Where handlers in Kotlin run. */
public enum Dispatcher {
  /** On the connection's I/O thread. */
  UNCONFINED,
  /** On the threads of {@code Dispatchers.Default}. */
  DEFAULT,
  /** In the event loop of {@code runBlocking}, one thread. */
  RUNBLOCKING
}
