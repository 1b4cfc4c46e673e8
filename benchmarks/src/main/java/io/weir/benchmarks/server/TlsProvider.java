package io.weir.benchmarks.server;

import java.security.Provider;
import java.util.Locale;
import org.conscrypt.Conscrypt;
import org.jspecify.annotations.Nullable;

/** The implementations of TLS in the servers, by the names on the command line. */
public enum TlsProvider {
  JDK,
  CONSCRYPT;

  /** Returns the provider; null for the JDK's. */
  @Nullable Provider provider() {
    return this == CONSCRYPT ? Conscrypt.newProvider() : null;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
