package io.weir.certificates;

import java.security.Provider;
import java.security.Security;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** An implementation of TLS. */
public enum TlsProvider {

  /** The JDK. */
  JDK("SunX509", null),

  /** BoringSSL, by Google's Conscrypt. */
  CONSCRYPT("SunX509", "org.conscrypt.OpenSSLProvider"),

  /** BouncyCastle, in Java. */
  BOUNCY_CASTLE("PKIX", "org.bouncycastle.jsse.provider.BouncyCastleJsseProvider");

  private static final String CRYPTOGRAPHY_OF_BOUNCY_CASTLE =
      "org.bouncycastle.jce.provider.BouncyCastleProvider";

  private static final TlsProvider UNDER_TEST =
      valueOf(System.getProperty("weir.test.tls", JDK.name()));
  private static final ConcurrentMap<String, Provider> PROVIDERS = new ConcurrentHashMap<>();

  private final String keyManagers;
  private final @Nullable String className;

  TlsProvider(String keyManagers, @Nullable String className) {
    this.keyManagers = keyManagers;
    this.className = className;
  }

  /** The one that the contexts of the tests are of, by the property {@code weir.test.tls}. */
  public static TlsProvider underTest() {
    return UNDER_TEST;
  }

  /** The algorithm of its key managers. */
  String keyManagers() {
    return keyManagers;
  }

  /** The provider; null for the JDK's, whose parts have several. */
  @Nullable Provider provider() {
    return className == null ? null : PROVIDERS.computeIfAbsent(className, this::create);
  }

  private Provider create(String name) {
    if (this == BOUNCY_CASTLE) {
      Security.addProvider(newInstance(CRYPTOGRAPHY_OF_BOUNCY_CASTLE)); // last: no default changes
    }
    return newInstance(name);
  }

  private static Provider newInstance(String name) {
    return Checked.call(
        () ->
            Class.forName(name).asSubclass(Provider.class).getDeclaredConstructor().newInstance());
  }
}
