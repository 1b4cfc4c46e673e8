package io.weir;

/** What a server was doing when it met an error. */
public enum ErrorStage {

  /** Accepting a connection. The server goes on; out of file handles, after a pause of a second. */
  ACCEPT,

  /** Shaking hands on TLS with a client, which has been closed. The handler was not called. */
  TLS_HANDSHAKE,

  /** Running the handler of a connection, which has been closed. */
  HANDLER,

  /**
   * Closing a connection: it was lost before everything that was written had been sent, or the peer
   * did not let it end in order, and nobody waited in {@code waitClosed} or {@code closeGracefully}
   * to be told.
   */
  CLOSE
}
