package io.weir.internal.tls.pem;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the private key of a certificate from a PEM file.
 *
 * <p>The JDK reads PKCS#8 keys, which name their algorithm. PKCS#1 and SEC 1 keys do not, so they
 * are converted to PKCS#8 with the algorithm of the certificate.
 */
public final class PemKey {

  private static final String PKCS8 = "PRIVATE KEY";
  private static final Set<String> LABELS =
      Set.of(PKCS8, "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY");

  /** The signature algorithm of each kind of key. */
  private static final Map<String, String> SIGNATURES =
      Map.of("RSA", "SHA256withRSA", "EC", "SHA256withECDSA", "EdDSA", "EdDSA");

  private static final byte[] MESSAGE = "Weir".getBytes(US_ASCII);

  private final PemFile pem;
  private final Path certificateFile;
  private final PublicKey publicKey;

  private PemKey(Path keyFile, X509Certificate certificate, Path certificateFile)
      throws IOException {
    this.pem = PemFile.read(keyFile);
    this.certificateFile = certificateFile;
    this.publicKey = certificate.getPublicKey();
  }

  /**
   * Reads the first private key of a file: RSA, EC or Ed25519, in PKCS#8, PKCS#1 or SEC 1, not
   * encrypted.
   *
   * @param keyFile the file
   * @param certificate the certificate that the key must belong to
   * @param certificateFile the file of the certificate, for error messages
   * @throws IOException when the file cannot be read or has no such key; the message names the file
   *     and quotes none of its content
   */
  public static PrivateKey read(Path keyFile, X509Certificate certificate, Path certificateFile)
      throws IOException {
    return new PemKey(keyFile, certificate, certificateFile).read();
  }

  private PrivateKey read() throws IOException {
    PemFile.Section section = pem.sections(LABELS, "private key", PKCS8).get(0);
    if (section.isEncrypted()) {
      throw pem.wrong("is encrypted: write a decrypted copy with openssl pkey -in FILE -out COPY");
    }
    if (!SIGNATURES.containsKey(algorithm())) {
      throw new IOException(
          ("the certificate of '%s' has a key of type %s: use a certificate with an RSA, EC or"
                  + " Ed25519 key")
              .formatted(certificateFile, algorithm()));
    }
    requireKnownCurve(section.der());
    PrivateKey key = section.label().equals(PKCS8) ? pkcs8(section.der()) : older(section);
    if (!belongs(key)) {
      throw another();
    }
    return key;
  }

  /** Checks both curves: some JDKs read a certificate, but cannot use the curve of its key. */
  private void requireKnownCurve(byte[] key) throws IOException {
    String curve = EcCurve.whyUnreadable(key);
    if (curve != null) {
      throw pem.onCurve("private key", curve);
    }
    String ofCertificate = EcCurve.whyUnreadable(publicKey.getEncoded());
    if (ofCertificate != null) {
      throw PemFile.read(certificateFile).onCurve("certificate with a key", ofCertificate);
    }
  }

  private String algorithm() {
    return publicKey.getAlgorithm();
  }

  private PrivateKey pkcs8(byte[] der) throws IOException {
    PrivateKey key = keyOf(algorithm(), der);
    if (key != null) {
      return key;
    }
    throw SIGNATURES.keySet().stream().anyMatch(other -> keyOf(other, der) != null)
        ? another()
        : malformed();
  }

  private PrivateKey older(PemFile.Section section) throws IOException {
    if (!section.label().startsWith(algorithm())) {
      throw another();
    }
    PrivateKey key = keyOf(algorithm(), Pkcs8.of(section.der(), publicKey));
    if (key == null) {
      throw malformed();
    }
    return key;
  }

  private static @Nullable PrivateKey keyOf(String algorithm, byte[] pkcs8) {
    try {
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (GeneralSecurityException | RuntimeException e) { // its message may quote the content
      return null;
    }
  }

  /** Returns whether the certificate verifies a signature of the key. */
  private boolean belongs(PrivateKey key) {
    try {
      Signature signature = Signature.getInstance(SIGNATURES.get(algorithm()));
      signature.initSign(key);
      signature.update(MESSAGE);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(MESSAGE);
      return signature.verify(signed);
    } catch (GeneralSecurityException | RuntimeException e) { // the key is of another kind
      return false;
    }
  }

  private IOException another() {
    return pem.wrong(
        "has a key that does not belong to the first certificate of '"
            + certificateFile
            + "': give the key of that certificate, or a certificate file that starts with the"
            + " certificate of this key");
  }

  private IOException malformed() {
    return pem.wrong("has a private key that cannot be read: get the file again");
  }

  /** Converts PKCS#1 and SEC 1 keys to PKCS#8. */
  private static final class Pkcs8 {

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final byte[] VERSION = {0x02, 1, 0};

    /** The longest length in the short form of DER. */
    private static final int SHORT = 0x7f;

    static byte[] of(byte[] key, PublicKey publicKey) {
      byte[] content = joined(VERSION, algorithmOf(publicKey), element(OCTET_STRING, key));
      return element(SEQUENCE, content);
    }

    /** Returns the algorithm of a public key: the first element of its sequence. */
    private static byte[] algorithmOf(PublicKey key) {
      ByteBuffer in = ByteBuffer.wrap(key.getEncoded());
      lengthOfNext(in);
      int start = in.position();
      int length = lengthOfNext(in);
      return Arrays.copyOfRange(in.array(), start, in.position() + length);
    }

    private static int lengthOfNext(ByteBuffer in) {
      in.get(); // the tag
      int length = Byte.toUnsignedInt(in.get());
      if (length <= SHORT) {
        return length;
      }
      byte[] bytes = new byte[length & SHORT];
      in.get(bytes);
      return new BigInteger(1, bytes).intValueExact();
    }

    private static byte[] element(int tag, byte[] content) {
      return joined(new byte[] {(byte) tag}, length(content.length), content);
    }

    private static byte[] length(int length) {
      if (length <= SHORT) {
        return new byte[] {(byte) length};
      }
      byte[] all = ByteBuffer.allocate(Integer.BYTES).putInt(length).array();
      int unused = Integer.numberOfLeadingZeros(length) / Byte.SIZE;
      byte[] bytes = Arrays.copyOfRange(all, unused, all.length);
      return joined(new byte[] {(byte) (SHORT + 1 + bytes.length)}, bytes);
    }

    private static byte[] joined(byte[]... all) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      List.of(all).forEach(out::writeBytes);
      return out.toByteArray();
    }
  }
}
