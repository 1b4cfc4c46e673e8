package io.weir.certificates;

import java.security.KeyStore;
import java.security.Provider;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Makes contexts of the JDK. */
final class Contexts {

  private static final char[] NO_PASSWORD = {};

  private Contexts() {}

  static SSLContext context(
      TlsProvider by, @Nullable Issued own, @Nullable CertificateAuthority trusted) {
    return Checked.call(
        () -> {
          Provider provider = by.provider();
          SSLContext context =
              provider == null
                  ? SSLContext.getInstance("TLS")
                  : SSLContext.getInstance("TLS", provider);
          context.init(
              own == null ? null : keyManagers(by, own),
              trusted == null ? null : trustManagers(by, trusted),
              null);
          return context;
        });
  }

  private static KeyManager[] keyManagers(TlsProvider by, Issued own) throws Exception {
    KeyStore store = emptyStore();
    store.setKeyEntry("own", own.key(), NO_PASSWORD, own.chain());
    KeyManagerFactory factory =
        by == TlsProvider.BOUNCY_CASTLE
            ? KeyManagerFactory.getInstance(by.keyManagers(), by.provider())
            : KeyManagerFactory.getInstance(by.keyManagers());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static TrustManager[] trustManagers(TlsProvider by, CertificateAuthority trusted)
      throws Exception {
    KeyStore store = emptyStore();
    store.setCertificateEntry("authority", trusted.certificate());
    Provider provider = by.provider(); // the JDK's refuse what Conscrypt says of the key: GENERIC
    TrustManagerFactory factory =
        provider == null
            ? TrustManagerFactory.getInstance("PKIX")
            : TrustManagerFactory.getInstance("PKIX", provider);
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyStore emptyStore() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
