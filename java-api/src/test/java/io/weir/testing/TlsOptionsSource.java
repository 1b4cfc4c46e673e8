package io.weir.testing;

import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The two ways to come by options for TLS. */
public enum TlsOptionsSource {

  /** Keys and trust are read from PEM files. */
  FILES {
    @Override
    public TlsOptions options(
        Path directory, @Nullable Issued own, @Nullable CertificateAuthority trusted) {
      try {
        TlsOptions options = TlsOptions.defaults();
        if (own != null) {
          options = options.withCertificate(own.chainPem(directory), own.keyPem(directory));
        }
        return trusted == null ? options : options.withTrust(trusted.pem(directory));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  },

  /** Keys and trust are in a context of the JDK. */
  CONTEXT {
    @Override
    public TlsOptions options(
        Path directory, @Nullable Issued own, @Nullable CertificateAuthority trusted) {
      return TlsOptions.of(context(own, trusted));
    }
  };

  /** Options with a certificate to show, or none, and an authority to trust, or the JDK's. */
  public abstract TlsOptions options(
      Path directory, @Nullable Issued own, @Nullable CertificateAuthority trusted);

  private static SSLContext context(@Nullable Issued own, @Nullable CertificateAuthority trusted) {
    if (own == null) {
      return Objects.requireNonNull(trusted).clientContext();
    }
    return trusted == null ? own.serverContext() : own.contextTrusting(trusted);
  }
}
