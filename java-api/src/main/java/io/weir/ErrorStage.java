package io.weir;

/** What a server was doing when it met an error. */
public enum ErrorStage {

  /** Accepting a connection. The server goes on; out of file handles, after a pause of a second. */
  ACCEPT,

  /** Running the handler of a connection, which has been closed. */
  HANDLER
}
