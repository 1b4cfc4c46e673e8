package io.weir.benchmarks.server;

/** What a server does with incoming data. */
public enum Work {
  /** Sends it back as it arrives. */
  ECHO,
  /** Reads a line, and sends it back. */
  LINES,
  /** Reads and discards it; closes at EOF. */
  SINK,
  /** Forwards it to another server; closes both connections at EOF. */
  FORWARD
}
