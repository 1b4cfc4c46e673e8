package io.weir.internal.tls;

import io.weir.internal.tls.TlsChannelException.Kind;
import java.nio.ByteBuffer;
import java.util.Objects;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS without I/O: a state machine over an {@link SSLEngine} that consumes ciphertext and returns
 * steps. It has no threads and no clock. One thread at a time may call it, and none while one of
 * its tasks runs. It relies on what the documentation of {@code SSLEngine} says about results
 * ({@link EngineResults}), and treats every exception as a failure of TLS, because Conscrypt's
 * native code throws undeclared ones.
 *
 * <p>The result of each method in each {@link TlsState}:
 *
 * <pre>
 *               | handshake      | decrypt          | encrypt       | close
 *   ------------+----------------+------------------+---------------+------------------
 *   HANDSHAKING | the next step  | -                | -             | -
 *   OPEN        | OPENED         | data, or a step  | takes bytes   | the next step
 *   INPUT_ENDED | -              | INPUT_ENDED      | takes bytes   | the next step
 *   INPUT_CUT   | -              | INPUT_CUT        | takes bytes   | the next step
 *   CLOSING     | -              | -                | -             | the next step
 *   CLOSED      | -              | -                | -             | CLOSED
 *   FAILED      | Failed         | Failed           | fails         | -
 * </pre>
 */
public final class TlsEngine {

  private final SSLEngine ssl;
  private final TlsDecryptor input;
  private final TlsEncryptor output;
  private Truncation truncation;
  private final @Nullable ServerName peer;

  private TlsState state = TlsState.HANDSHAKING;
  private @Nullable SSLException failure; // in FAILED and INPUT_CUT
  private @Nullable SSLSession negotiating; // in HANDSHAKING

  /** How an EOF without close_notify is treated. */
  private enum Truncation {
    FAILURE,
    EOF
  }

  /**
   * Creates an engine before its handshake.
   *
   * @param ssl the provider's engine, configured with side, parameters and peer
   * @param truncationAsEof whether an EOF without close_notify is a clean EOF
   * @param peer the name that the certificate of a server must be for; null for any
   */
  public TlsEngine(
      SSLEngine ssl, BufferPool buffers, boolean truncationAsEof, @Nullable ServerName peer) {
    this.ssl = ssl;
    this.input = new TlsDecryptor(ssl);
    this.output = new TlsEncryptor(ssl, buffers);
    this.truncation = truncationAsEof ? Truncation.EOF : Truncation.FAILURE;
    this.peer = peer;
  }

  TlsState state() {
    return state;
  }

  /** Returns the negotiated session, after the handshake. */
  SSLSession session() {
    return ssl.getSession();
  }

  /** Returns the negotiated application protocol, or null, after the handshake. */
  @Nullable String applicationProtocol() {
    String protocol = ssl.getApplicationProtocol();
    return protocol == null || protocol.isEmpty() ? null : protocol;
  }

  // ---- ciphertext ----

  /** Returns the buffer for the next read of ciphertext. */
  ByteBuffer room() {
    return input.incoming().room();
  }

  /** Notes that a read has put ciphertext into {@link #room}. */
  void received(int count) {
    if (!state.isTerminal()) {
      input.received(count);
    }
  }

  /** Notes the EOF of the ciphertext. */
  void receivedEof() {
    input.incoming().end();
  }

  /** Returns whether the peer has sent close_notify or an EOF. Valid in CLOSING only. */
  boolean hasReceivedEof() {
    return input.incoming().hasEnded();
  }

  /**
   * Returns the maximum number of bytes of data that are available without another read; 0 for
   * none.
   */
  int available() {
    return input.available();
  }

  /** Continues to decrypt after a step YIELD. */
  void newTurn() {
    input.newTurn();
  }

  /** Returns whether there is ciphertext to send. */
  boolean hasOutgoing() {
    return !output.outgoing().isEmpty();
  }

  /** Returns the ciphertext to send. Until {@link #sent} only replies of TLS are encrypted. */
  ByteBuffer outgoing() {
    return output.outgoing().content();
  }

  /** Returns how many bytes of data have been sent, in whole records, since the last call. */
  long takeDataSent() {
    return output.outgoing().takeDataSent();
  }

  /** Returns the count of data that the channel has accepted, which any thread may use. */
  AcceptedData accepted() {
    return output.outgoing().accepted();
  }

  /** Releases the outgoing ciphertext, because it has been sent or never will be. */
  void sent() {
    output.outgoing().sent();
  }

  /** Notes that ciphertext cannot be sent. An EOF behind that is that of a reset, never clean. */
  void notSent() {
    truncation = Truncation.FAILURE;
  }

