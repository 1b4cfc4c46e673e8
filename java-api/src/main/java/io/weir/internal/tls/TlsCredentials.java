package io.weir.internal.tls;

import com.google.errorprone.annotations.concurrent.GuardedBy;
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
 * The keys and the trust of TLS options, and the {@link SSLContext} that holds both. Immutable; any
 * thread may use it.
 */
public final class TlsCredentials {

  /** The JDK's trust, and no certificate. */
  public static final TlsCredentials DEFAULT = new TlsCredentials(null, null, null);

  private static final char[] NO_PASSWORD = {}; // for key stores in memory

  private final @Nullable SSLContext given;
  private final @Nullable Identity identity;
  private final @Nullable List<X509Certificate> authorities; // null for the authorities of the JDK

  @GuardedBy("this")
  private @Nullable SSLContext created;

  private volatile boolean haveServed;

  private TlsCredentials(
      @Nullable SSLContext given,
      @Nullable Identity identity,
      @Nullable List<X509Certificate> authorities) {
    this.given = given;
    this.identity = identity;
    this.authorities = authorities;
  }

  /** Returns the credentials of a context. */
  public static TlsCredentials of(SSLContext context) {
    return new TlsCredentials(context, null, null);
  }

  /**
   * Returns a copy with another certificate. Reads both files.
   *
   * @throws IOException when a file cannot be read or has the wrong content
   * @throws IllegalStateException when the credentials come from an SSLContext
   */
  public TlsCredentials withCertificate(Path chainFile, Path keyFile) throws IOException {
    requireNoContext("withCertificate");
    List<X509Certificate> chain = PemCertificates.read(chainFile);
    PrivateKey key = PemKey.read(keyFile, chain.get(0), chainFile);
    return new TlsCredentials(null, new Identity(chain, key, chainFile), authorities).checked();
  }

  /**
   * Returns a copy that trusts only certain authorities. Reads the file.
   *
   * @throws IOException when the file cannot be read or has the wrong content
   * @throws IllegalStateException when the credentials come from an SSLContext
   */
  public TlsCredentials withTrust(Path file) throws IOException {
    requireNoContext("withTrust");
    return new TlsCredentials(null, identity, PemCertificates.read(file)).checked();
  }

  private void requireNoContext(String call) {
    if (given != null) {
      throw new IllegalStateException(
          call
              + " on options from an SSLContext, which has its own keys and trust:"
              + " start with TlsOptions.defaults()");
    }
  }

  /** Creates the context, so that a key or certificate that the JDK refuses fails here. */
  private TlsCredentials checked() throws IOException {
    context();
    return this;
  }

  /** Returns whether there is a certificate, or an SSLContext that may have one. */
  boolean canServe() {
    return given != null || identity != null;
  }

  /** Notes that a handshake with a client has succeeded. */
  void noteServed() {
    haveServed = true;
  }

  /** Returns whether a handshake with a client has succeeded. */
  boolean haveServed() {
    return haveServed;
  }

  /** Returns the context; the first call creates it. */
  synchronized SSLContext context() throws IOException {
    if (given != null) {
      return given;
    }
    if (created == null) {
      try {
        created = createContext();
      } catch (GeneralSecurityException e) {
        throw new IOException("TLS cannot be set up with " + this + ": " + e.getMessage(), e);
      }
    }
    return created;
  }

  private SSLContext createContext() throws GeneralSecurityException, IOException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(identity == null ? null : identity.managers(), trustManagers(), null);
    return context;
  }

  private TrustManager[] trustManagers() throws GeneralSecurityException, IOException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(authorities == null ? null : storeOf(authorities));
    return Arrays.stream(factory.getTrustManagers())
        .map(TlsCredentials::withNames)
        .toArray(TrustManager[]::new);
  }

  private static TrustManager withNames(TrustManager manager) {
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

  /** Returns the protocols and cipher suites of the JDK, including disabled ones. */
  public static SSLParameters supported() {
    try {
      return SSLContext.getDefault().getSupportedSSLParameters();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no default SSLContext: " + e.getMessage(), e);
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
   * @param chain the certificate, followed by the certificates above it
   * @param key the private key
   * @param file the file of the chain
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
      return "Identity[" + file + "]"; // without the key
    }
  }
}
