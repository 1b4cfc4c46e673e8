package io.weir.certificates;

import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;

/** A certificate and its key. Each file it writes is a new one. */
public final class Issued {

  /** With it {@link #encryptedKeyPem} encrypts. */
  public static final String PASSWORD = "secret of the tests";

  private final String name;
  private final KeyPair keys;
  private final List<X509Certificate> chain;

  Issued(String name, KeyPair keys, List<X509Certificate> chain) {
    this.name = name;
    this.keys = keys;
    this.chain = List.copyOf(chain);
  }

  /** The certificate. */
  public X509Certificate certificate() {
    return chain.get(0);
  }

  /** The certificate, then those between it and the root, without the root. */
  public X509Certificate[] chain() {
    return chain.toArray(X509Certificate[]::new);
  }

  /** The private key. */
  public PrivateKey key() {
    return keys.getPrivate();
  }

  /** Writes the chain. */
  public Path chainPem(Path directory) {
    return NewFile.ofCertificates(directory, name, chain);
  }

  /** Writes the key as PKCS#8, {@code PRIVATE KEY}. */
  public Path keyPem(Path directory) {
    return NewFile.ofKey(directory, name, keys.getPrivate());
  }

  /**
   * Writes the key in the older form of its kind: {@code RSA PRIVATE KEY} (PKCS#1) or {@code EC
   * PRIVATE KEY} (SEC 1). Ed25519 has none.
   */
  public Path traditionalKeyPem(Path directory) {
    return NewFile.ofTraditionalKey(directory, name, keys);
  }

  /** Writes the key as PKCS#8 encrypted with {@link #PASSWORD}, {@code ENCRYPTED PRIVATE KEY}. */
  public Path encryptedKeyPem(Path directory) {
    return NewFile.ofEncryptedKey(directory, name, keys.getPrivate(), PASSWORD);
  }

  /** A context with this certificate, for a server that asks its clients for none. */
  public SSLContext serverContext() {
    return serverContext(TlsProvider.underTest());
  }

  /** A context of a provider with this certificate, for a server that asks its clients for none. */
  public SSLContext serverContext(TlsProvider provider) {
    return Contexts.context(provider, this, null);
  }

  /** A context with this certificate, for either side, that trusts an authority. */
  public SSLContext contextTrusting(CertificateAuthority authority) {
    return Contexts.context(TlsProvider.underTest(), this, authority);
  }
}
