package io.weir.internal.tls;

import io.weir.internal.tls.TlsChannelException.Kind;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS without I/O: a state machine over an {@link SSLEngine} that consumes ciphertext and returns
 * steps. It has no threads and no clock. One thread at a time may call it, and none while one of
 * its tasks runs.
 *
 * <p>The result of each method in each {@link TlsState}:
 *
 * <pre>
 *               | handshake      | decrypt          | encrypt       | close
 *   ------------+----------------+------------------+---------------+------------------
 *   HANDSHAKING | the next step  | -                | -             | -
 *   OPEN        | OPENED         | data, or a step  | takes bytes   | the next step
 *   INPUT_ENDED | -              | INPUT_ENDED      | takes bytes   | the next step
 *   CLOSING     | -              | -                | -             | the next step
 *   CLOSED      | -              | -                | -             | CLOSED
 *   FAILED      | Failed         | Failed           | fails         | -
 * </pre>
 */
final class TlsEngine {

  /** The number of unsent replies to key updates above which {@link #decrypt} stops reading. */
  private static final int MAX_ANSWERS_WAITING = 16;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final ByteBuffer[] NO_SOURCES = {NOTHING};

  private final SSLEngine ssl;
  private final boolean truncationAsEof;
  private final CiphertextInput incoming = new CiphertextInput();
  private final CiphertextOutput outgoing;

  private TlsState state = TlsState.HANDSHAKING;
  private boolean started;
  private boolean canRenegotiate; // before TLS 1.3
  private int firstByte = -1; // from the peer; -1 before it arrives
  private boolean eof; // of the ciphertext
  private ByteBuffer leftOver = NOTHING; // plaintext that did not fit the buffer of a read
  private int answersWaiting;
  private @Nullable SSLException failure; // in FAILED

  /**
   * Creates an engine before its handshake.
   *
   * @param ssl the JDK's engine, configured with side, parameters and peer
   * @param truncationAsEof whether an EOF without close_notify is a clean EOF
   */
  TlsEngine(SSLEngine ssl, BufferPool buffers, boolean truncationAsEof) {
    this.ssl = ssl;
    this.outgoing = new CiphertextOutput(buffers);
    this.truncationAsEof = truncationAsEof;
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
    return incoming.room();
  }

  /** Notes that a read has put ciphertext into {@link #room}. */
  void received(int count) {
    if (state == TlsState.CLOSED || state == TlsState.FAILED) {
      return;
    }
    incoming.received(count);
    if (firstByte < 0) {
      firstByte = Byte.toUnsignedInt(incoming.content().get(0));
    }
  }

  /** Notes the EOF of the ciphertext. */
  void receivedEof() {
    eof = true;
  }

  /** Returns whether the peer has sent close_notify or an EOF. Valid in CLOSING only. */
  boolean hasReceivedEof() {
    return eof;
  }

  /** Returns whether there is ciphertext to send. */
  boolean hasOutgoing() {
    return !outgoing.isEmpty();
  }

  /** Returns the ciphertext to send. Nothing can be encrypted until {@link #sent}. */
  ByteBuffer outgoing() {
    return outgoing.content();
  }

  /** Releases the outgoing ciphertext, because it has been sent or never will be. */
  void sent() {
    outgoing.sent();
  }

  // ---- the handshake ----

  /** Returns the next step of the handshake: Run, SEND or RECEIVE; at last OPENED or Failed. */
  TlsStep handshake() {
    try {
      if (!started) {
        started = true;
        ssl.beginHandshake();
      }
      return negotiate();
    } catch (SSLException | RuntimeException e) {
      return fail(e);
    }
  }

  private TlsStep negotiate() throws SSLException {
    while (true) {
      HandshakeStatus status = ssl.getHandshakeStatus();
      if (status == HandshakeStatus.NEED_WRAP && outgoing.hasRoom(packetSize())) {
        wrap(NO_SOURCES, 1);
      } else if (hasOutgoing()) {
        return TlsStep.Plain.SEND;
      } else if (status == HandshakeStatus.NEED_TASK) {
        return new TlsStep.Run(nextTask());
      } else if (status == HandshakeStatus.NOT_HANDSHAKING) {
        return opened();
      } else if (!unwrapHandshake()) {
        return receiveMore("in the TLS handshake");
      }
    }
  }

  /** Consumes one handshake record; returns false when the record is incomplete. */
  private boolean unwrapHandshake() throws SSLException {
    SSLEngineResult result = requireProgress(unwrapOrThrowAlert());
    return switch (result.getStatus()) {
      case OK -> true;
      case BUFFER_UNDERFLOW -> false;
      case CLOSED ->
          throw TlsChannelException.peerClosed("the peer sent close_notify in the TLS handshake");
      case BUFFER_OVERFLOW ->
          throw new SSLException("application data arrived before the end of the handshake");
    };
  }

