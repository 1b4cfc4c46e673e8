package io.weir.certificates;

import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;

/**
 * Issues certificates for tests.
 *
 * <pre>{@code
 * CertificateAuthority authority = CertificateAuthority.create("Test CA");
 * Issued server = authority.issue();
 * Issued old = authority.issue(Leaf.DEFAULTS.withKey(KeyKind.RSA).expired());
 * }</pre>
 */
public final class CertificateAuthority {

  private static final Duration YEAR = Duration.ofDays(365);

  private final Issuer issuer;
  private final X509Certificate certificate;

  /** What goes behind a leaf: from this one up, without the root. */
  private final List<X509Certificate> intermediates;

  private CertificateAuthority(
      Issuer issuer, X509Certificate certificate, List<X509Certificate> intermediates) {
    this.issuer = issuer;
    this.certificate = certificate;
    this.intermediates = intermediates;
  }

  /** Makes a root with an EC key. */
  public static CertificateAuthority create(String name) {
    return create(name, KeyKind.EC);
  }

  /** Makes a root. */
  public static CertificateAuthority create(String name, KeyKind kind) {
    Issuer issuer = newIssuer(name, kind);
    return new CertificateAuthority(issuer, draft(name, issuer).signedBy(issuer), List.of());
  }

  /** Makes an authority that this one has signed, with a key of the same kind. */
  public CertificateAuthority intermediate(String name) {
    Issuer below = newIssuer(name, issuer.kind());
    X509Certificate signed = draft(name, below).signedBy(issuer);
    return new CertificateAuthority(below, signed, chainOf(signed));
  }

  private static Issuer newIssuer(String name, KeyKind kind) {
    KeyPair keys = kind.next();
    return new Issuer(Draft.name(name), keys, kind);
  }

  private static Draft draft(String name, Issuer issuer) {
    Instant now = Instant.now();
    return Draft.ofAuthority(name, issuer.keys().getPublic(), now.minus(YEAR), now.plus(YEAR));
  }

  /** Issues a certificate for this machine: {@link Leaf#DEFAULTS}. */
  public Issued issue() {
    return issue(Leaf.DEFAULTS);
  }

  /** Issues a certificate. */
  public Issued issue(Leaf leaf) {
    return leaf.signedBy(this);
  }

  /** The authority's own certificate. */
  public X509Certificate certificate() {
    return certificate;
  }

  /** Writes the authority's own certificate to a new file. */
  public Path pem(Path directory) {
    return NewFile.ofCertificates(directory, "authority", List.of(certificate));
  }

  /** A context that trusts this authority, and has no certificate of its own. */
  public SSLContext clientContext() {
    return clientContext(TlsProvider.underTest());
  }

  /** A context of a provider for a client without a certificate that trusts this authority. */
  public SSLContext clientContext(TlsProvider provider) {
    return Contexts.context(provider, null, this);
  }

  Issuer issuer() {
    return issuer;
  }

  List<X509Certificate> chainOf(X509Certificate signed) {
    List<X509Certificate> chain = new ArrayList<>(List.of(signed));
    chain.addAll(intermediates);
    return chain;
  }
}
