package io.weir.internal.tls.pem;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Finds the curve of a key or a certificate that the JDK does not read. */
final class EcCurve {

  /** The object identifier of keys on curves (RFC 5480, section 2.1.1), as DER. */
  private static final byte[] EC_PUBLIC_KEY = {
    0x06, 7, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 0x02, 0x01
  };

  private static final int SEQUENCE = 0x30;
  private static final int OBJECT_IDENTIFIER = 0x06;
  private static final int INTEGER_1 = 0x020101;
  private static final int OCTET_STRING = 0x04;
  private static final int PARAMETERS = 0xA0;
  private static final int CONTINUES = 0x80;
  private static final int ARC = 40;

  private EcCurve() {}

  /**
   * Returns why the JDK cannot use the curve of a key, or null when the curve is not the reason.
   */
  static @Nullable String whyUnreadable(byte[] der) {
    try {
      ByteBuffer parameters = parametersIn(der);
      return parameters == null ? null : whyUnknown(parameters);
    } catch (RuntimeException e) { // the bytes end in the middle of an element
      return null;
    }
  }

  /** Returns the parameters of the curve: after the algorithm, or in a key of SEC 1. */
  private static @Nullable ByteBuffer parametersIn(byte[] der) {
    for (int i = 0; i + EC_PUBLIC_KEY.length < der.length; i++) {
      ByteBuffer at = ByteBuffer.wrap(der, i, der.length - i);
      if (at.slice().limit(EC_PUBLIC_KEY.length).equals(ByteBuffer.wrap(EC_PUBLIC_KEY))) {
        return at.position(i + EC_PUBLIC_KEY.length);
      }
    }
    ByteBuffer key = ByteBuffer.wrap(der);
    enter(key, SEQUENCE);
    if ((key.getInt() >>> Byte.SIZE) != INTEGER_1) {
      return null;
    }
    key.position(key.position() - 1);
    int length = enter(key, OCTET_STRING);
    key.position(key.position() + length);
    enter(key, PARAMETERS);
    return key;
  }

  /** Skips the tag and the length of an element, and returns the length. */
  private static int enter(ByteBuffer in, int tag) {
    if (Byte.toUnsignedInt(in.get()) != tag) {
      throw new IllegalArgumentException("another element");
    }
    int length = Byte.toUnsignedInt(in.get());
    if (length < CONTINUES) {
      return length;
    }
    int value = 0;
    for (int i = CONTINUES; i < length; i++) {
      value = (value << Byte.SIZE) | Byte.toUnsignedInt(in.get());
    }
    return value;
  }

  private static @Nullable String whyUnknown(ByteBuffer parameters) {
    int tag = Byte.toUnsignedInt(parameters.get(parameters.position()));
    if (tag == SEQUENCE) {
      return "on a curve without a name (explicit parameters)";
    }
    if (tag != OBJECT_IDENTIFIER) {
      return null;
    }
    String name = identifier(parameters);
    return isKnown(name) ? null : "on the curve " + name + ", which this JDK cannot use";
  }

  private static String identifier(ByteBuffer in) {
    int length = enter(in, OBJECT_IDENTIFIER);
    int end = in.position() + length;
    int first = Byte.toUnsignedInt(in.get());
    StringJoiner name = new StringJoiner(".").add("" + first / ARC).add("" + first % ARC);
    while (in.position() < end) {
      int value = 0;
      int next;
      do {
        next = Byte.toUnsignedInt(in.get());
        value = (value << 7) | (next & ~CONTINUES);
      } while (next >= CONTINUES);
      name.add("" + value);
    }
    return name.toString();
  }

  private static boolean isKnown(String name) {
    try {
      KeyPairGenerator.getInstance("EC").initialize(new ECGenParameterSpec(name));
      return true; // some JDKs read keys on more curves than they can use
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
