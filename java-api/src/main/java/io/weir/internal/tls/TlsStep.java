package io.weir.internal.tls;

import javax.net.ssl.SSLException;

/** What {@link TlsEngine} needs done, or has done, before it can go on. */
sealed interface TlsStep {

  /** Steps that say all there is to say by their name. */
  enum Plain implements TlsStep {

    /** Ciphertext waits to be sent. */
    SEND,

    /** More ciphertext has to come. */
    RECEIVE,

    /** The handshake is over, and all of it has been sent. */
    OPENED,

    /** The peer sends no more. */
    INPUT_ENDED,

    /** Both sides have said good-bye. */
    CLOSED
  }

  /**
   * A task that takes time (or blocks) has to run, on some other thread.
   *
   * @param task the task
   */
  record Run(Runnable task) implements TlsStep {}

  /**
   * Plaintext is there.
   *
   * @param bytes how much, more than 0
   */
  record Data(int bytes) implements TlsStep {}

  /**
   * TLS is over. Ciphertext may be left to send, which tells the peer why.
   *
   * @param error why
   */
  record Failed(SSLException error) implements TlsStep {}
}
