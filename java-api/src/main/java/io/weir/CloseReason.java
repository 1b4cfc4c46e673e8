package io.weir;

import org.jspecify.annotations.Nullable;

/**
 * Why a connection has ended, and whether everything that was written had left by then.
 *
 * <p>It is there once the connection has ended, so after {@link StreamWriter#waitClosed}.
 *
 * @param kind who or what ended it
 * @param unsent how many bytes had been written here and not been handed to the system, and so are
 *     lost; 0 does not say that the peer has read the others
 * @param cause what went wrong, null where nothing did
 */
public record CloseReason(Kind kind, long unsent, @Nullable Throwable cause) {

  /** Who or what ends a connection. */
  public enum Kind {

    /** This side closed it, before the peer ended its half. */
    CLOSED,

    /**
     * The peer ended its half first, and then this side closed it. Over TLS the peer's end is
     * enough.
     */
    CLOSED_BY_PEER,

    /**
     * The peer reset it, or the network broke it; the cause is what {@code waitClosed} fails with.
     */
    RESET,

    /**
     * This side aborted it: the program, or the server when the time for its shutdown was up, or
     * its runtime was closed.
     */
    ABORTED,

    /**
     * It took too long: an idle timeout, a read timeout, or the time of {@link
     * StreamWriter#closeGracefully}.
     */
    TIMED_OUT,

    /** The peer sent more than the limit, and the server's handler failed by that. */
    LIMIT,

    /** TLS failed, in the handshake or later; the cause is a {@link TlsException}. */
    TLS_FAILURE,

    /** The server's handler failed; the cause is what it failed with. */
    HANDLER_FAILED,

    /** The server was shut down, and closed it in order. */
    SERVER_STOPPING
  }
}
