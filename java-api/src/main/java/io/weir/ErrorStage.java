package io.weir;

/** What a server was doing when an error occurred. */
public enum ErrorStage {

  /** Accepting a connection. The server tries again a second later. */
  ACCEPT,

  /**
   * Performing the TLS handshake with a client. The connection is closed, and the handler was not
   * called.
   */
  TLS_HANDSHAKE,

  /** Running the handler of a connection. The connection is closed. */
  HANDLER,

  /**
   * Closing a connection. It was lost before the kernel had accepted all outgoing bytes, or the
   * peer prevented an orderly close. Reported only when no pending {@code waitClosed} or {@code
   * closeGracefully} reports it.
   */
  CLOSE
}
