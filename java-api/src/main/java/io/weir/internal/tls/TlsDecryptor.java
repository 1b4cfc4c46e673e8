package io.weir.internal.tls;

import io.weir.internal.tls.TlsChannelException.Kind;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * The incoming half of a {@link TlsEngine}: turns records into data. Bounds the work that a peer
 * can cause with records without data.
 */
final class TlsDecryptor {

  /** How many records are decrypted before other connections have their turn. */
  static final int MAX_RECORDS_IN_A_TURN = 64;

  /** How many key updates may follow one another without data between them. */
  private static final int MAX_UPDATES_IN_A_ROW = 32;

  /**
   * The size of an empty record of TLS 1.3 without padding, in bytes: the header, the type and the
   * tag. A key update has five bytes more, and is usually not padded.
   */
  private static final int EMPTY_RECORD = 5 + 1 + 16;

  /** The smallest record with a session ticket, in bytes. A server may send many of them. */
  private static final int TICKET_RECORD = EMPTY_RECORD + 19;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final SSLEngine ssl;
  private final CiphertextInput incoming;
  private ByteBuffer leftOver = NOTHING; // plaintext that did not fit the buffer of a read
  private boolean engineHasMore; // the engine keeps plaintext that did not fit
  private int recordsInTurn;
  private int updatesInARow;
  private long discarded; // bytes
  private int firstByte = -1; // from the peer; -1 before it arrives

  TlsDecryptor(SSLEngine ssl) {
    this.ssl = ssl;
    this.incoming =
        new CiphertextInput(isNative(ssl) ? ByteBuffer::allocateDirect : ByteBuffer::allocate);
  }

  /** Returns whether an engine would copy what is not in direct memory, as Conscrypt's does. */
  private static boolean isNative(SSLEngine ssl) {
    return ssl.getClass().getName().startsWith("org.conscrypt.");
  }

  CiphertextInput incoming() {
    return incoming;
  }

  /** Notes that a read has put ciphertext into the buffer, which starts a turn. */
  void received(int count) {
    incoming.received(count);
    recordsInTurn = 0;
    if (firstByte < 0) {
      firstByte = Byte.toUnsignedInt(incoming.content().get(0));
    }
  }

  /** Starts another turn. */
  void newTurn() {
    recordsInTurn = 0;
  }

  /** Returns whether other connections are to have their turn now. */
  boolean isTurnOver() {
    return recordsInTurn >= MAX_RECORDS_IN_A_TURN;
  }

  /** Returns whether the first byte from the peer is not the type of a TLS record. */
  boolean isNotTls() {
    return firstByte >= 0 && !ClearAlert.isRecordType(firstByte);
  }

  /**
   * Returns the maximum number of bytes of data that are available without another read; 0 for
   * none.
   */
  int available() {
    int ofEngine = engineHasMore ? ssl.getSession().getApplicationBufferSize() : 0;
    int ofRecords = incoming.hasRecord() ? incoming.content().remaining() : 0;
    return Math.max(leftOver.remaining(), Math.max(ofEngine, ofRecords));
  }

  /**
   * Returns whether a buffer may be too small for the data of the next record. Engines refuse it
   * then, although the data may fit.
   */
  boolean mayOverflow(ByteBuffer dst) {
    return !engineHasMore && incoming.firstExceeds(dst.remaining());
  }

  /** Consumes one record of the handshake. */
  SSLEngineResult unwrapHandshake(HandshakeStatus asked) throws SSLException {
    recordsInTurn++;
    int alert = ClearAlert.codeIn(incoming.content());
    try {
      return EngineResults.requireProgress(ssl.unwrap(incoming.content(), NOTHING), asked);
    } catch (SSLException e) {
      SSLException known = ClearAlert.asException(alert, e);
      throw known == null ? e : known;
    }
  }

  /** Moves plaintext that did not fit an earlier buffer. */
  void moveLeftOver(ByteBuffer dst) {
    if (leftOver.hasRemaining()) {
      int count = Math.min(leftOver.remaining(), dst.remaining());
      dst.put(leftOver.slice(leftOver.position(), count));
      leftOver.position(leftOver.position() + count);
    }
    if (!leftOver.hasRemaining()) {
      leftOver = NOTHING;
    }
  }

