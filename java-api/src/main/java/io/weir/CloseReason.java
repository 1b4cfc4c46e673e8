package io.weir;

import org.jspecify.annotations.Nullable;

/**
 * Why a connection closed, and how many outgoing bytes were lost. Available when the connection is
 * closed, which {@link StreamWriter#waitClosed} reports.
 *
 * @param kind what closed the connection
 * @param unsent the number of written bytes that the kernel did not accept, which are lost. Over
 *     TLS, a record that the kernel accepted only in part counts in full. Bytes that the kernel
 *     accepted may still be lost: a peer that has closed discards them, and the loss of the last
 *     ones is not reported
 * @param cause the error, or null when there is none
 */
public record CloseReason(Kind kind, long unsent, @Nullable Throwable cause) {

  /** What closed a connection. */
  public enum Kind {

    /** This side closed it, before the peer closed its half. */
    CLOSED,

    /**
     * The peer closed its half first, and then this side closed. Over TLS the peer's close_notify
     * closes both directions.
     */
    CLOSED_BY_PEER,

    /**
     * The connection was lost: reset by the peer or broken by the network. The cause is the error
     * of {@code waitClosed}.
     */
    RESET,

    /**
     * This side aborted it: the program, a server whose shutdown ran out of time, or the close of
     * the runtime.
     */
    ABORTED,

    /**
     * A time limit expired: the idle, read or write timeout, or that of {@link
     * StreamWriter#closeGracefully}.
     */
    TIMED_OUT,

    /** The server's handler failed because the peer exceeded the reader's limit. */
    LIMIT,

    /**
     * This side had no memory for the connection, for a read of many bytes for example, and aborted
     * it. The cause wraps the {@link OutOfMemoryError}. If the memory was for incoming data, the
     * error's message has the number of bytes. Other connections continue.
     */
    OUT_OF_MEMORY,

    /**
     * An error on this side, a bug or a stack overflow, left the connection in an inconsistent
     * state, and this side aborted it. The cause wraps the error.
     */
    BROKEN_DOWN,

    /** TLS failed, in the handshake or later. The cause is a {@link TlsException}. */
    TLS_FAILURE,

    /** The server's handler failed. The cause is its error. */
    HANDLER_FAILED,

    /** A shutdown of the server closed it, in an orderly way. */
    SERVER_STOPPING
  }
}
