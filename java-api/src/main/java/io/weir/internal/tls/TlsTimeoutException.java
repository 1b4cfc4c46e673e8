package io.weir.internal.tls;

import java.math.BigDecimal;
import java.time.Duration;
import javax.net.ssl.SSLException;

/** The peer has taken too long, for its handshake or for its good-bye. */
public final class TlsTimeoutException extends SSLException {

  private static final long serialVersionUID = 1L;

  TlsTimeoutException(String what, Duration limit) {
    super(what + " is taking longer than " + seconds(limit) + " seconds: aborting the connection");
  }

  private static String seconds(Duration limit) {
    return BigDecimal.valueOf(limit.getNano(), 9)
        .add(BigDecimal.valueOf(limit.getSeconds()))
        .stripTrailingZeros()
        .toPlainString();
  }
}
