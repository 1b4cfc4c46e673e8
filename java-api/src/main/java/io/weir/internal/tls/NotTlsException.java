package io.weir.internal.tls;

import javax.net.ssl.SSLException;

/** The first byte that came is none of TLS. */
public final class NotTlsException extends SSLException {

  private static final long serialVersionUID = 1L;

  NotTlsException(SSLException cause) {
    super("the peer's first bytes are not those of TLS", cause);
  }
}
