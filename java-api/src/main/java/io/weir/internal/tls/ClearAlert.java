package io.weir.internal.tls;

import java.nio.ByteBuffer;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Alerts in plaintext (RFC 8446, section 5.1).
 *
 * <p>One may arrive where TLS requires an encrypted one. OpenSSL's clients send one when they
 * refuse a server's certificate in TLS 1.3, because their own keys are not ready. The JDK reports
 * only that it cannot decrypt the record. An attacker may have sent the alert, but the handshake
 * fails in any case.
 *
 * <p>One is sent when a handshake fails before the keys are in use and the engine has no alert.
 */
final class ClearAlert {

  private static final int CHANGE_CIPHER_SPEC = 20; // types of records
  private static final int ALERT = 21;
  private static final int APPLICATION_DATA = 23;
  private static final short VERSION = 0x0303;
  private static final int HEADER = 5;
  private static final int LENGTH = 2; // an encrypted alert is longer
  private static final int CLOSE_NOTIFY = 0;
  private static final byte FATAL = 2;
  private static final byte HANDSHAKE_FAILURE = 40;

  /** The alerts of RFC 8446, section 6, and of RFC 5246, section 7.2. */
  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(40, "handshake_failure"),
          Map.entry(42, "bad_certificate"),
          Map.entry(43, "unsupported_certificate"),
          Map.entry(44, "certificate_revoked"),
          Map.entry(45, "certificate_expired"),
          Map.entry(46, "certificate_unknown"),
          Map.entry(47, "illegal_parameter"),
          Map.entry(48, "unknown_ca"),
          Map.entry(49, "access_denied"),
          Map.entry(50, "decode_error"),
          Map.entry(51, "decrypt_error"),
          Map.entry(70, "protocol_version"),
          Map.entry(71, "insufficient_security"),
          Map.entry(80, "internal_error"),
          Map.entry(90, "user_canceled"),
          Map.entry(109, "missing_extension"),
          Map.entry(110, "unsupported_extension"),
          Map.entry(112, "unrecognized_name"),
          Map.entry(113, "bad_certificate_status_response"),
          Map.entry(116, "certificate_required"),
          Map.entry(120, "no_application_protocol"));

  private ClearAlert() {}

  /** Returns whether a byte is the type of a TLS record. */
  static boolean isRecordType(int type) {
    return type >= CHANGE_CIPHER_SPEC && type <= APPLICATION_DATA;
  }

  /** Returns whether a record of this type, and those after it, may be encrypted. */
  static boolean isProtected(byte type) {
    return type == CHANGE_CIPHER_SPEC || type == APPLICATION_DATA;
  }

  /** Returns whether the last record after a position is an alert, or may be an encrypted one. */
  static boolean endsWithOne(ByteBuffer records, int start) {
    int type = 0;
    int next = start;
    while (next < records.position()) {
      type = records.get(next);
      next += HEADER + Short.toUnsignedInt(records.getShort(next + HEADER - Short.BYTES));
    }
    return type == ALERT || isProtected((byte) type);
  }

  /** Adds a record with the fatal alert handshake_failure. */
  static void addHandshakeFailure(ByteBuffer room) {
    room.put((byte) ALERT).putShort(VERSION).putShort((short) LENGTH);
    room.put(FATAL).put(HANDSHAKE_FAILURE);
  }

  /** Returns the code of the plaintext alert at the start of some ciphertext, or -1. */
  static int codeIn(ByteBuffer content) {
    int start = content.position();
    boolean alert =
        content.remaining() >= HEADER + LENGTH
            && content.get(start) == ALERT
            && content.getShort(start + HEADER - Short.BYTES) == LENGTH;
    return alert ? Byte.toUnsignedInt(content.get(start + HEADER + 1)) : -1;
  }

  /** Returns an alert as an exception with the JDK's message; null for an unknown alert. */
  static @Nullable SSLException asException(int code, SSLException cause) {
    if (code == CLOSE_NOTIFY) {
      return TlsChannelException.peerClosed("the peer sent close_notify in the TLS handshake");
    }
    String name = NAMES.get(code);
    return name == null ? null : new SSLException("Received fatal alert: " + name, cause);
  }
}
