package io.weir.internal.stream;

import io.weir.CloseReason;
import io.weir.ConnectionLostException;
import io.weir.TlsException;
import io.weir.internal.log.Reason;
import io.weir.internal.tls.TlsChannelException;
import io.weir.internal.tls.TlsSetup;
import java.io.IOException;
import java.net.SocketTimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Why a connection was lost, in words and as a kind. */
public final class ConnectionLoss {

  /** What was being done when the connection was lost. */
  enum Activity {
    READING("reading"),
    WRITING("writing"),
    CLOSING("closing");

    private final String text;

    Activity(String text) {
      this.text = text;
    }
  }

  private ConnectionLoss() {}

  /**
   * Returns the exception for a failure of a channel.
   *
   * @param tls the TLS that the connection speaks, or null
   */
  static IOException of(Activity activity, Throwable cause, @Nullable TlsSetup tls) {
    // A write that is refused because the peer has sent close_notify is no failure of TLS.
    boolean refused = activity == Activity.WRITING && cause instanceof TlsChannelException;
    if (tls != null && cause instanceof SSLException failure && !refused) {
      return tls.failure(failure);
    }
    return new ConnectionLostException(
        "Connection lost while " + activity.text + ": " + Reason.of(cause), cause);
  }

  /**
   * Returns the exception for an error of this side in the middle of a change: a bug,
   * OutOfMemoryError or StackOverflowError.
   */
  static ConnectionLostException ofError(Throwable error) {
    return new ConnectionLostException(
        "Connection lost: it was aborted because of " + error, error);
  }

  /** Returns the exception for a timeout of the connection. */
  static ConnectionLostException ofTimeout(String what) {
    return new ConnectionLostException(
        "Connection lost: " + what, new SocketTimeoutException(what));
  }

  /** Returns the exception for a connection that one side has closed. */
  public static ConnectionLostException closed(boolean byPeer) {
    return new ConnectionLostException(
        byPeer
            ? "Connection lost: the peer has closed it"
            : "Connection lost: it was closed on this side",
        null);
  }

  /** Returns the exception for drains of a connection that one side has closed. */
  static ConnectionLostException closedWith(long unsent, boolean byPeer) {
    return unsent == 0
        ? closed(byPeer)
        : new ConnectionLostException(
            "Connection lost: it was aborted on this side with " + unsent + " bytes not sent",
            null);
  }

  /**
   * Whether an error is {@code own} or a copy: kotlinx.coroutines copies errors to add a stack
   * trace.
   */
  static boolean isSame(Throwable error, @Nullable Throwable own) {
    return own != null
        && (error == own || (error.getCause() == own && error.getClass() == own.getClass()));
  }

  /** Returns the kind of close reason for a loss. */
  static CloseReason.Kind kindOf(IOException loss) {
    if (loss instanceof TlsException) {
      return CloseReason.Kind.TLS_FAILURE;
    }
    Throwable cause = loss.getCause();
    if (cause instanceof OutOfMemoryError) {
      return CloseReason.Kind.OUT_OF_MEMORY;
    }
    if (cause instanceof Error || cause instanceof RuntimeException) {
      return CloseReason.Kind.BROKEN_DOWN;
    }
    return cause instanceof SocketTimeoutException
        ? CloseReason.Kind.TIMED_OUT
        : CloseReason.Kind.RESET;
  }
}
