package io.weir;

/** Whether a server requests certificates from its clients. */
public enum ClientAuth {

  /** The server requests no certificate. */
  NONE,

  /**
   * The server requests a certificate and accepts clients without one. It refuses untrusted
   * certificates.
   */
  WANTED,

  /** The server requests a certificate and refuses clients without one. */
  REQUIRED
}
