package io.weir.benchmarks.server;

/** What a server does with what it gets. */
public enum Work {
  /** Sends it back as it comes. */
  ECHO,
  /** Reads a line, sends it back. */
  LINES,
  /** Reads all and drops it; closes when the peer has ended. */
  SINK,
  /** Sends it on to another server; closes both when the peer has ended. */
  FORWARD
}