  private SSLEngineResult unwrapOrThrowAlert() throws SSLException {
    int alert = ClearAlert.codeIn(incoming.content());
    try {
      return ssl.unwrap(incoming.content(), NOTHING);
    } catch (SSLException e) {
      SSLException known = ClearAlert.asException(alert, e);
      throw known == null ? e : known;
    }
  }

  private Runnable nextTask() throws SSLException {
    Runnable task = ssl.getDelegatedTask();
    if (task == null) {
      throw new SSLException("TLS makes no progress: NEED_TASK without a task");
    }
    return task;
  }

  private TlsStep opened() {
    canRenegotiate = !session().getProtocol().equals("TLSv1.3");
    state = state.to(TlsState.OPEN);
    return TlsStep.Plain.OPENED;
  }

  private TlsStep receiveMore(String where) throws SSLException {
    if (eof) {
      throw TlsChannelException.peerClosed("the peer ended the connection " + where);
    }
    return TlsStep.Plain.RECEIVE;
  }

  // ---- data ----

  /** Decrypts into a buffer. Returns Data, or the next step when no data is available. */
  TlsStep decrypt(ByteBuffer dst) {
    if (failure != null) {
      return new TlsStep.Failed(failure);
    }
    int start = dst.position();
    TlsStep obstacle;
    try {
      obstacle = fill(dst);
    } catch (SSLException | RuntimeException e) {
      obstacle = fail(e); // returned now, or by the call after the data
    }
    int count = dst.position() - start;
    return count > 0 ? new TlsStep.Data(count) : obstacle;
  }

  /** Fills a buffer. Returns the step that stopped it, which matters when no data was added. */
  private TlsStep fill(ByteBuffer dst) throws SSLException {
    int start = dst.position();
    while (true) {
      moveLeftOver(dst);
      if (state == TlsState.INPUT_ENDED) {
        return TlsStep.Plain.INPUT_ENDED;
      }
      if (!dst.hasRemaining() || answersWaiting > MAX_ANSWERS_WAITING) {
        return TlsStep.Plain.SEND;
      }
      if (ssl.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
        return dst.position() > start ? TlsStep.Plain.SEND : new TlsStep.Run(nextTask());
      }
      if (!unwrap(dst)) {
        return receiveMoreData();
      }
    }
  }

  private void moveLeftOver(ByteBuffer dst) {
    if (leftOver.hasRemaining()) {
      int count = Math.min(leftOver.remaining(), dst.remaining());
      dst.put(leftOver.slice(leftOver.position(), count));
      leftOver.position(leftOver.position() + count);
    }
    if (!leftOver.hasRemaining()) {
      leftOver = NOTHING;
    }
  }

  /** Decrypts one record; returns false when the record is incomplete. */
  private boolean unwrap(ByteBuffer dst) throws SSLException {
    SSLEngineResult result = ssl.unwrap(incoming.content(), dst);
    if (result.getStatus() == Status.BUFFER_OVERFLOW) {
      ByteBuffer large = ByteBuffer.allocate(session().getApplicationBufferSize());
      result = ssl.unwrap(incoming.content(), large);
      leftOver = large.flip();
    }
    return consumed(requireProgress(result));
  }

  /** Fails when the JDK's engine requests input and consumes none, which would loop for ever. */
  private static SSLEngineResult requireProgress(SSLEngineResult result) throws SSLException {
    boolean moved = result.bytesConsumed() > 0 || result.bytesProduced() > 0;
    boolean waits = result.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP;
    boolean idle = result.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
    if (result.getStatus() == Status.OK && !moved && (waits || idle)) {
      throw new SSLException("TLS makes no progress: status " + result.getHandshakeStatus());
    }
    return result;
  }

  private boolean consumed(SSLEngineResult result) throws SSLException {
    switch (result.getStatus()) {
      case OK -> {
        noteRequest(result.getHandshakeStatus());
        return true;
      }
      case CLOSED -> {
        state = state.to(TlsState.INPUT_ENDED);
        incoming.clear();
        return true;
      }
      case BUFFER_UNDERFLOW -> {
        return false;
      }
      default -> throw new SSLException("a record exceeds the maximum size of TLS");
    }
  }

  /** Counts key updates that need a reply, and refuses a renegotiation (RFC 5746). */
  private void noteRequest(HandshakeStatus status) throws SSLException {
    boolean handshaking =
        status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED;
    if (handshaking && canRenegotiate) {
      ssl.closeOutbound(); // replaces the reply by an alert
      throw new TlsChannelException(
          Kind.RENEGOTIATION, "the peer asked for a renegotiation, which is refused", null);
    }
    if (status == HandshakeStatus.NEED_WRAP) {
      answersWaiting++;
    }
  }