  /**
   * Decrypts one record, or takes more of the last one. Some engines keep the plaintext that has no
   * room, others the whole record.
   *
   * @throws TlsChannelException when the peer sends too many key updates, or asks for a
   *     renegotiation
   */
  SSLEngineResult unwrap(ByteBuffer dst, HandshakeStatus before) throws SSLException {
    SSLEngineResult result = unwrapRecord(dst);
    if (result.getStatus() == Status.BUFFER_OVERFLOW && !EngineResults.hasMoved(result)) {
      ByteBuffer large = ByteBuffer.allocate(ssl.getSession().getApplicationBufferSize());
      result = unwrapRecord(large);
      leftOver = large.flip();
    }
    engineHasMore = result.getStatus() == Status.BUFFER_OVERFLOW;
    if (engineHasMore && !EngineResults.hasMoved(result)) {
      throw new SSLException("a TLS record exceeds the maximum size");
    }
    recordsInTurn++;
    noteMessage(result);
    return EngineResults.requireProgress(result, before);
  }

  private SSLEngineResult unwrapRecord(ByteBuffer dst) throws SSLException {
    ByteBuffer record = incoming.firstRecord();
    try {
      return ssl.unwrap(record, dst);
    } finally {
      incoming.endOfRecord();
    }
  }

  /** Counts key updates without data between them, and refuses a renegotiation (RFC 5746). */
  private void noteMessage(SSLEngineResult result) throws SSLException {
    if (result.getStatus() == Status.CLOSED || !EngineResults.hasMoved(result)) {
      return;
    }
    if (result.bytesProduced() > 0) {
      updatesInARow = 0;
    }
    boolean handshaking = !EngineResults.isOver(result.getHandshakeStatus());
    boolean keyUpdate =
        result.bytesProduced() == 0
            && result.bytesConsumed() > EMPTY_RECORD
            && result.bytesConsumed() < TICKET_RECORD;
    if (!handshaking && !keyUpdate) {
      return;
    }
    if (!ssl.getSession().getProtocol().equals("TLSv1.3")) {
      requireNoRenegotiation(handshaking);
    } else if (result.bytesProduced() == 0 && ++updatesInARow > MAX_UPDATES_IN_A_ROW) {
      throw new TlsChannelException(
          Kind.FLOOD,
          "the peer has sent more than "
              + MAX_UPDATES_IN_A_ROW
              + " key updates without data between them",
          null);
    }
  }

  private static void requireNoRenegotiation(boolean handshaking) throws SSLException {
    if (handshaking) {
      throw new TlsChannelException(
          Kind.RENEGOTIATION, "the peer asked for a renegotiation, which is refused", null);
    }
  }

  // ---- after this side's close_notify ----

  /** Returns how many bytes of data have been discarded. */
  long discarded() {
    return discarded;
  }

  /** Discards received data, and returns what to do next: RECEIVE, YIELD, or CLOSED. */
  TlsStep.Plain discard() {
    leftOver = NOTHING;
    ByteBuffer waste = NOTHING;
    try {
      while (incoming.hasRecord()) {
        if (isTurnOver()) {
          return TlsStep.Plain.YIELD;
        }
        if (waste.capacity() == 0) {
          waste = ByteBuffer.allocate(ssl.getSession().getApplicationBufferSize());
        }
        if (!discardRecord(waste.clear())) {
          return TlsStep.Plain.CLOSED;
        }
      }
    } catch (Exception e) {
      return TlsStep.Plain.CLOSED; // no read is pending that could report it
    }
    return incoming.hasEnded() ? TlsStep.Plain.CLOSED : TlsStep.Plain.RECEIVE;
  }

  /** Discards a record; returns false when it is close_notify, or no more can be decrypted. */
  private boolean discardRecord(ByteBuffer waste) throws SSLException {
    if (ssl.isInboundDone()) { // BouncyCastle's is after its own close_notify, so EOF decides
      discarded += incoming.content().remaining();
      incoming.clear();
      return true;
    }
    SSLEngineResult result = unwrapRecord(waste);
    recordsInTurn++;
    discarded += result.bytesProduced();
    boolean closeNotify = result.getStatus() == Status.CLOSED && result.bytesProduced() == 0;
    return EngineResults.hasMoved(result) && !closeNotify;
  }

  /** Removes all that has been received. */
  void clear() {
    incoming.clear();
    leftOver = NOTHING;
  }
}
