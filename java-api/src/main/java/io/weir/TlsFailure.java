package io.weir;

/** The reason for a {@link TlsException}. */
public enum TlsFailure {

  /** No trusted authority issued the peer's certificate. */
  UNTRUSTED,

  /** The server's certificate is valid for other names than the requested one. */
  WRONG_HOST,

  /** The peer's certificate, or one above it in the chain, has expired. */
  EXPIRED,

  /** The peer's certificate, or one above it in the chain, is not valid yet. */
  NOT_YET_VALID,

  /** A client presented no certificate although the server requires one. Both sides report it. */
  CERTIFICATE_REQUIRED,

  /** The peer refused this side's certificate. */
  CERTIFICATE_REFUSED,

  /** The two sides have no enabled version of TLS in common. */
  NO_COMMON_PROTOCOL,

  /** The two sides have no enabled cipher suite, or no kind of key, in common. */
  NO_COMMON_CIPHER,

  /** The two sides offered application protocols (ALPN) and have none in common. */
  NO_COMMON_APPLICATION_PROTOCOL,

  /** The peer's first bytes are not TLS. */
  NOT_TLS,

  /**
   * The handshake, or the peer's reply to this side's close_notify, exceeded the timeout in {@link
   * TlsOptions}.
   */
  TIMEOUT,

  /** Plaintext arrived before a TLS handshake; an attacker may have injected it. */
  INJECTED,

  /** The stream was closed without the peer's close_notify; its last bytes may be missing. */
  TRUNCATED,

  /** The peer's data is damaged or forged, or violates the TLS protocol. */
  CORRUPT,

  /** The peer repeated key updates without data between them, or read none of the replies. */
  FLOOD,

  /** This side failed: an OutOfMemoryError, a bug, or a failure in the program's SSLContext. */
  BROKEN_DOWN,

  /** The peer aborted TLS; the message contains its alert, if it sent one. */
  REFUSED_BY_PEER
}
