package io.weir.internal.tls;

import javax.net.ssl.SSLException;

/** This side broke down: out of memory, a bug, or a trust manager that is a program's own. */
public final class BrokenDownException extends SSLException {

  private static final long serialVersionUID = 1L;

  BrokenDownException(Throwable cause) {
    super("TLS broke down on this side: " + cause, cause);
  }
}
