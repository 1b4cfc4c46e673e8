package io.weir.internal.tls;

import javax.net.ssl.SSLException;

/** The peer asked to negotiate once more, which TLS 1.3 has not and which costs a server much. */
public final class RenegotiationException extends SSLException {

  private static final long serialVersionUID = 1L;

  RenegotiationException() {
    super("the peer asked for a renegotiation, which is refused");
  }
}
