package io.weir.parity;

import io.weir.TlsOptions;
import io.weir.certificates.CertificateAuthority;
import io.weir.certificates.Issued;

/** Options for TLS between a client and a server on this machine. */
final class TlsOnLoopback {

  static final CertificateAuthority AUTHORITY = CertificateAuthority.create("Test CA");

  /** The certificate of the server. */
  static final Issued OWN = AUTHORITY.issue();

  static final TlsOptions CLIENT = TlsOptions.of(AUTHORITY.clientContext());
  static final TlsOptions SERVER = TlsOptions.of(OWN.serverContext());

  private TlsOnLoopback() {}
}