  private TlsStep receiveMoreData() throws SSLException {
    if (eof && truncationAsEof) {
      state = state.to(TlsState.INPUT_ENDED);
      return TlsStep.Plain.INPUT_ENDED;
    }
    return receiveMore("without a close_notify");
  }

  /** Encrypts the replies to key updates, while there is space. */
  void answer() throws SSLException {
    while (state == TlsState.OPEN
        && ssl.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
        && outgoing.hasRoom(packetSize())) {
      wrap(NO_SOURCES, 1);
      answersWaiting = 0;
    }
  }

  /** Encrypts bytes of the first {@code count} buffers, while there is space; returns how many. */
  long encrypt(ByteBuffer[] srcs, int count) throws SSLException {
    long taken = 0;
    while (hasRemaining(srcs, count) && outgoing.hasRoom(packetSize())) {
      taken += wrap(srcs, count);
    }
    return taken;
  }

  private static boolean hasRemaining(ByteBuffer[] srcs, int count) {
    for (int i = count - 1; i >= 0; i--) {
      if (srcs[i].hasRemaining()) {
        return true;
      }
    }
    return false;
  }

  private int packetSize() {
    return session().getPacketBufferSize();
  }

  private int wrap(ByteBuffer[] srcs, int count) throws SSLException {
    SSLEngineResult result = ssl.wrap(srcs, 0, count, outgoing.room(packetSize()));
    if (result.getStatus() == Status.CLOSED) {
      throw TlsChannelException.peerClosed(
          "the peer has sent close_notify, and this version of TLS sends no data after it");
    }
    if (result.getStatus() != Status.OK) {
      throw new SSLException("TLS makes no progress: " + result.getStatus() + " with enough space");
    }
    if (result.bytesConsumed() == 0 && result.bytesProduced() == 0) {
      throw new SSLException("TLS makes no progress: status " + result.getHandshakeStatus());
    }
    return result.bytesConsumed();
  }

  // ---- close ----

  /** Returns the next step of closing: SEND or RECEIVE; at last CLOSED. */
  TlsStep close() {
    if (state == TlsState.OPEN || state == TlsState.INPUT_ENDED) {
      boolean inputEnded = state == TlsState.INPUT_ENDED;
      state = state.to(TlsState.CLOSING);
      leftOver = NOTHING;
      ssl.closeOutbound();
      wrapAlerts();
      eof |= inputEnded;
    }
    if (state == TlsState.CLOSING && hasOutgoing()) {
      return TlsStep.Plain.SEND;
    }
    if (state == TlsState.CLOSING && !eof && !discardInput()) {
      return TlsStep.Plain.RECEIVE;
    }
    terminate();
    return TlsStep.Plain.CLOSED;
  }

  /** Discards received data; returns true after close_notify, or when no more can be decrypted. */
  private boolean discardInput() {
    if (!incoming.content().hasRemaining()) {
      return false;
    }
    ByteBuffer waste = ByteBuffer.allocate(session().getApplicationBufferSize());
    try {
      while (true) {
        SSLEngineResult result = ssl.unwrap(incoming.content(), waste.clear());
        if (result.getStatus() == Status.BUFFER_UNDERFLOW) {
          return false;
        }
        if (result.getStatus() != Status.OK || result.bytesConsumed() == 0) {
          return true;
        }
      }
    } catch (SSLException | RuntimeException e) {
      return true; // no read is pending that could report it
    }
  }

  /** Encrypts close_notify, or the alert of a failure. */
  private void wrapAlerts() {
    try {
      while (!ssl.isOutboundDone() && outgoing.hasRoom(packetSize())) {
        int before = outgoing.room(packetSize()).position();
        ssl.wrap(NOTHING, outgoing.room(packetSize()));
        if (outgoing.room(packetSize()).position() == before) {
          return;
        }
      }
    } catch (SSLException | RuntimeException e) {
      return; // closing works without the alert
    }
  }

  private TlsStep fail(Exception error) {
    SSLException why =
        error instanceof SSLException known ? known : new SSLException(error.toString(), error);
    if (state == TlsState.HANDSHAKING && firstByte >= 0 && !isRecordType(firstByte)) {
      why =
          new TlsChannelException(Kind.NOT_TLS, "the peer's first bytes are not those of TLS", why);
    }
    state = state.to(TlsState.FAILED);
    failure = why;
    incoming.clear();
    wrapAlerts();
    return new TlsStep.Failed(why);
  }

  /** Returns whether a byte is the type of a TLS record (RFC 8446, section 5.1). */
  private static boolean isRecordType(int type) {
    return type >= 20 && type <= 23;
  }

  /** Changes to CLOSED. May be called while a task runs. */
  void terminate() {
    if (state != TlsState.CLOSED) {
      state = state.to(TlsState.CLOSED);
      incoming.clear();
      leftOver = NOTHING;
    }
  }

  /** Returns the reason of a failure, or null. */
  @Nullable SSLException failure() {
    return failure;
  }
}
