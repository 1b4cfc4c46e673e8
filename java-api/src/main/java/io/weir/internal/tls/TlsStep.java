package io.weir.internal.tls;

import javax.net.ssl.SSLException;

/** What a {@link TlsEngine} requires next, or the result of a call. */
sealed interface TlsStep {

  /** The steps without data. */
  enum Plain implements TlsStep {

    /** The caller sends the outgoing ciphertext. */
    SEND,

    /** The caller receives more ciphertext. */
    RECEIVE,

    /** The caller lets other connections have their turn, and then continues. */
    YIELD,

    /** The handshake is complete, and all its ciphertext has been sent. */
    OPENED,

    /** The peer has sent close_notify: a clean EOF. */
    INPUT_ENDED,

    /** The peer has closed the connection without close_notify. */
    INPUT_CUT,

    /** Both sides have sent close_notify, or one side has closed the connection. */
    CLOSED
  }

  /**
   * The caller runs a task on another thread, because the task may block.
   *
   * @param task the task
   */
  record Run(Runnable task) implements TlsStep {}

  /**
   * The engine has decrypted data.
   *
   * @param bytes the number of bytes, more than 0
   */
  record Data(int bytes) implements TlsStep {}

  /**
   * TLS has failed. The outgoing ciphertext may contain an alert for the peer.
   *
   * @param error the reason
   */
  record Failed(SSLException error) implements TlsStep {}
}
