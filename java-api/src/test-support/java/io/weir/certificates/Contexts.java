package io.weir.certificates;

import java.security.KeyStore;
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

  static SSLContext context(@Nullable Issued own, @Nullable CertificateAuthority trusted) {
    return Checked.call(
        () -> {
          SSLContext context = SSLContext.getInstance("TLS");
          context.init(
              own == null ? null : keyManagers(own),
              trusted == null ? null : trustManagers(trusted),
              null);
          return context;
        });
  }

  private static KeyManager[] keyManagers(Issued own) throws Exception {
    KeyStore store = emptyStore();
    store.setKeyEntry("own", own.key(), NO_PASSWORD, own.chain());
    KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static TrustManager[] trustManagers(CertificateAuthority trusted) throws Exception {
    KeyStore store = emptyStore();
    store.setCertificateEntry("authority", trusted.certificate());
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyStore emptyStore() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
