package io.weir.internal.tls;

import javax.net.ssl.SSLException;

/** The peer's bytes ended without its close_notify: in the handshake, or in the data. */
public final class TlsEndedException extends SSLException {

  private static final long serialVersionUID = 1L;

  TlsEndedException(String message) {
    super(message);
  }
}
