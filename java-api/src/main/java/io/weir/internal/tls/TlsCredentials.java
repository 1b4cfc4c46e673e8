package io.weir.internal.tls;

import io.weir.internal.tls.pem.PemCertificates;
import io.weir.internal.tls.pem.PemKey;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What TLS options are made of that is secret or costly: a key with its certificate, whom to trust,
 * and the context of the JDK that both end up in.
 */
public final class TlsCredentials {

  /** The trust of the JDK, and no certificate. */
  public static final TlsCredentials DEFAULT = new TlsCredentials(null, null, null);

  private static final char[] NO_PASSWORD = {}; // of stores that never leave the memory

  private final @Nullable SSLContext given;
  private final @Nullable Identity identity;
  private final @Nullable List<X509Certificate> authorities; // null for the JDK's

  private @Nullable SSLContext made; // guarded by this

  private TlsCredentials(
      @Nullable SSLContext given,
      @Nullable Identity identity,
      @Nullable List<X509Certificate> authorities) {
    this.given = given;
    this.identity = identity;
    this.authorities = authorities;
  }

  public static TlsCredentials of(SSLContext context) {
    return new TlsCredentials(context, null, null);
  }

  public TlsCredentials withCertificate(Path chainFile, Path keyFile) throws IOException {
    requireOwn("withCertificate");
    List<X509Certificate> chain = PemCertificates.read(chainFile);
    PrivateKey key = PemKey.read(keyFile, chain.get(0), chainFile);
    return new TlsCredentials(null, new Identity(chain, key, chainFile), authorities).checked();
  }

  public TlsCredentials withTrust(Path file) throws IOException {
    requireOwn("withTrust");
    return new TlsCredentials(null, identity, PemCertificates.read(file)).checked();
  }

  private void requireOwn(String call) {
    if (given != null) {
      throw new IllegalStateException(
          call
              + " on options that were made of an SSLContext, which has keys and trust of its own:"
              + " begin with TlsOptions.defaults()");
    }
  }

  /** What the JDK does not like about keys or certificates is told now. */
  private TlsCredentials checked() throws IOException {
    context();
    return this;
  }

  /** Whether a server can be made of it, as far as that can be seen. */
  boolean canServe() {
    return given != null || identity != null;
  }

  /** The context, made when first asked for. */
  synchronized SSLContext context() throws IOException {
    if (given != null) {
      return given;
    }
    if (made == null) {
      try {
        made = make();
      } catch (GeneralSecurityException e) {
        throw new IOException("TLS cannot be set up with " + this + ": " + e.getMessage(), e);
      }
    }
    return made;
  }

  private SSLContext make() throws GeneralSecurityException, IOException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(identity == null ? null : identity.managers(), trustManagers(), null);
    return context;
  }

  private TrustManager[] trustManagers() throws GeneralSecurityException, IOException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(authorities == null ? null : storeOf(authorities));
    return Arrays.stream(factory.getTrustManagers())
        .map(TlsCredentials::naming)
        .toArray(TrustManager[]::new);
  }

  private static TrustManager naming(TrustManager manager) {
    return manager instanceof X509ExtendedTrustManager trust
        ? new NamingTrustManager(trust)
        : manager;
  }

  private static KeyStore storeOf(List<X509Certificate> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = emptyStore();
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry("authority-" + i, authorities.get(i));
    }
    return store;
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  /** What the JDK can do, allowed or not. */
  public static SSLParameters supported() {
    try {
      return SSLContext.getDefault().getSupportedSSLParameters();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no default for TLS: " + e.getMessage(), e);
    }
  }

  @Override
  public String toString() {
    if (given != null) {
      return "an SSLContext";
    }
    return (identity == null ? "no certificate" : "the certificate of " + identity.file)
        + ", "
        + (authorities == null ? "trust of the JDK" : authorities.size() + " authorities");
  }

  /**
   * A certificate and its key.
   *
   * @param chain the certificate, and those above it
   * @param key its key
   * @param file where the chain comes from
   */
  private record Identity(List<X509Certificate> chain, PrivateKey key, Path file) {

    KeyManager[] managers() throws GeneralSecurityException, IOException {
      KeyStore store = emptyStore();
      store.setKeyEntry("own", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, NO_PASSWORD);
      return factory.getKeyManagers();
    }

    @Override
    public String toString() {
      return "Identity[" + file + "]"; // not the key
    }
  }
}
