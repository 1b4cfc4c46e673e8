package io.weir.certificates;

import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The kinds of keys. */
public enum KeyKind {
  /** On the curve P-256. */
  EC("EC", 256, "SHA256withECDSA"),

  /** Of 2048 bits. They are slow to make: two in turn serve a whole JVM. */
  RSA("RSA", 2048, "SHA256withRSA") {
    @Override
    KeyPair next() {
      return RsaPairs.next();
    }
  },

  /** Ed25519. */
  ED25519("Ed25519", 255, "Ed25519");

  private final String algorithm;
  private final int bits;
  private final String signature;

  KeyKind(String algorithm, int bits, String signature) {
    this.algorithm = algorithm;
    this.bits = bits;
    this.signature = signature;
  }

  /** A pair of keys, never the same as the one before. */
  KeyPair next() {
    return generate();
  }

  /** The name of the algorithm that signs with such a key. */
  String signature() {
    return signature;
  }

  private KeyPair generate() {
    return Checked.call(
        () -> {
          KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
          generator.initialize(bits);
          return generator.generateKeyPair();
        });
  }

  private static final class RsaPairs {

    private static final List<KeyPair> PAIRS = List.of(RSA.generate(), RSA.generate());
    private static final AtomicInteger TAKEN = new AtomicInteger();

    static KeyPair next() {
      return PAIRS.get(Math.floorMod(TAKEN.getAndIncrement(), PAIRS.size()));
    }
  }
}