  // ---- the handshake ----

  /** Starts the handshake. Called once. */
  void begin() {
    try {
      ssl.beginHandshake();
    } catch (Exception e) {
      fail(e);
    }
  }

  /** Returns the next step of the handshake: Run, SEND or RECEIVE; at last OPENED or Failed. */
  TlsStep handshake() {
    if (state == TlsState.FAILED) {
      return new TlsStep.Failed(Objects.requireNonNull(failure));
    }
    try {
      return negotiate();
    } catch (Exception e) {
      return fail(e);
    }
  }

  private TlsStep negotiate() throws SSLException {
    while (true) {
      HandshakeStatus status = ssl.getHandshakeStatus();
      if (status == HandshakeStatus.NEED_WRAP && output.hasRoom()) {
        output.reply();
      } else if (hasOutgoing()) {
        return TlsStep.Plain.SEND;
      } else if (status == HandshakeStatus.NEED_TASK) {
        return new TlsStep.Run(nextTask());
      } else if (EngineResults.isOver(status)) {
        return opened();
      } else if (input.isTurnOver()) {
        return TlsStep.Plain.YIELD;
      } else if (!unwrapHandshake(status)) {
        return receiveMore("in the TLS handshake");
      }
    }
  }

  /** Returns whether nothing of the handshake is missing, and records behind it have come. */
  boolean hasDataBehindHandshake() {
    return state == TlsState.HANDSHAKING
        && EngineResults.isOver(ssl.getHandshakeStatus())
        && input.available() > 0;
  }

  private TlsStep opened() throws SSLException {
    if (peer != null) {
      peer.check(session());
    }
    state = state.to(TlsState.OPEN);
    negotiating = null;
    return TlsStep.Plain.OPENED;
  }

  /** Consumes one handshake record; returns false when the record is incomplete. */
  private boolean unwrapHandshake(HandshakeStatus asked) throws SSLException {
    negotiating = ssl.getHandshakeSession(); // no longer known when that fails
    SSLEngineResult result = input.unwrapHandshake(asked);
    return switch (result.getStatus()) {
      case OK -> true;
      case BUFFER_UNDERFLOW -> false;
      case CLOSED ->
          throw TlsChannelException.peerClosed("the peer sent close_notify in the TLS handshake");
      case BUFFER_OVERFLOW ->
          throw new SSLException("application data arrived before the end of the handshake");
    };
  }

  private Runnable nextTask() throws SSLException {
    Runnable task = ssl.getDelegatedTask();
    if (task == null) {
      throw new SSLException("TLS makes no progress: NEED_TASK without a task");
    }
    return task;
  }

  private TlsStep receiveMore(String where) throws SSLException {
    if (input.incoming().hasEnded()) {
      throw TlsChannelException.peerClosed("the peer closed the connection " + where);
    }
    return TlsStep.Plain.RECEIVE;
  }

  // ---- data ----

  /** Decrypts into a buffer. Returns Data, or the next step when no data is available. */
  TlsStep decrypt(ByteBuffer dst) {
    if (state == TlsState.FAILED) {
      return new TlsStep.Failed(Objects.requireNonNull(failure));
    }
    int start = dst.position();
    TlsStep obstacle;
    try {
      obstacle = fill(dst);
    } catch (Exception e) {
      obstacle = fail(e); // returned now, or by the call after the data
    }
    int count = dst.position() - start;
    return count > 0 ? new TlsStep.Data(count) : obstacle;
  }

  /** Fills a buffer. Returns the step that stopped it, which matters when no data was added. */
  private TlsStep fill(ByteBuffer dst) throws SSLException {
    int start = dst.position();
    HandshakeStatus status = ssl.getHandshakeStatus();
    while (true) {
      input.moveLeftOver(dst);
      if (state != TlsState.OPEN) {
        return state == TlsState.INPUT_CUT ? TlsStep.Plain.INPUT_CUT : TlsStep.Plain.INPUT_ENDED;
      }
      int available = input.available();
      if (available == 0 && dst.position() > start) {
        return TlsStep.Plain.RECEIVE;
      }
      if (status == HandshakeStatus.NEED_TASK) {
        return dst.position() > start ? TlsStep.Plain.SEND : new TlsStep.Run(nextTask());
      }
      if (available == 0) {
        return receiveMoreData();
      }
      if (!dst.hasRemaining() || (dst.position() > start && input.mayOverflow(dst))) {
        return TlsStep.Plain.SEND;
      }
      if (input.isTurnOver()) {
        return TlsStep.Plain.YIELD;
      }
      HandshakeStatus next = unwrap(dst, status);
      if (next == null) {
        return receiveMoreData();
      }
      status = next;
    }
  }

