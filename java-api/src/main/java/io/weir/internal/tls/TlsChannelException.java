package io.weir.internal.tls;

import java.math.BigDecimal;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Reports a failure of TLS for which the JDK has no exception. */
public final class TlsChannelException extends SSLException {

  /** What failed. */
  enum Kind {

    /** The peer closed the connection, with or without close_notify, and more was expected. */
    PEER_CLOSED,

    /** The peer's first byte is not the type of a TLS record. */
    NOT_TLS,

    /** The peer requested a renegotiation. TLS 1.3 has none, and it is expensive for a server. */
    RENEGOTIATION,

    /** The certificate of the server is for other names. */
    WRONG_NAME,

    /** The peer sends key updates and no data, or reads none of the replies. */
    FLOOD,

    /** The peer exceeded a timeout. */
    TIMEOUT,

    /** This side failed: an OutOfMemoryError, a bug, or a trust manager of the program. */
    INTERNAL_ERROR
  }

  private static final long serialVersionUID = 1L;

  /** What failed. */
  private final Kind kind;

  TlsChannelException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  static TlsChannelException peerClosed(String message) {
    return new TlsChannelException(Kind.PEER_CLOSED, message, null);
  }

  static TlsChannelException timeout(String what, Duration limit) {
    String seconds =
        BigDecimal.valueOf(limit.getNano(), 9)
            .add(BigDecimal.valueOf(limit.getSeconds()))
            .stripTrailingZeros()
            .toPlainString();
    return new TlsChannelException(
        Kind.TIMEOUT,
        what + " is taking longer than " + seconds + " seconds: aborting the connection",
        null);
  }

  Kind kind() {
    return kind;
  }

  /** Returns whether an error reports that the peer closed the connection. */
  public static boolean isPeerClosed(Throwable error) {
    return error instanceof TlsChannelException known && known.kind == Kind.PEER_CLOSED;
  }
}
