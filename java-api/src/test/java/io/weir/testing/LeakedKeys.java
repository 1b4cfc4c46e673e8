package io.weir.testing;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.weir.certificates.Issued;
import java.math.BigInteger;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/** Looks for private keys where they must not be. */
public final class LeakedKeys {

  private static final int PIECE = 8; // bytes of a key which chance does not bring about

  private LeakedKeys() {}

  /** No text of an error, of its causes and of what they suppressed shows a piece of a key. */
  public static void assertNoneIn(Throwable error, Issued... owners) {
    List<String> texts = new ArrayList<>();
    collect(error, texts, new HashSet<>());
    for (Issued owner : owners) {
      for (String text : texts) {
        assertShowsNone(text, owner);
      }
    }
  }

  private static void collect(Throwable error, List<String> texts, Set<Throwable> seen) {
    if (error != null && seen.add(error)) {
      texts.add(error.toString());
      collect(error.getCause(), texts, seen);
      for (Throwable suppressed : error.getSuppressed()) {
        collect(suppressed, texts, seen);
      }
    }
  }

  private static void assertShowsNone(String text, Issued owner) {
    byte[] secret = secretOf(owner);
    for (int i = 0; i + PIECE <= secret.length; i++) {
      String hex = HexFormat.of().formatHex(secret, i, i + PIECE);
      assertFalse(
          text.replace(":", "").toLowerCase(java.util.Locale.ROOT).contains(hex),
          "a key is in a text");
    }
    String decimal = new BigInteger(1, secret).toString();
    assertFalse(text.contains(decimal.substring(0, 2 * PIECE)), "a key is in a text");
    String encoded = Base64.getEncoder().encodeToString(owner.key().getEncoded());
    for (int i = encoded.length() / 2; i + 2 * PIECE <= encoded.length(); i++) {
      assertFalse(text.contains(encoded.substring(i, i + 2 * PIECE)), "a key is in a text");
    }
  }

  private static byte[] secretOf(Issued owner) {
    if (owner.key() instanceof RSAPrivateKey rsa) {
      return rsa.getPrivateExponent().toByteArray();
    }
    if (owner.key() instanceof ECPrivateKey ec) {
      return ec.getS().toByteArray();
    }
    return ((EdECPrivateKey) owner.key()).getBytes().orElseThrow();
  }
}
