package io.weir;

/** Why TLS failed, and who is to see to it. */
public enum TlsFailure {

  /** The peer's certificate leads to no authority that is trusted here. */
  UNTRUSTED,

  /** The peer's certificate is for other names than the one that was dialled. */
  WRONG_HOST,

  /** The time of the peer's certificate, or of one above it, is over. */
  EXPIRED,

  /** The time of the peer's certificate, or of one above it, has not begun. */
  NOT_YET_VALID,

  /**
   * A client showed no certificate, to this server or to the peer that asks this client for one.
   */
  CERTIFICATE_REQUIRED,

  /** The peer refuses the certificate that this side showed. */
  CERTIFICATE_REFUSED,

  /** No version of TLS is allowed on both sides. */
  NO_COMMON_PROTOCOL,

  /** No cipher suite, or no kind of key, is allowed on both sides. */
  NO_COMMON_CIPHER,

  /** No application protocol (ALPN) is offered on both sides. */
  NO_COMMON_APPLICATION_PROTOCOL,

  /** What the peer sends is not TLS. */
  NOT_TLS,

  /** The handshake, or the peer's answer to closing, took longer than the options allow. */
  TIMEOUT,

  /** Bytes were in the clear where TLS was about to start: somebody may have put them there. */
  INJECTED,

  /** The stream ended without the peer's good-bye: its end may be missing. */
  TRUNCATED,

  /** What the peer sent is damaged, forged, or against the rules of TLS. */
  CORRUPT,

  /** This side broke down: no memory, a bug, or an SSLContext of the program's own that failed. */
  BROKEN_DOWN,

  /** The peer broke off, for a reason of its own that the text names as far as it told. */
  REFUSED_BY_PEER
}