  /** Decrypts one record; returns the engine's status, or null when the record is incomplete. */
  private @Nullable HandshakeStatus unwrap(ByteBuffer dst, HandshakeStatus status)
      throws SSLException {
    SSLEngineResult result = input.unwrap(dst, status);
    return switch (result.getStatus()) {
      case OK, BUFFER_OVERFLOW -> answer(result.getHandshakeStatus());
      case CLOSED -> {
        state = state.to(TlsState.INPUT_ENDED);
        input.incoming().clear();
        yield result.getHandshakeStatus();
      }
      case BUFFER_UNDERFLOW -> null;
    };
  }

  private TlsStep receiveMoreData() {
    if (!input.incoming().hasEnded()) {
      return TlsStep.Plain.RECEIVE;
    }
    if (truncation == Truncation.EOF) {
      state = state.to(TlsState.INPUT_ENDED);
      return TlsStep.Plain.INPUT_ENDED;
    }
    state = state.to(TlsState.INPUT_CUT);
    failure = TlsChannelException.peerClosed("the peer closed the connection without close_notify");
    return TlsStep.Plain.INPUT_CUT;
  }

  /**
   * Encrypts the replies to key updates. Each must be sent before the next data (RFC 8446, section
   * 4.6.3).
   *
   * @param before the engine's status
   * @return the engine's status afterwards
   */
  private HandshakeStatus answer(HandshakeStatus before) throws SSLException {
    HandshakeStatus now = before;
    while (now == HandshakeStatus.NEED_WRAP) {
      if (!output.hasRoom()) {
        throw new TlsChannelException(
            Kind.FLOOD, "the peer repeats key updates and does not read the replies", null);
      }
      output.reply();
      now = ssl.getHandshakeStatus();
    }
    return now;
  }

  /** Encrypts bytes of the first {@code count} buffers, while there is space; returns how many. */
  long encrypt(ByteBuffer[] srcs, int count) throws SSLException {
    return output.encrypt(srcs, count);
  }

  // ---- close ----

  /**
   * Returns whether the engine decrypts nothing in CLOSING, so that only EOF shows that the peer
   * has closed. BouncyCastle's closes both directions with its own close_notify.
   */
  boolean awaitsEof() {
    return ssl.isInboundDone();
  }

  /** Returns how many bytes of the peer's data have been discarded in CLOSING. */
  long discarded() {
    return input.discarded();
  }

  /** Throws received data away in CLOSING, and returns what to do next: RECEIVE, YIELD, CLOSED. */
  TlsStep.Plain discard() {
    TlsStep.Plain next = input.discard();
    if (next == TlsStep.Plain.CLOSED) {
      input.incoming().end(); // also for the next call
    }
    return next;
  }

  /** Returns the next step of closing: SEND, RECEIVE or YIELD; at last CLOSED. */
  TlsStep close() {
    if (state.canSend()) {
      if (state != TlsState.OPEN) {
        input.incoming().end();
      }
      state = state.to(TlsState.CLOSING);
    }
    if (state == TlsState.CLOSING) {
      output.addCloseNotify();
      if (hasOutgoing()) {
        return TlsStep.Plain.SEND;
      }
      TlsStep.Plain next = discard();
      if (next != TlsStep.Plain.CLOSED) {
        return next;
      }
    }
    terminate();
    return TlsStep.Plain.CLOSED;
  }

  private TlsStep fail(Exception error) {
    SSLException why =
        error instanceof SSLException known ? known : new SSLException(error.toString(), error);
    boolean handshaking = state == TlsState.HANDSHAKING;
    OwnFailure own = OwnFailure.ofCertificate(negotiating);
    if (own != null) {
      why.addSuppressed(own);
    }
    if (why instanceof TlsChannelException) {
      // The engine has not failed, so its only alert would be close_notify, and an error must not
      // look like an orderly close (RFC 5246, section 7.2.1).
    } else if (handshaking) {
      output.addHandshakeAlert();
    } else {
      output.addAlerts();
    }
    if (handshaking && input.isNotTls()) {
      why =
          new TlsChannelException(Kind.NOT_TLS, "the peer's first bytes are not those of TLS", why);
    }
    state = state.to(TlsState.FAILED);
    failure = why;
    input.incoming().clear();
    return new TlsStep.Failed(why);
  }

  /** Changes to CLOSED. May be called while a task runs. */
  void terminate() {
    if (state != TlsState.CLOSED) {
      state = state.to(TlsState.CLOSED);
      input.clear();
    }
  }

  /** Returns the reason of a failure, or null. */
  @Nullable SSLException failure() {
    return failure;
  }
}
