package io.weir;

/** Which part this end plays in a TLS handshake. */
public enum TlsSide {

  /** Begins the handshake, and checks the other's certificate and name. */
  CLIENT,

  /** Has a certificate to show, and may ask for one. */
  SERVER
}
