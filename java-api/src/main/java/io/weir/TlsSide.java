package io.weir;

/** The role of this side in a TLS handshake. */
public enum TlsSide {

  /** Starts the handshake, and verifies the server's certificate and name. */
  CLIENT,

  /** Presents a certificate, and may request one. */
  SERVER
}
