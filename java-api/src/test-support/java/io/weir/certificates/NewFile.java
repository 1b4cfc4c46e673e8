package io.weir.certificates;

import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.util.io.pem.PemObject;
import org.jspecify.annotations.Nullable;

/** Writes PEM files. None replaces another, and others may not read them. */
final class NewFile {

  private NewFile() {}

  static Path ofCertificates(Path directory, String name, List<X509Certificate> all) {
    return write(directory, name + "-certificate", all);
  }

  static Path ofKey(Path directory, String name, PrivateKey key) {
    return pkcs8(directory, name + "-key", key, null);
  }

  static Path ofEncryptedKey(Path directory, String name, PrivateKey key, String password) {
    OutputEncryptor encryptor =
        Checked.call(
            () ->
                new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
                    .setProvider(new BouncyCastleProvider())
                    .setPRF(PKCS8Generator.PRF_HMACSHA256)
                    .setPassword(password.toCharArray())
                    .build());
    return pkcs8(directory, name + "-encrypted-key", key, encryptor);
  }

  private static Path pkcs8(
      Path directory, String name, PrivateKey key, @Nullable OutputEncryptor encryptor) {
    return Checked.call(
        () -> write(directory, name, List.of(new JcaPKCS8Generator(key, encryptor))));
  }

  static Path ofTraditionalKey(Path directory, String name, KeyPair keys) {
    Object key = keys.getPrivate() instanceof ECPrivateKey ec ? sec1(ec, keys) : keys.getPrivate();
    return write(directory, name + "-traditional-key", List.of(key));
  }

  /** As openssl writes it, with the curve and the public key. */
  private static PemObject sec1(ECPrivateKey key, KeyPair keys) {
    ASN1Encodable curve =
        PrivateKeyInfo.getInstance(key.getEncoded()).getPrivateKeyAlgorithm().getParameters();
    SubjectPublicKeyInfo point = SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded());
    int bits = key.getParams().getOrder().bitLength();
    return Checked.call(
        () ->
            new PemObject(
                "EC PRIVATE KEY",
                new org.bouncycastle.asn1.sec.ECPrivateKey(
                        bits, key.getS(), point.getPublicKeyData(), curve)
                    .getEncoded()));
  }

  private static Path write(Path directory, String name, List<?> objects) {
    return Checked.call(
        () -> {
          Path file = Files.createTempFile(directory, name.replaceAll("\\W+", "-"), ".pem");
          try (Writer out = Files.newBufferedWriter(file, StandardCharsets.US_ASCII);
              JcaPEMWriter pem = new JcaPEMWriter(out)) {
            for (Object each : objects) {
              pem.writeObject(each);
            }
          }
          return file;
        });
  }
}
