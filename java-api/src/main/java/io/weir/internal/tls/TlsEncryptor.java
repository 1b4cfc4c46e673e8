package io.weir.internal.tls;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/** The outgoing half of a {@link TlsEngine}: turns data, replies and alerts into records. */
final class TlsEncryptor {

  /** More alerts than a failed or closed engine has. */
  private static final int MAX_ALERTS = 8;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final ByteBuffer[] NO_SOURCES = {NOTHING};

  /** How records are sent. */
  private enum Protection {
    CLEAR,
    ENCRYPTED
  }

  private final SSLEngine ssl;
  private final CiphertextOutput outgoing;
  private Protection protection = Protection.CLEAR;

  TlsEncryptor(SSLEngine ssl, BufferPool buffers) {
    this.ssl = ssl;
    this.outgoing = new CiphertextOutput(buffers);
  }

  CiphertextOutput outgoing() {
    return outgoing;
  }

  /** Returns whether a record of any size can be added. */
  boolean hasRoom() {
    return outgoing.hasRoom(packetSize());
  }

  private int packetSize() {
    return ssl.getSession().getPacketBufferSize();
  }

  /** Adds a message of TLS itself, when the engine reports NEED_WRAP. */
  void reply() throws SSLException {
    ByteBuffer records = outgoing.room(packetSize());
    int start = records.position();
    EngineResults.requireProgress(wrap(NO_SOURCES, 1, records), HandshakeStatus.NEED_WRAP);
    if (protection == Protection.CLEAR
        && records.position() > start
        && ClearAlert.isProtected(records.get(start))) {
      protection = Protection.ENCRYPTED;
    }
  }

  /** Encrypts bytes of the first {@code count} buffers, while there is space; returns how many. */
  long encrypt(ByteBuffer[] srcs, int count) throws SSLException {
    long taken = 0;
    int packet = packetSize();
    while (hasRemaining(srcs, count) && outgoing.hasRoom(packet)) {
      SSLEngineResult result = wrap(srcs, count, outgoing.room(packet));
      int data = EngineResults.requireMoved(result).bytesConsumed();
      outgoing.added(data);
      taken += data;
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

  private SSLEngineResult wrap(ByteBuffer[] srcs, int count, ByteBuffer dst) throws SSLException {
    SSLEngineResult result = ssl.wrap(srcs, 0, count, dst);
    if (result.getStatus() == Status.CLOSED) {
      throw TlsChannelException.peerClosed(
          ssl.isInboundDone()
              ? "the peer has sent close_notify, and this version of TLS sends no data after it"
              : "TLS sends no more: its outgoing half is closed");
    }
    if (result.getStatus() != Status.OK) {
      throw new SSLException("TLS makes no progress: " + result.getStatus() + " with enough space");
    }
    return result;
  }

  // ---- alerts ----

  /** Adds close_notify, if there is room and it has not been added. */
  void addCloseNotify() {
    ssl.closeOutbound();
    addAlerts();
  }

  /** Adds the alerts of an engine that has failed or is closed. Returns whether it had any. */
  boolean addAlerts() {
    boolean added = false;
    try {
      for (int i = 0; i < MAX_ALERTS && !ssl.isOutboundDone() && hasRoom(); i++) {
        ByteBuffer records = outgoing.room(packetSize());
        int before = records.position();
        ssl.wrap(NOTHING, records);
        if (records.position() == before) {
          return added;
        }
        added = true;
      }
    } catch (Exception e) {
      return added; // the connection closes without the alert
    }
    return added;
  }

  /**
   * Adds the alert of a handshake that has failed. Some engines have none when a delegated task has
   * thrown, and a peer that sees only EOF cannot distinguish a refusal from a broken network.
   * Before the keys are in use, an alert is created here. Later, such an engine can only send
   * user_canceled and close_notify (RFC 8446, section 6.1).
   */
  void addHandshakeAlert() {
    if (!hasRoom()) {
      return;
    }
    ByteBuffer records = outgoing.room(packetSize());
    int start = records.position();
    boolean added = addAlerts(); // or a message that the engine had left to send
    if (protection == Protection.ENCRYPTED) {
      if (!added) {
        addCloseNotify();
      }
    } else if (!ClearAlert.endsWithOne(records, start) && hasRoom()) {
      ClearAlert.addHandshakeFailure(records);
    }
  }
}
