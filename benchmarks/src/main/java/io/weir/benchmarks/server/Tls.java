package io.weir.benchmarks.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * The settings of a server for TLS 1.3, with files in PEM.
 *
 * @param certificate the file of its certificate
 * @param key the file of its key
 * @param provider the implementation of TLS
 */
public record Tls(Path certificate, Path key, TlsProvider provider) {

  /** The one version that is measured. */
  public static final String PROTOCOL = "TLSv1.3";

  private static final char[] NO_PASSWORD = {};

  /** Creates settings with the JDK's TLS. */
  public Tls(Path certificate, Path key) {
    this(certificate, key, TlsProvider.JDK);
  }

  /** Returns the context of a provider other than the JDK's, with the certificate and the key. */
  SSLContext context(Provider other) throws IOException {
    try {
      return createContext(other);
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS cannot be set up with the provider " + other, e);
    }
  }

  private SSLContext createContext(Provider other) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream pem = Files.newInputStream(certificate)) {
      Certificate own = CertificateFactory.getInstance("X.509").generateCertificate(pem);
      store.setKeyEntry("own", privateKey(), NO_PASSWORD, new Certificate[] {own});
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, NO_PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS", other);
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  /** Returns the key that {@code SelfSigned} has made: an EC key in PKCS#8. */
  private PrivateKey privateKey() throws GeneralSecurityException, IOException {
    String base64 = Files.readString(key, StandardCharsets.US_ASCII).replaceAll("-----.*-----", "");
    return KeyFactory.getInstance("EC")
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64)));
  }
}
