package io.weir.internal.tls;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS without its surroundings: ciphertext goes in, steps come out. It does no I/O, has no threads
 * and no clock; one thread at a time may call, and none while a task of its runs.
 *
 * <p>What each state ({@link TlsState}) answers:
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

  /**
   * How many answers to what the peer asks inside the connection (new keys) may wait to be sent
   * before no more is read from it.
   */
  private static final int MAX_ANSWERS_WAITING = 16;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final ByteBuffer[] NO_SOURCES = {NOTHING};

  private final SSLEngine ssl;
  private final boolean truncationAsEof;
  private final CiphertextInput incoming = new CiphertextInput();
  private final CiphertextOutput outgoing;

  private TlsState state = TlsState.HANDSHAKING;
  private boolean begun;
  private boolean canRenegotiate; // so it is before TLS 1.3
  private int firstByte = -1; // that has come
  private boolean ended; // no more ciphertext will come
  private ByteBuffer leftOver = NOTHING; // plaintext for which there was no room
  private int answersWaiting;
  private @Nullable SSLException failure; // in FAILED

  /**
   * Makes a machine that has not begun.
   *
   * @param ssl set up with side, parameters and peer
   * @param truncationAsEof whether an end without close_notify is as good as one with it
   */
  TlsEngine(SSLEngine ssl, BufferPool buffers, boolean truncationAsEof) {
    this.ssl = ssl;
    this.outgoing = new CiphertextOutput(buffers);
    this.truncationAsEof = truncationAsEof;
  }

  TlsState state() {
    return state;
  }

  /** What was agreed on, once open. */
  SSLSession session() {
    return ssl.getSession();
  }

  /** The application protocol that was agreed on, once open; null for none. */
  @Nullable String applicationProtocol() {
    String protocol = ssl.getApplicationProtocol();
    return protocol == null || protocol.isEmpty() ? null : protocol;
  }

  // ---- ciphertext ----

  /** Where to put the ciphertext that comes next. */
  ByteBuffer room() {
    return incoming.room();
  }

  /** Ciphertext has been put into the room. */
  void received(int count) {
    if (state == TlsState.CLOSED || state == TlsState.FAILED) {
      return;
    }
    incoming.landed(count);
    if (firstByte < 0) {
      firstByte = Byte.toUnsignedInt(incoming.content().get(0));
    }
  }

  /** No more ciphertext will come. */
  void receivedEnd() {
    ended = true;
  }

  /** Whether the peer has said, or shown, that nothing comes any more; known once closing. */
  boolean hasEnded() {
    return ended;
  }

  /** Whether there is ciphertext to send. */
  boolean hasOutgoing() {
    return !outgoing.isEmpty();
  }

  /** The ciphertext to send. Until all of it is {@link #sent}, nothing can be encrypted. */
  ByteBuffer outgoing() {
    return outgoing.content();
  }

  /** The ciphertext has been sent, or will never be. */
  void sent() {
    outgoing.sent();
  }

  // ---- the handshake ----

  /** What the handshake needs next: a task, SEND, RECEIVE; then it is OPENED, or has Failed. */
  TlsStep handshake() {
    try {
      if (!begun) {
        begun = true;
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

  /** Takes a record of the handshake; false when it has not come as a whole. */
  private boolean unwrapHandshake() throws SSLException {
    SSLEngineResult result = requireProgress(unwrapOrTellAlert());
    return switch (result.getStatus()) {
      case OK -> true;
      case BUFFER_UNDERFLOW -> false;
      case CLOSED -> throw new TlsEndedException("the peer said good-bye in the TLS handshake");
      case BUFFER_OVERFLOW -> throw new SSLException("data came before the end of the handshake");
    };
  }

  private SSLEngineResult unwrapOrTellAlert() throws SSLException {
    int alert = ClearAlert.codeIn(incoming.content());
    try {
      return ssl.unwrap(incoming.content(), NOTHING);
    } catch (SSLException e) {
      SSLException told = ClearAlert.told(alert, e);
      throw told == null ? e : told;
    }
  }

  private Runnable nextTask() throws SSLException {
    Runnable task = ssl.getDelegatedTask();
    if (task == null) {
      throw new SSLException("TLS makes no progress: it has a task that it does not give out");
    }
    return task;
  }

  private TlsStep opened() {
    canRenegotiate = !session().getProtocol().equals("TLSv1.3");
    state = state.to(TlsState.OPEN);
    return TlsStep.Plain.OPENED;
  }

  private TlsStep receiveMore(String where) throws SSLException {
    if (ended) {
      throw new TlsEndedException("the peer ended the connection " + where);
    }
    return TlsStep.Plain.RECEIVE;
  }

  // ---- data ----

  /** Decrypts as much as there is room for: Data, or else what it needs, or INPUT_ENDED. */
  TlsStep decrypt(ByteBuffer dst) {
    if (failure != null) {
      return new TlsStep.Failed(failure);
    }
    int start = dst.position();
    TlsStep obstacle;
    try {
      obstacle = fill(dst);
    } catch (SSLException | RuntimeException e) {
      obstacle = fail(e); // told now, or behind the data
    }
    int count = dst.position() - start;
    return count > 0 ? new TlsStep.Data(count) : obstacle;
  }

  /** Fills the buffer; what stops that, which is of interest only when nothing was put into it. */
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

  /** Decrypts one record; false when it has not come as a whole. */
  private boolean unwrap(ByteBuffer dst) throws SSLException {
    SSLEngineResult result = ssl.unwrap(incoming.content(), dst);
    if (result.getStatus() == Status.BUFFER_OVERFLOW) {
      ByteBuffer large = ByteBuffer.allocate(session().getApplicationBufferSize());
      result = ssl.unwrap(incoming.content(), large);
      leftOver = large.flip();
    }
    return took(requireProgress(result));
  }

  /** A machine that asks for what it does not take would keep us busy for ever. */
  private static SSLEngineResult requireProgress(SSLEngineResult result) throws SSLException {
    boolean moved = result.bytesConsumed() > 0 || result.bytesProduced() > 0;
    boolean waits = result.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP;
    boolean idle = result.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
    if (result.getStatus() == Status.OK && !moved && (waits || idle)) {
      throw new SSLException("TLS makes no progress: it says " + result.getHandshakeStatus());
    }
    return result;
  }

  private boolean took(SSLEngineResult result) throws SSLException {
    switch (result.getStatus()) {
      case OK -> {
        noteQuestion(result.getHandshakeStatus());
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
      default -> throw new SSLException("a record is larger than TLS allows");
    }
  }

  /** The peer may want an answer: to new keys, or, which it does not get, to a new handshake. */
  private void noteQuestion(HandshakeStatus status) throws SSLException {
    boolean handshaking =
        status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED;
    if (handshaking && canRenegotiate) {
      ssl.closeOutbound(); // an alert instead of what it would say next
      throw new RenegotiationException();
    }
    if (status == HandshakeStatus.NEED_WRAP) {
      answersWaiting++;
    }
  }

  private TlsStep receiveMoreData() throws SSLException {
    if (ended && truncationAsEof) {
      state = state.to(TlsState.INPUT_ENDED);
      return TlsStep.Plain.INPUT_ENDED;
    }
    return receiveMore("without a close_notify");
  }

  /** Encrypts answers that wait, if any, and there is room. */
  void answer() throws SSLException {
    while (state == TlsState.OPEN
        && ssl.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
        && outgoing.hasRoom(packetSize())) {
      wrap(NO_SOURCES, 1);
      answersWaiting = 0;
    }
  }

  /**
   * Encrypts the first bytes of some buffers, as many as there is room for, and moves the buffers'
   * positions.
   *
   * @param count how many of the buffers to take from
   * @return how many bytes it has taken
   */
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
      throw new TlsEndedException(
          "the peer has said good-bye, and this version of TLS sends nothing after that");
    }
    if (result.getStatus() != Status.OK) {
      throw new SSLException("TLS asks for " + result.getStatus() + " where there is room");
    }
    if (result.bytesConsumed() == 0 && result.bytesProduced() == 0) {
      throw new SSLException("TLS makes no progress: it waits for " + result.getHandshakeStatus());
    }
    return result.bytesConsumed();
  }

  // ---- the end ----

  /** What closing needs next: SEND, RECEIVE; then it is CLOSED. */
  TlsStep close() {
    if (state == TlsState.OPEN || state == TlsState.INPUT_ENDED) {
      boolean inputEnded = state == TlsState.INPUT_ENDED;
      state = state.to(TlsState.CLOSING);
      leftOver = NOTHING;
      ssl.closeOutbound();
      wrapAlerts();
      ended |= inputEnded;
    }
    if (state == TlsState.CLOSING && hasOutgoing()) {
      return TlsStep.Plain.SEND;
    }
    if (state == TlsState.CLOSING && !ended && !throwAway()) {
      return TlsStep.Plain.RECEIVE;
    }
    giveUp();
    return TlsStep.Plain.CLOSED;
  }

  /** Throws away what has come; true when that is the end, whatever kind of end. */
  private boolean throwAway() {
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
      return true; // nobody waits for what is wrong
    }
  }

  /** Encrypts the alerts that tell the peer that this is the end. */
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
      return; // the end is as good without
    }
  }

  private TlsStep fail(Exception error) {
    SSLException why =
        error instanceof SSLException known ? known : new SSLException(error.toString(), error);
    if (state == TlsState.HANDSHAKING && firstByte >= 0 && !isRecordType(firstByte)) {
      why = new NotTlsException(why);
    }
    fail(why);
    wrapAlerts();
    return new TlsStep.Failed(why);
  }

  /** Whether a record can begin like that: change of cipher, alert, handshake, or data. */
  private static boolean isRecordType(int type) {
    return type >= 20 && type <= 23;
  }

  private void fail(SSLException why) {
    state = state.to(TlsState.FAILED);
    failure = why;
    incoming.clear();
  }

  /** Ends at once. Can be called while a task runs. */
  void giveUp() {
    if (state != TlsState.CLOSED) {
      state = state.to(TlsState.CLOSED);
      incoming.clear();
      leftOver = NOTHING;
    }
  }

  /** Why it has failed; null when it has not. */
  @Nullable SSLException failure() {
    return failure;
  }
}
