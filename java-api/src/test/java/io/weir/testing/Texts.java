package io.weir.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Random;
import java.util.concurrent.Future;

/** Bytes written and read as text, one character a byte. */
public final class Texts {

  private Texts() {}

  /** The bytes of a text. */
  public static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  /** Bytes as text. */
  public static String text(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }

  /** The bytes of a future, waited for, as text. */
  public static String text(Future<byte[]> future) {
    return text(Deadline.get(future));
  }

  /** Bytes without a pattern, the same for the same seed. */
  public static byte[] noise(int size, long seed) {
    byte[] noise = new byte[size];
    new Random(seed).nextBytes(noise);
    return noise;
  }
}
